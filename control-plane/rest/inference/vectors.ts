/** POST /embeddings and /rerank (openrouter-api.md 1.1). */
import { z } from "zod";
import { count, usdNumber } from "../shapes/numbers.ts";
import { requestBody, tokens } from "./routing.ts";

const tokenIds = z.array(z.int().min(0)).min(1);
const text = z.string().min(1);

export const embeddingsRequest = requestBody("EmbeddingsRequest", {
  input: z
    .union([
      text,
      tokenIds,
      z
        .array(z.union([text, tokenIds, z.looseObject({ content: z.array(z.looseObject({})) })]))
        .min(1)
        .max(2_048),
    ])
    .describe("A text, a list of texts, of lists of token ids, or of objects with parts"),
  encoding_format: z.enum(["float", "base64"]).nullable().optional(),
  dimensions: tokens("How long a vector is to be, where the model can choose"),
  input_type: z.string().max(64).nullable().optional(),
});

export const embeddingsAnswer = z
  .looseObject({
    object: z.literal("list"),
    model: z.string(),
    data: z.array(
      z.looseObject({
        object: z.literal("embedding"),
        index: z.int(),
        embedding: z.union([z.array(z.number()), z.string()]).describe("base64 as text"),
      }),
    ),
    usage: z.looseObject({ prompt_tokens: count, total_tokens: count, cost: usdNumber }),
  })
  .meta({ id: "EmbeddingsAnswer" });

export const rerankRequest = requestBody("RerankRequest", {
  query: z.string().min(1).max(100_000),
  documents: z
    .array(
      z.union([
        z.string(),
        z.looseObject({ text: z.string() }),
        z.looseObject({ image: z.string().min(1) }),
      ]),
    )
    .min(1)
    .max(1_000),
  top_n: tokens("How many to answer at most"),
});

export const rerankAnswer = z
  .looseObject({
    id: z.string(),
    model: z.string(),
    results: z.array(z.looseObject({ index: z.int(), relevance_score: z.number() })),
  })
  .meta({ id: "RerankAnswer" });
