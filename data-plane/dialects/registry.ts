/** Which dialect answers which path. */
import { anthropicMessages } from "./anthropic-messages.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiCompletions } from "./openai-completions.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";
import { openaiResponses } from "./openai-responses.ts";
import { openrouterRerank } from "./openrouter-rerank.ts";
import type { Dialect } from "./dialect.ts";

/** Below each of `/api/v1` and `/v1`, so that any client's base URL works. */
const paths: readonly [string, Dialect][] = [
  ["/chat/completions", openaiChat],
  ["/completions", openaiCompletions],
  ["/responses", openaiResponses],
  ["/messages", anthropicMessages],
  ["/embeddings", openaiEmbeddings],
  ["/rerank", openrouterRerank],
];

/** By the whole path of a request. */
export const dialects: ReadonlyMap<string, Dialect> = new Map(
  paths.flatMap(([path, dialect]) => [
    [`/api/v1${path}`, dialect],
    [`/v1${path}`, dialect],
  ]),
);
