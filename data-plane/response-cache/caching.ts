/** The part of the story that only requests have which asked for caching: look, and keep what was answered instead. */
import type { Caller } from "../authenticate.ts";
import type { Exchange } from "../exchange.ts";
import type { ChatAsk } from "../operations/chat.ts";
import type { Runtime } from "../runtime.ts";
import type { Admitted, Settlement } from "../settle.ts";
import type { Tally } from "../tally.ts";
import { expiresAtMs, type KeptAnswer, type Question } from "./kept-answer.ts";
import type { Recording } from "./record-answer.ts";
import { isKept } from "./same-question.ts";
import { cacheWish, type CacheWish } from "./wish.ts";

export type Caching = { wish: CacheWish; question: Question };

/** Null: nothing is to be kept, because the headers do not say so or because answers of this kind never are. */
export function cachingOf(
  exchange: Exchange,
  caller: Caller,
  ask: ChatAsk,
  { responseCache }: Runtime,
): Caching | null {
  const wish = cacheWish(exchange.request.headers);
  if (!wish || !isKept(ask)) return null;
  return { wish, question: responseCache.questionOf(caller, ask) };
}

/** What is kept, or null for a miss; either way the answer's headers say so from here on. Never rejects. */
export async function findKept(
  { wish, question }: Caching,
  exchange: Exchange,
  { responseCache }: Runtime,
  nowMs: number,
): Promise<KeptAnswer | null> {
  if (wish.clear) await responseCache.clear(question);
  const kept = wish.clear ? null : await responseCache.find(question, nowMs);
  exchange.cacheHeaders = kept ? hitHeaders(kept, nowMs) : missHeaders(wish);
  return kept;
}

const missHeaders = ({ ttlSeconds }: CacheWish): string[] => [
  "x-openrouter-cache-status",
  "MISS",
  "x-openrouter-cache-ttl",
  String(ttlSeconds),
];

/** Age and what is left of it, in whole seconds that add up to what it was kept for. */
function hitHeaders(kept: KeptAnswer, nowMs: number): string[] {
  const leftSeconds = Math.ceil((expiresAtMs(kept) - nowMs) / 1_000);
  const left = Math.min(kept.ttlSeconds, leftSeconds); // another gateway's clock may be ahead
  return [
    "x-openrouter-cache-status",
    "HIT",
    "x-openrouter-cache-age",
    String(kept.ttlSeconds - left),
    "x-openrouter-cache-ttl",
    String(left),
    "x-openrouter-cache-source-id",
    kept.source,
  ];
}

/** Keeps what was told, if it is a whole good answer (C-3): no error, not cut, not left, and something was said. */
export function keepAnswer(
  { wish, question }: Caching,
  recording: Recording,
  { id, ask, model }: Admitted,
  tally: Tally,
  { outcome }: Settlement,
  runtime: Runtime,
): void {
  if (outcome !== "complete" || tally.failure || tally.hungUp || tally.finishReason === "error")
    return;
  if (ask.operation === "chat" && tally.characters === 0 && tally.finishReason === null) return;
  const body = recording.body();
  if (!body) return;
  void runtime.responseCache.keep(question, {
    source: id,
    placeholder: recording.placeholder,
    model: tally.choice?.endpoint.model.id ?? model,
    finishReason: tally.finishReason,
    nativeFinishReason: tally.nativeFinishReason,
    keptAtMs: runtime.now(),
    ttlSeconds: wish.ttlSeconds,
    body,
  });
}
