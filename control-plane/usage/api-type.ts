import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { models } from "#schema/tables/catalogue.ts";

/** What a generation of a model was, in OpenRouter's words: a model puts out one kind of thing. One that is gone answered chats. */
export async function apiTypeOf(
  tx: Transaction,
  modelId: string,
): Promise<"completions" | "embeddings" | "rerank"> {
  const [model] = await tx
    .select({ puts: models.outputModalities })
    .from(models)
    .where(eq(models.id, modelId));
  if (model?.puts.includes("embeddings")) return "embeddings";
  return model?.puts.includes("rerank") ? "rerank" : "completions";
}
