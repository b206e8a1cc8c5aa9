/** The request's ceiling against every bound, in memory, before an upstream is asked. */
import { freeModels } from "#schema/bounds.ts";
import { affordableTokens, moneyBound } from "./afford.ts";
import type { Caller } from "./authenticate.ts";
import type { Bound, Demand, Denial, Hold, Leases } from "./leases.ts";
import type { ChatAsk } from "./operations/chat.ts";
import { Refusal, unavailable } from "./refusal.ts";
import { refusalOfBound } from "./refuse-bound.ts";
import type { Choice } from "./route.ts";

export type Admission = {
  hold: Hold;
  /** Picodollars that were held: the most that the request can be charged. */
  money: bigint;
  /** What the money allows when the client set no limit; the provider is told. Null: no clamp. */
  outputTokensMax: number | null;
  /** What may be asked under this hold: without models whose own limit is used up. */
  choices: readonly Choice[];
};

/** An answer cut to fewer tokens than this helps nobody; then the request is refused with the number that would pass. */
const clampMin = 16;
/** While other requests hold credit that they will give back, nobody is cut to less than this; it is told to come back. */
const clampMinWhileInFlight = 1_024;
/** Several bounds can be short, each of them of its own number. */
const clampTries = 4;
/** What an answer without `max_tokens` takes of tokens per minute until its real number is known. */
const outputTokensEstimate = 4_096;

/**
 * Holds the most that the request can cost at its dearest candidate, and one of each rate. When the money is more than
 * is left and the client set no `max_tokens`, the output is clamped to what is affordable instead of refusing an account
 * that could pay. A model whose own limit is used up is left out while others are asked for (contract F-7).
 * @throws {Refusal} 402 for credit, 403 for a limit of the key or workspace, 429 for rates, each with the number that
 *   would pass or the time from which it would; 503 when it cannot be checked.
 */
export function admit(
  caller: Caller,
  ask: ChatAsk,
  candidates: readonly Choice[],
  leases: Leases,
  nowMs: number,
): Admission | Promise<Admission> {
  if (caller.overdrawn) {
    throw new Refusal({
      status: 402,
      type: "payment_required",
      message:
        "Insufficient credits. More was used than there was, so the balance is below zero; free models are not served then either. Add credits to go on.",
      metadata: { limit_source: "openrouter_credits" },
    });
  }
  // Nearly always memory has enough of everything, and nothing is waited for.
  const bounds = boundsOf(caller, candidates);
  const longest = longestOf(candidates);
  const money = moneyBound(ask, candidates, longest);
  const held = leases.hold(demandsOf(bounds, ask, money, longest), nowMs);
  if (!(held instanceof Promise) && !("kind" in held))
    return { hold: held, money, outputTokensMax: null, choices: candidates };
  return admitWhatFits(caller, ask, candidates, leases, nowMs, held);
}

/** @param first what the first try, with all candidates and no clamp, was answered */
async function admitWhatFits(
  caller: Caller,
  ask: ChatAsk,
  candidates: readonly Choice[],
  leases: Leases,
  nowMs: number,
  first: HoldAnswer | Promise<HoldAnswer>,
): Promise<Admission> {
  let choices = candidates;
  let tried: HoldAnswer | Promise<HoldAnswer> | null = first;
  for (;;) {
    const own = choices.filter((choice) => choice.ownKey);
    const mixed = own.length > 0 && own.length < choices.length;
    const answer = await admitTo(choices, caller, ask, leases, nowMs, { clamps: !mixed, tried });
    tried = null;
    if (!("kind" in answer)) return answer;
    if (mixed && answer.kind === "short" && answer.bound.unit === "picodollars") {
      choices = own; // whoever pays the provider itself need not be able to pay us its price
      continue;
    }
    if (answer.kind === "away") {
      throw unavailable(
        "Credit and limits cannot be checked right now, because the database does not answer and this gateway's share of them is used up. Try again in a few seconds.",
        answer.cause,
      );
    }
    const { scope } = answer.bound;
    const others = scope === "" ? [] : choices.filter((choice) => !isIn(scope, choice));
    if (others.length === 0) throw refusalOfBound(answer, { ask, choices, nowMs });
    choices = others;
  }
}

type HoldAnswer = Hold | Denial;

async function admitTo(
  choices: readonly Choice[],
  caller: Caller,
  ask: ChatAsk,
  leases: Leases,
  nowMs: number,
  { clamps, tried }: { clamps: boolean; tried: HoldAnswer | Promise<HoldAnswer> | null },
): Promise<Admission | Denial> {
  const bounds = boundsOf(caller, choices);
  const longest = longestOf(choices);
  let outputTokensMax: number | null = null;
  for (let tries = 0; ; tries++) {
    const money = moneyBound(ask, choices, outputTokensMax ?? longest);
    const answer =
      tries === 0 && tried !== null
        ? await tried
        : await leases.hold(demandsOf(bounds, ask, money, longest), nowMs);
    if (!("kind" in answer)) return { hold: answer, money, outputTokensMax, choices };
    if (answer.kind === "away" || answer.bound.unit !== "picodollars") return answer;
    if (!clamps || ask.outputTokensMax !== null || tries === clampTries) return answer;
    const affordable = affordableTokens(ask, choices, answer.free);
    if (affordable < (answer.inFlight > 0n ? clampMinWhileInFlight : clampMin)) return answer;
    outputTokensMax = affordable;
  }
}

/** The caller's bounds that some of the choices fall under; mostly all of them, and then the list itself. */
function boundsOf({ bounds }: Caller, choices: readonly Choice[]): readonly Bound[] {
  for (const { scope } of bounds)
    if (scope !== "")
      return bounds.filter(
        (bound) => bound.scope === "" || choices.some((choice) => isIn(bound.scope, choice)),
      );
  return bounds;
}

function longestOf(choices: readonly Choice[]): number {
  let longest = 0;
  for (const { outputTokensMax } of choices)
    if (outputTokensMax > longest) longest = outputTokensMax;
  return longest;
}

function demandsOf(
  bounds: readonly Bound[],
  ask: ChatAsk,
  money: bigint,
  longest: number,
): Demand[] {
  const demands: Demand[] = [];
  for (const bound of bounds) demands.push({ bound, amount: demandOf(bound, ask, money, longest) });
  return demands;
}

/** Whether a limit of a scope bounds a choice. */
export const isIn = (scope: string, { endpoint }: Choice): boolean =>
  isModelIn(scope, endpoint.model.id);

/** The same for a model by its id. '' is every model; `free` those whose id ends in `:free` (contract L-1). */
export const isModelIn = (scope: string, model: string): boolean =>
  scope === "" || (scope === freeModels ? model.endsWith(":free") : scope === model);

function demandOf(bound: Bound, ask: ChatAsk, money: bigint, longest: number): bigint {
  switch (bound.unit) {
    case "picodollars":
      return money;
    case "requests":
    case "concurrency":
      return 1n;
    case "tokens":
      // By estimate; what was really used is taken when it is known. A quarter more, because estimates are that good.
      return BigInt(
        Math.ceil(ask.promptTokensEstimate * 1.25) +
          (ask.outputTokensMax === null ? Math.min(longest, outputTokensEstimate) : longest),
      );
    default:
      return bound.unit satisfies never;
  }
}
