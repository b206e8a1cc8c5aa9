/** From a tally to a charge, and to a final in the spool. Always runs, once, for every generation that was admitted. */
import type { GenerationId } from "#schema/ids.ts";
import {
  completionMeters,
  promptMeters,
  sum,
  type Counts,
  type Meter,
  type UsageSource,
} from "#schema/meters.ts";
import { picodollars, zero } from "#schema/money/amount.ts";
import {
  charge as chargeFor,
  UnpricedMeterError,
  type Charge,
  type Price,
} from "#schema/money/price.ts";
import type { Outcome } from "#schema/usage-record.ts";
import { isModelIn, type Admission } from "./admit.ts";
import type { Caller } from "./authenticate.ts";
import type { Bound } from "./leases.ts";
import type { ChatAsk } from "./operations/chat.ts";
import type { Runtime } from "./runtime.ts";
import { learnLength } from "./tokens/prompt-size.ts";
import { finalText, intentText, numbered } from "./record-text.ts";
import { healthNameOf, type Choice } from "./route.ts";
import { estimateCounts, type Tally } from "./tally.ts";
import { finishReasonOf } from "./dialects/openai-chat.ts";

export type Admitted = {
  id: GenerationId;
  atMs: number;
  caller: Caller;
  ask: ChatAsk;
  admission: Admission;
  /** The model that is asked first. */
  model: string;
  /** How the records of this generation begin. */
  head: string;
};
export type Settlement = {
  counts: Counts;
  source: UsageSource;
  charge: Charge;
  /** What we owe the provider, picodollars. */
  cost: bigint;
  outcome: Outcome;
  ownKey: boolean;
  /** What the provider asks for it, of us or of the organization; null when that is not known. */
  upstreamCost: bigint | null;
  /** Meters that were used and that nobody has priced; nothing was charged for them (reliability.md M-14). */
  unpriced: readonly Meter[];
};

/** `recorded` resolves when the final survives the death of this process, or to why it could not be written. */
export type Recorded = { settled: Settlement; recorded: Promise<Error | null> };

const free: Charge = { total: zero, prompt: zero, completion: zero };

/**
 * What a generation is charged. Pure. Delivered whole or left by the client: what was used, at the admitted price.
 * Broken upstream, nothing delivered, or no completion and no finish reason: nothing, though our own cost is kept
 * (zero-completion insurance, contract B-5, B-6).
 */
export function settlement(
  tally: Tally,
  { ask, admission }: Pick<Admitted, "ask" | "admission">,
): Settlement {
  const { choice } = tally;
  const ownKey = choice?.ownKey ?? false;
  const delivered = tally.characters > 0 || tally.complete;
  if (!choice || (!delivered && !tally.usage))
    return {
      counts: {},
      source: "none",
      charge: free,
      cost: 0n,
      outcome: tally.hungUp ? "hung-up" : "failed",
      ownKey,
      upstreamCost: null,
      unpriced: [],
    };
  const { counts, source } = countsOf(tally, choice, ask, admission);
  const outcome: Outcome =
    tally.failure && !tally.hungUp
      ? tally.characters > 0
        ? "broken"
        : "failed"
      : tally.hungUp
        ? "hung-up"
        : "complete";
  const tier = tally.serviceTier ?? "";
  const upstreamCost = choice.cost ? priced(counts, choice.cost, tier).charge.total : null;
  const cost = ownKey ? 0n : (upstreamCost ?? 0n);
  const empty =
    ask.operation === "chat" &&
    sum(counts, completionMeters) === 0n &&
    tally.characters === 0 &&
    (tally.nativeFinishReason ?? "") === "";
  if (outcome === "broken" || outcome === "failed" || empty)
    return { counts, source, charge: free, cost, outcome, ownKey, upstreamCost, unpriced: [] };
  const { charge, unpriced } = priced(counts, choice.charge, tier);
  // An estimate of ours never charges more than was held; a provider's own count is charged as it is.
  const bounded = source === "estimated" ? atMost(charge, admission.money) : charge;
  return { counts, source, charge: bounded, cost, outcome, ownKey, upstreamCost, unpriced };
}

/** The provider's own count where it is one and can be so, else ours. */
function countsOf(
  tally: Tally,
  choice: Choice,
  ask: ChatAsk,
  admission: Admission,
): { counts: Counts; source: UsageSource } {
  // Pictures that are billed by the piece are ours to count: what providers report of them is tokens of the prompt.
  const pictures: Counts | null = ask.images > 0 ? { image_input: BigInt(ask.images) } : null;
  const reported = tally.usage?.counts ?? null;
  if (reported === null || misreport(tally, choice, admission) !== null)
    return {
      counts: { ...estimateCounts(ask.promptTokensEstimate, tally.characters), ...pictures },
      source: "estimated",
    };
  // Usage that came before the first word, or a zero beside words: the prompt is known and the answer is not.
  if (tally.characters > 0 && sum(reported, completionMeters) === 0n) {
    const { output = 0n } = estimateCounts(ask.promptTokensEstimate, tally.characters);
    return { counts: { ...reported, output, ...pictures }, source: "estimated" };
  }
  return { counts: pictures ? { ...reported, ...pictures } : reported, source: "reported" };
}

const tokensBeyond = (bound: number): number => Math.floor(bound * 1.1) + 1_000;

/**
 * Why a report cannot be what happened, or null: no numbers, a longer answer than was allowed, or more than fits into the
 * model (reliability.md M-8). Reasoning is bounded by the context only, since not every provider counts it to the answer.
 */
export function misreport(
  { usage }: Pick<Tally, "usage">,
  choice: Pick<Choice, "endpoint" | "outputTokensMax">,
  { outputTokensMax }: Pick<Admission, "outputTokensMax">,
): string | null {
  if (usage === null) return null;
  const { counts } = usage;
  if (counts === null) return "its usage is not made of numbers of tokens";
  const allowed = Math.min(outputTokensMax ?? choice.outputTokensMax, choice.outputTokensMax);
  const answer = sum(counts, completionMeters) - (counts.reasoning ?? 0n);
  if (answer > tokensBeyond(allowed))
    return `it reports ${answer} tokens of output where ${allowed} were allowed`;
  const { contextLength } = choice.endpoint;
  const most = tokensBeyond(contextLength);
  if (sum(counts, promptMeters) > most || (counts.reasoning ?? 0n) > most)
    return `it reports more tokens than its context of ${contextLength} holds`;
  return null;
}

/** A charge that is no more than an amount, with parts that still add up to it. */
function atMost(charge: Charge, amount: bigint): Charge {
  if (charge.total <= amount) return charge;
  const prompt = charge.prompt < amount ? charge.prompt : amount;
  const rest = amount - prompt;
  const completion = charge.completion < rest ? charge.completion : rest;
  return {
    total: picodollars(amount),
    prompt: picodollars(prompt),
    completion: picodollars(completion),
  };
}

/** A meter that the list does not know is left out and named, rather than stopping the settlement (reliability.md M-14). */
function priced(
  counts: Counts,
  price: Price,
  serviceTier: string,
): { charge: Charge; unpriced: Meter[] } {
  try {
    return { charge: chargeFor(counts, price, serviceTier), unpriced: [] };
  } catch (cause) {
    if (!(cause instanceof UnpricedMeterError)) throw cause;
    const { [cause.meter]: _unpriced, ...known } = counts;
    const { charge, unpriced } = priced(known, price, serviceTier);
    return { charge, unpriced: [cause.meter, ...unpriced] };
  }
}

/** What a generation used of one bound, in the bound's own unit. Pure. */
export function drawOf(
  bound: Bound,
  used: { charge: bigint; tokens: bigint; models: readonly string[]; answered: boolean },
): bigint {
  if (!used.models.some((model) => isModelIn(bound.scope, model))) return 0n;
  switch (bound.unit) {
    case "picodollars":
      return used.charge;
    case "tokens":
      return used.tokens;
    case "requests":
      // A free request that failed is given back to its day, but not to its minute (contract L-5 leaves it open).
      return bound.scope === "free" && bound.window !== "minute" && !used.answered ? 0n : 1n;
    case "concurrency":
      return 0n;
    default:
      return bound.unit satisfies never;
  }
}

const nothingUsed = { charge: 0n, tokens: 0n, answered: false } as const;

/**
 * What a recovery draws when it knows nothing but the intent: a request that was sent is one of its minute, whatever
 * became of it. Pure.
 */
export function intentOf({ head, model, admission }: Admitted): string {
  const { hold, choices } = admission;
  const [first] = choices;
  const used = { ...nothingUsed, models: [model] };
  return intentText(head, {
    model,
    chargePrice: choices.length === 1 && first ? first.charge.id : null,
    hold,
    draws: hold.parts.map(({ bound }) => drawOf(bound, used)),
  });
}

/** What a generation used of each bound it is held against, in the order of its hold. Pure. */
export function drawsOf(
  { admission, model }: Pick<Admitted, "admission" | "model">,
  tally: Tally,
  ended: { counts: Counts; charge: bigint; answered: boolean },
): bigint[] {
  const tried = tally.attempts.map((attempt) => attempt.model);
  const used = {
    charge: ended.charge,
    tokens: sum(ended.counts, promptMeters) + sum(ended.counts, completionMeters),
    models: tried.length > 0 ? tried : [tally.choice?.endpoint.model.id ?? model],
    answered: ended.answered,
  };
  return admission.hold.parts.map(({ bound }) => drawOf(bound, used));
}

/**
 * Writes the final at the end of this turn of the event loop, and gives the rest of the hold back once it is written. What
 * it returns is what the client is shown, and not before `recorded` has resolved.
 */
export function settle(admitted: Admitted, tally: Tally, runtime: Runtime): Recorded {
  const settled = settlement(tally, admitted);
  const { head, model, atMs, ask, admission } = admitted;
  const { choice } = tally;
  const { hold } = admission;
  const nowMs = runtime.now();
  const draws = drawsOf(admitted, tally, {
    counts: settled.counts,
    charge: settled.charge.total,
    answered: settled.outcome !== "failed",
  });
  const final = finalText(head, {
    choice,
    model,
    cancelled: tally.hungUp,
    outcome: settled.outcome,
    finishReason: settled.outcome === "broken" ? "error" : finishReasonOf(tally.finishReason),
    nativeFinishReason: tally.nativeFinishReason,
    upstreamId: tally.upstreamId,
    error: tally.failure?.text ?? null,
    counts: settled.counts,
    usageSource: settled.source,
    rawUsage: usageText(tally.usage?.raw ?? null),
    charge: settled.charge.total,
    cost: settled.cost,
    serviceTier: tally.serviceTier,
    ownKey: settled.ownKey,
    unpriced: settled.unpriced,
    attempts: tally.attempts,
    firstTokenMs:
      tally.firstContentAtMs === null
        ? null
        : Math.max(0, Math.round(tally.firstContentAtMs - atMs)),
    durationMs: Math.max(0, Math.round(nowMs - atMs)),
    hold,
    draws,
  });
  const recorded = new Promise<Error | null>((resolve) =>
    runtime.spool.appendSoon(
      "final",
      (sequence) => numbered(final, sequence),
      (cause) => {
        if (cause)
          runtime.log("error", "a final could not be written", { cause: String(cause.cause) });
        else runtime.leases.release(hold, draws);
        resolve(cause);
      },
    ),
  );
  if (choice && tally.complete) {
    const believed = misreport(tally, choice, admission) === null;
    runtime.health.reported(healthNameOf(choice), { believed }, nowMs);
    if (settled.source === "reported")
      learnLength(ask, choice.endpoint.model, sum(settled.counts, promptMeters), runtime);
  }
  return { settled, recorded };
}

const usageCharactersMax = 8_000;

/**
 * A provider's usage object as JSON that jsonb takes: without NUL and half characters, which would set its whole record
 * aside. `null` when it is absurdly large, or has them in its names. Never throws: a settlement must not fail for it.
 */
export function usageText(value: unknown): string {
  if (value === null) return "null";
  const text = JSON.stringify(value);
  if (text === undefined || text.length > usageCharactersMax) return "null";
  if (!text.includes("\\u")) return text; // both are written as escapes
  const cleaned = JSON.stringify(
    JSON.parse(text, (_name, one: unknown) =>
      typeof one === "string" ? one.replaceAll("\0", "").toWellFormed() : one,
    ),
  );
  return /\\u(0000|d[89a-f])/i.test(cleaned) ? "null" : cleaned;
}
