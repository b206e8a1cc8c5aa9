/** What a request can cost at most, and how long an answer an amount pays for. Pure. */
import { ceiling } from "#schema/money/price.ts";
import type { ChatAsk } from "./operations/chat.ts";
import type { Choice } from "./route.ts";

/** The most, in picodollars, that any of the choices can charge for an answer of at most so many tokens. */
export function moneyBound(
  ask: ChatAsk,
  choices: readonly Choice[],
  outputTokensMax: number,
): bigint {
  let dearest = 0n;
  const bound = {
    promptTokens: BigInt(ask.promptTokensBound),
    outputTokens: 0n,
    images: BigInt(ask.images),
    searches: BigInt(ask.searchesBound),
    requests: BigInt(ask.requestsBound ?? 1),
  };
  for (const choice of choices) {
    bound.outputTokens = BigInt(Math.min(choice.outputTokensMax, outputTokensMax));
    const amount = ceiling(bound, choice.charge);
    if (amount > dearest) dearest = amount;
  }
  return dearest;
}

/** The largest number of output tokens that an amount pays for at every choice, or -1 when not even none does. */
export function affordableTokens(ask: ChatAsk, choices: readonly Choice[], free: bigint): number {
  if (moneyBound(ask, choices, 0) > free) return -1;
  let low = 0;
  let high = choices.reduce((most, choice) => Math.max(most, choice.outputTokensMax), 0);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (moneyBound(ask, choices, middle) <= free) low = middle;
    else high = middle - 1;
  }
  return low;
}
