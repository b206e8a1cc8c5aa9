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
import type { Outcome, UsageRecord } from "#schema/usage-record.ts";
import { isModelIn, type Admission } from "./admit.ts";
import type { Caller } from "./authenticate.ts";
import type { Exchange } from "./exchange.ts";
import type { Bound } from "./leases.ts";
import type { ChatAsk } from "./operations/chat.ts";
import type { Runtime } from "./runtime.ts";
import type { Choice } from "./route.ts";
import type { Intent } from "./spool/recover.ts";
import { estimateCounts, type Tally } from "./tally.ts";
import { finishReasonOf } from "./dialects/openai-chat.ts";

export type Admitted = {
  id: GenerationId;
  atMs: number;
  caller: Caller;
  ask: ChatAsk;
  admission: Admission;
  intent: Intent;
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
  const counts = tally.usage?.counts ?? estimateCounts(ask.promptTokensEstimate, tally.characters);
  const source: UsageSource = tally.usage ? "reported" : "estimated";
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
    sum(counts, completionMeters) === 0n &&
    tally.characters === 0 &&
    (tally.nativeFinishReason ?? "") === "";
  if (outcome === "broken" || outcome === "failed" || empty)
    return { counts, source, charge: free, cost, outcome, ownKey, upstreamCost, unpriced: [] };
  const { charge, unpriced } = priced(counts, choice.charge, tier);
  // An estimate of ours never charges more than was held; a provider's own count is charged as it is.
  const bounded =
    source === "estimated" && charge.total > admission.money
      ? { ...charge, total: picodollars(admission.money) }
      : charge;
  return { counts, source, charge: bounded, cost, outcome, ownKey, upstreamCost, unpriced };
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

/**
 * The least that any choice charges for one token, in picodollars. A crash loses which of them answered, and a recovery
 * may not charge more than the one that did.
 */
export function cheapest(choices: readonly Choice[], meter: "input" | "output"): bigint {
  let least: bigint | null = null;
  for (const { charge } of choices) {
    for (const line of charge.lines)
      if (line.meter === meter && (least === null || line.perUnit < least)) least = line.perUnit;
  }
  return least ?? 0n;
}

/** What is known of a generation at admission: written to the spool before an upstream sees a byte. */
export function intentOf(
  admitted: Omit<Admitted, "intent">,
  exchange: Exchange,
  choices: readonly Choice[],
  gateway: string,
): Intent {
  const { id, atMs, caller, ask, admission } = admitted;
  const [first] = choices;
  return {
    id,
    gateway,
    organization: caller.organizationId,
    workspace: caller.workspaceId,
    key: caller.keyId,
    app: clean(exchange.header("x-openrouter-title") ?? exchange.header("x-title"), 256) ?? "",
    referer: clean(exchange.header("http-referer") ?? exchange.header("referer"), 1000),
    externalUser: clean(ask.user, 256),
    session: clean(ask.session ?? exchange.header("x-session-id"), 256),
    userAgent: clean(exchange.header("user-agent"), 256),
    requestedModel: clean(ask.models[0] ?? "", 256) ?? "",
    model: first?.endpoint.model.id ?? ask.models[0] ?? "",
    endpoint: null,
    provider: null,
    providerId: null,
    streamed: ask.stream,
    cancelled: false,
    outcome: "recovered",
    finishReason: null,
    nativeFinishReason: null,
    upstreamId: null,
    error: null,
    counts: {},
    usageSource: "none",
    rawUsage: null,
    charge: "0",
    cost: "0",
    chargePrice: choices.length === 1 && first ? first.charge.id : null,
    costPrice: null,
    attempts: [],
    admittedAt: new Date(atMs).toISOString(),
    firstTokenMs: null,
    durationMs: 0,
    draws: admission.hold.parts.map(({ bound, holding }) => ({
      allowance: bound.id,
      windowStart: holding.windowStart.toISOString(),
      amount: "0",
      unit: bound.unit,
    })),
    ratesIfRecovered: {
      input: cheapest(choices, "input").toString(),
      output: cheapest(choices, "output").toString(),
      most: admission.money.toString(),
    },
  };
}

/** Writes the final and gives the rest of the hold back. What it returns is what the client is shown. */
export function settle(admitted: Admitted, tally: Tally, runtime: Runtime): Settlement {
  const settled = settlement(tally, admitted);
  const { ratesIfRecovered: _forRecovery, ...intent } = admitted.intent;
  const amount = settled.charge.total.toString();
  const { parts } = admitted.admission.hold;
  const tried = tally.attempts.map((attempt) => attempt.model);
  const used = {
    charge: settled.charge.total,
    tokens: sum(settled.counts, promptMeters) + sum(settled.counts, completionMeters),
    models: tried.length > 0 ? tried : [intent.model],
    answered: settled.outcome !== "failed",
  };
  const draws = parts.map(({ bound }) => drawOf(bound, used));
  const record: UsageRecord = {
    ...intent,
    sequence: runtime.nextSequence(),
    model: tally.choice?.endpoint.model.id ?? intent.model,
    endpoint: tally.choice?.endpoint.id ?? null,
    provider: tally.choice?.endpoint.provider.slug ?? null,
    providerId: tally.choice?.endpoint.provider.id ?? null,
    cancelled: tally.hungUp,
    outcome: settled.outcome,
    finishReason: settled.outcome === "broken" ? "error" : finishReasonOf(tally.nativeFinishReason),
    nativeFinishReason: clean(tally.nativeFinishReason, 256),
    upstreamId: clean(tally.upstreamId, 256),
    error: clean(tally.failure?.text ?? null, 1000),
    counts: Object.fromEntries(
      Object.entries(settled.counts).map(([meter, units]) => [meter, units.toString()]),
    ),
    usageSource: settled.source,
    rawUsage: cleanJson(tally.usage?.raw ?? null),
    charge: amount,
    cost: settled.cost.toString(),
    chargePrice: tally.choice?.charge.id ?? null,
    costPrice: tally.choice?.cost?.id ?? null,
    chargePolicy: tally.choice?.chargePolicy ?? null,
    costStep: tally.choice?.costStep ?? null,
    ...(tally.serviceTier === null
      ? {}
      : { serviceTier: clean(tally.serviceTier, 64) ?? undefined }),
    ...(settled.ownKey ? { ownKey: true } : {}),
    ...(settled.unpriced.length === 0 ? {} : { unpriced: [...settled.unpriced] }),
    attempts: tally.attempts
      .slice(0, 64)
      .map((attempt) => ({ ...attempt, failure: clean(attempt.failure, 1000) })),
    firstTokenMs:
      tally.firstContentAtMs === null
        ? null
        : Math.max(0, Math.round(tally.firstContentAtMs - admitted.atMs)),
    durationMs: Math.max(0, Math.round(runtime.now() - admitted.atMs)),
    draws: parts.map(({ bound, holding }, at) => ({
      allowance: bound.id,
      windowStart: holding.windowStart.toISOString(),
      amount: (draws[at] ?? 0n).toString(),
    })),
  };
  runtime.spool.append("final", JSON.stringify(record));
  runtime.leases.release(admitted.admission.hold, draws);
  return settled;
}

/** Well-formed, without NUL, and no longer than its column: one bad character makes Postgres refuse a whole batch. */
const clean = (text: string | null, charactersMax: number): string | null =>
  text === null ? null : text.replaceAll("\0", "").slice(0, charactersMax).toWellFormed();

/** A provider's usage object without what jsonb refuses, and not at all when it is absurdly large. */
function cleanJson(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text === undefined || text.length > 8_000) return null;
  return JSON.parse(text.replaceAll(/\\u0000/g, "").toWellFormed());
}
