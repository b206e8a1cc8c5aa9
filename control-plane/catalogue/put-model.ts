import { isDeepStrictEqual } from "node:util";
import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { models } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

export type PutModelInput = {
  /** `author/name`, in lower case. */
  id: string;
  name: string;
  /** Kept, or empty for a new model, when absent. */
  description?: string | undefined;
  contextLength: number;
  /** Null when only the context length bounds the output. */
  maxOutputTokens: number | null;
  inputModalities: readonly string[];
  outputModalities: readonly string[];
  supportedParameters: readonly string[];
  /** Which of the estimator's factors are its; kept, or "other" for a new model, when absent. */
  tokenizer?: string | undefined;
  /** What is only shown, and its aliases (`#schema/tables/catalogue.ts`); kept, or none, when absent. */
  details?: Record<string, unknown> | undefined;
};

/**
 * Adds a model, or makes the one of that id say this. Saying it again changes nothing; a disabled model stays so.
 * A model without an endpoint and a charge price is not listed and not answered.
 * @returns `sequence` is null when nothing changed.
 * @throws {CommandError} bad_request for an id that is not `author/name`.
 */
export async function putModel(
  tx: Transaction,
  input: PutModelInput,
): Promise<{ changed: boolean; sequence: number | null }> {
  if (!/^[a-z0-9~][a-z0-9._-]*\/[a-z0-9][a-z0-9._:-]*$/.test(input.id)) {
    throw new CommandError(
      "bad_request",
      `id: expected author/name in lower case, such as "acme/big-1", got ${JSON.stringify(input.id.slice(0, 120))}`,
    );
  }
  const values = {
    name: input.name,
    ...(input.description === undefined ? {} : { description: input.description }),
    contextLength: input.contextLength,
    maxOutputTokens: input.maxOutputTokens,
    inputModalities: [...input.inputModalities],
    outputModalities: [...input.outputModalities],
    supportedParameters: [...input.supportedParameters],
    ...(input.tokenizer === undefined ? {} : { tokenizer: input.tokenizer }),
    ...(input.details === undefined ? {} : { details: input.details }),
  };
  const [created] = await tx
    .insert(models)
    .values({ id: input.id, ...values })
    .onConflictDoNothing({ target: models.id })
    .returning({ id: models.id });
  if (!created) {
    const [present] = await tx.select().from(models).where(eq(models.id, input.id)).for("update");
    const same = Object.entries(values).every(([column, value]) =>
      isDeepStrictEqual(present?.[column as keyof typeof values], value),
    );
    if (same) return { changed: false, sequence: null };
    await tx
      .update(models)
      .set({ ...values, updatedAt: new Date() })
      .where(eq(models.id, input.id));
  }
  return { changed: true, sequence: await recordChange(tx, "catalogue", "") };
}
