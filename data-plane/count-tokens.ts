/** How long a prompt is, before anybody pays for it: `/messages/count_tokens`. An estimate, as it is at Anthropic. */
import { authenticate } from "./authenticate.ts";
import type { Dialect } from "./dialects/dialect.ts";
import type { Exchange } from "./exchange.ts";
import { estimatedTokens } from "./tokens/prompt-size.ts";
import type { Runtime } from "./runtime.ts";

/** Free; no provider is asked. @throws {Refusal} for the credential and for a body that is none of the dialect's. */
export async function countTokens(
  exchange: Exchange,
  dialect: Dialect,
  runtime: Runtime,
): Promise<void> {
  await authenticate(exchange.request.headers, runtime.callers, runtime.now());
  const ask = dialect.decode(await exchange.body(), exchange.request.headers);
  const [id = ""] = ask.models;
  const model = runtime.snapshot().models.get(id) ?? { id, tokenizer: "other" };
  const tokens = await estimatedTokens(ask, model, runtime.tokens.factors);
  exchange.json(200, {}, JSON.stringify({ input_tokens: Math.max(1, tokens) }));
}
