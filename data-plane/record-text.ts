/**
 * Intents and finals as the JSON they are written in, put together from prepared parts. Building a usage record as an object
 * and making text of it was a tenth of a request; nobody reads the object. What each field is says #schema/usage-record.ts.
 */
import type { Counts } from "#schema/meters.ts";
import type { Price } from "#schema/money/price.ts";
import type { AttemptRecord } from "#schema/usage-record.ts";
import type { Caller } from "./authenticate.ts";
import type { Exchange } from "./exchange.ts";
import type { Hold } from "./leases.ts";
import type { ChatAsk } from "./operations/chat.ts";
import { jsonText } from "./operations/json-text.ts";
import type { Choice } from "./route.ts";

/** Well-formed, without NUL, and no longer than its column: one bad character makes Postgres refuse a whole batch. */
export function clean(text: string | null, charactersMax: number): string | null {
  if (text === null) return null;
  if (text.length <= charactersMax && text.isWellFormed() && !text.includes("\0")) return text;
  return text.replaceAll("\0", "").slice(0, charactersMax).toWellFormed();
}

/** A text, cleaned and cut, as JSON. */
export function quoted(text: string | null, charactersMax: number): string {
  if (text === null) return "null";
  if (text === "") return '""';
  const cleaned = clean(text, charactersMax);
  return cleaned === null ? "null" : jsonText(cleaned);
}

/** An object without its last brace: what intent and final of a generation have in common. */
export function headText(
  { id, atMs, caller, ask }: { id: string; atMs: number; caller: Caller; ask: ChatAsk },
  exchange: Exchange,
  gateway: string,
): string {
  const app = exchange.header("x-openrouter-title") ?? exchange.header("x-title") ?? "";
  const referer = exchange.header("http-referer") ?? exchange.header("referer");
  const session = ask.session ?? exchange.header("x-session-id");
  const agent = exchange.header("user-agent");
  return `{"id":"${id}","gateway":"${gateway}",${callerText(caller)},"app":${quoted(app, 256)},"referer":${quoted(referer, 1000)},"externalUser":${quoted(ask.user, 256)},"session":${quoted(session, 256)},"userAgent":${quoted(agent, 256)},"requestedModel":${quoted(ask.models[0] ?? "", 256)},"streamed":${ask.stream},"admittedAt":"${instantText(atMs)}"`;
}

const callerTexts = new WeakMap<Caller, string>();
function callerText(caller: Caller): string {
  const known = callerTexts.get(caller);
  if (known !== undefined) return known;
  const text = `"organization":"${caller.organizationId}","workspace":"${caller.workspaceId}","key":"${caller.keyId}"`;
  callerTexts.set(caller, text);
  return text;
}

let instantMs = Number.NaN;
let instant = "";
/** ISO 8601; under load many requests share a millisecond. */
function instantText(atMs: number): string {
  if (atMs !== instantMs) {
    instantMs = atMs;
    instant = new Date(atMs).toISOString();
  }
  return instant;
}

/** What is known at admission; a recovery knows the rest (`recover.ts`). */
export const intentText = (
  head: string,
  {
    model,
    chargePrice,
    hold,
    draws,
  }: { model: string; chargePrice: string | null; hold: Hold; draws: readonly bigint[] },
): string =>
  `${head},"model":${quoted(model, 256)},"chargePrice":${quoted(chargePrice, 256)},"draws":${drawsText(hold, draws, { units: true })}}`;

function drawsText(
  { parts }: Hold,
  draws: readonly bigint[],
  { units }: { units: boolean },
): string {
  let text = "[";
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (!part) continue;
    const { bound, holding } = part;
    text += `${at === 0 ? "" : ","}{"allowance":"${bound.id}","windowStart":"${holding.windowStartText}","amount":"${draws[at] ?? 0n}"${units ? `,"unit":"${bound.unit}"}` : "}"}`;
  }
  return `${text}]`;
}

/** Everything of a final that is not in its head. */
export type Ending = {
  /** Null: no endpoint was asked. */
  choice: Choice | null;
  /** Of the model that was asked first, where none answered. */
  model: string;
  cancelled: boolean;
  outcome: string;
  finishReason: string | null;
  nativeFinishReason: string | null;
  upstreamId: string | null;
  error: string | null;
  counts: Counts;
  usageSource: string;
  /** The provider's usage object as JSON text that jsonb takes. */
  rawUsage: string;
  charge: bigint;
  cost: bigint;
  serviceTier: string | null;
  ownKey: boolean;
  unpriced: readonly string[];
  attempts: readonly AttemptRecord[];
  firstTokenMs: number | null;
  durationMs: number;
  hold: Hold;
  draws: readonly bigint[];
  /** The generation whose kept answer was given again. */
  responseCacheSource?: string;
};

/** All of a final but its number, which the spool gives it when it is written. */
export function finalText(head: string, ending: Ending): string {
  const { choice, serviceTier, ownKey, unpriced } = ending;
  const who = choice
    ? choiceText(choice)
    : `"model":${quoted(ending.model, 256)},"endpoint":null,"provider":null,"providerId":null,"chargePrice":null,"costPrice":null,"chargePolicy":null,"costStep":null`;
  const seldom =
    (serviceTier === null ? "" : `,"serviceTier":${quoted(serviceTier, 64)}`) +
    (ownKey ? ',"ownKey":true' : "") +
    (unpriced.length === 0 ? "" : `,"unpriced":${JSON.stringify(unpriced)}`) +
    (ending.responseCacheSource === undefined
      ? ""
      : `,"responseCacheSource":${quoted(ending.responseCacheSource, 64)}`);
  return `${head},${who},"cancelled":${ending.cancelled},"outcome":"${ending.outcome}","finishReason":${quoted(ending.finishReason, 64)},"nativeFinishReason":${quoted(ending.nativeFinishReason, 256)},"upstreamId":${quoted(ending.upstreamId, 256)},"error":${quoted(ending.error, 1000)},"counts":${countsText(ending.counts)},"usageSource":"${ending.usageSource}","rawUsage":${ending.rawUsage},"charge":"${ending.charge}","cost":"${ending.cost}"${seldom},"attempts":${attemptsText(ending.attempts)},"firstTokenMs":${ending.firstTokenMs},"durationMs":${ending.durationMs},"draws":${drawsText(ending.hold, ending.draws, { units: false })}`;
}

/** A final's number and its end. */
export const numbered = (text: string, sequence: number): string =>
  `${text},"sequence":${sequence}}`;

/** By its price list, which mostly is one endpoint's under one policy; a choice itself is made anew for each request. */
const choiceTexts = new WeakMap<Price, Choice & { text: string }>();
function choiceText(choice: Choice): string {
  const { endpoint, charge, cost, chargePolicy, costStep } = choice;
  const known = choiceTexts.get(charge);
  if (
    known?.endpoint === endpoint &&
    known.cost === cost &&
    known.chargePolicy === chargePolicy &&
    known.costStep === costStep
  )
    return known.text;
  const text = `"model":${quoted(endpoint.model.id, 256)},"endpoint":"${endpoint.id}","provider":${quoted(endpoint.provider.slug, 256)},"providerId":"${endpoint.provider.id}","chargePrice":${quoted(charge.id, 256)},"costPrice":${quoted(cost?.id ?? null, 256)},"chargePolicy":${quoted(chargePolicy, 256)},"costStep":${quoted(costStep, 256)}`;
  choiceTexts.set(charge, { ...choice, text });
  return text;
}

function countsText(counts: Counts): string {
  let text = "";
  for (const meter in counts)
    text += `${text === "" ? "{" : ","}"${meter}":"${counts[meter as keyof Counts] ?? 0n}"`;
  return text === "" ? "{}" : `${text}}`;
}

const attemptsMax = 64;
function attemptsText(attempts: readonly AttemptRecord[]): string {
  let text = "[";
  for (let at = 0; at < attempts.length && at < attemptsMax; at++) {
    const attempt = attempts[at];
    if (!attempt) continue;
    const { endpoint, provider, model, status, failure, durationMs } = attempt;
    text += `${at === 0 ? "" : ","}{"endpoint":"${endpoint}","provider":${quoted(provider, 256)},"model":${quoted(model, 256)},"status":${status},"failure":${quoted(failure, 1000)},"durationMs":${durationMs}}`;
  }
  return `${text}]`;
}
