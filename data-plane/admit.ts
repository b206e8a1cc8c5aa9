/** The request's ceiling against every allowance, in memory, before an upstream is asked. */
import { formatDollars, showDollars } from "#schema/money/amount.ts";
import { ceiling } from "#schema/money/price.ts";
import type { Caller } from "./authenticate.ts";
import type { Denial, Hold, Leases } from "./leases.ts";
import type { ChatAsk } from "./operations/chat.ts";
import { Refusal, unavailable } from "./refusal.ts";
import type { Choice } from "./route.ts";

/** `outputTokensMax` is what the money allows when the client set no limit; the provider is told. Null: no clamp. */
export type Admission = { hold: Hold; outputTokensMax: number | null };

/** An answer cut to fewer tokens than this helps nobody; then the request is refused with the number that would pass. */
const clampMin = 16;

/**
 * Holds the most that the request can cost at its dearest candidate. When that is more than is left and the client set
 * no `max_tokens`, the output is clamped to what is affordable instead of refusing an account that could pay.
 * @throws {Refusal} 402 for credit and 403 for a key's limit, each with the number that would pass; 503 when credit
 *   cannot be checked.
 */
export async function admit(
  caller: Caller,
  ask: ChatAsk,
  choices: readonly Choice[],
  leases: Leases,
  nowMs: number,
): Promise<Admission> {
  const promptTokens = BigInt(ask.promptTokensBound);
  const most = (outputTokensMax: number): bigint =>
    choices.reduce((dearest, choice) => {
      const amount = ceiling(
        { promptTokens, outputTokens: BigInt(Math.min(choice.outputTokensMax, outputTokensMax)) },
        choice.charge,
      );
      return amount > dearest ? amount : dearest;
    }, 0n);
  const full = most(Number.MAX_SAFE_INTEGER);
  const held = await leases.hold(caller.allowances, full, nowMs);
  if (!("kind" in held)) return { hold: held, outputTokensMax: null };
  if (held.kind === "away") {
    throw unavailable(
      "Credit cannot be checked right now, because the database does not answer and this gateway's share of it is used up. Try again in a few seconds.",
      held.cause,
    );
  }
  const affordable = largestThat(
    (tokens) => most(tokens) <= held.free,
    Math.max(...choices.map((choice) => choice.outputTokensMax)),
  );
  if (ask.outputTokensMax === null && affordable >= clampMin) {
    const clamped = await leases.hold(caller.allowances, most(affordable), nowMs);
    if (!("kind" in clamped)) return { hold: clamped, outputTokensMax: affordable };
  }
  throw tooDear(held, {
    full,
    affordable,
    ask,
    outputTokensMax: Math.max(...choices.map((choice) => choice.outputTokensMax)),
  });
}

/** The largest whole number from 0 to `most` that fits, or -1 when not even 0 does; `fits` holds up to some number and not beyond. */
function largestThat(fits: (value: number) => boolean, most: number): number {
  if (!fits(0)) return -1;
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

const windowWords = {
  lifetime: "total",
  month: "monthly",
  week: "weekly",
  day: "daily",
  minute: "minute",
} as const;

function tooDear(
  denial: Denial & { kind: "short" },
  request: { full: bigint; affordable: number; ask: ChatAsk; outputTokensMax: number },
): Refusal {
  const { bound, free } = denial;
  const metadata = {
    limit_source: bound.subject === "key" ? "openrouter_key_limit" : "openrouter_credits",
    required: formatDollars(request.full),
    available: formatDollars(free),
    ...(request.affordable >= 1 ? { affordable_max_tokens: request.affordable } : {}),
  };
  const fit =
    request.affordable >= 1
      ? `You requested up to ${request.outputTokensMax} tokens, but can only afford ${request.affordable}.`
      : `It could cost up to $${showDollars(request.full)} (a prompt of at most ${request.ask.promptTokensBound} tokens), and $${showDollars(free)} is left.`;
  if (bound.subject === "key") {
    return new Refusal({
      status: 403,
      type: "permission_denied",
      metadata,
      message: `Key limit exceeded (${windowWords[bound.window]} limit). ${fit} Raise the limit of this key, or send fewer max_tokens.`,
    });
  }
  return new Refusal({
    status: 402,
    type: "payment_required",
    metadata,
    message:
      request.affordable >= 1
        ? `This request requires more credits, or fewer max_tokens. ${fit}`
        : `Insufficient credits. ${fit} Add credits to go on.`,
  });
}
