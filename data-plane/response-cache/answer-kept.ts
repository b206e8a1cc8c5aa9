/** A hit: a generation of its own, admitted and on record like any other, for which no provider is asked and nothing is charged. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { mintGenerationId } from "#schema/ids.ts";
import { admit } from "../admit.ts";
import type { Caller } from "../authenticate.ts";
import { finishReasonOf } from "../dialects/openai-chat.ts";
import type { Exchange } from "../exchange.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { finalText, headText, numbered } from "../record-text.ts";
import { unavailable } from "../refusal.ts";
import type { Choice } from "../route.ts";
import type { Runtime } from "../runtime.ts";
import { drawsOf, intentOf, type Admitted } from "../settle.ts";
import { openTally } from "../tally.ts";
import type { KeptAnswer } from "./kept-answer.ts";

/** Of a stream so much is handed over at once; then it is asked whether the client keeps up. */
const sliceCharacters = 65_536;

/**
 * Gives a kept answer again. It counts against limits on requests, and on requests at once; no money and no tokens are held.
 * @throws {Refusal} as `admit` does for these, 402 when the organization owes, 503 when it cannot be put on record.
 */
export async function answerKept(
  kept: KeptAnswer,
  {
    atMs,
    caller,
    ask,
    choices,
  }: { atMs: number; caller: Caller; ask: ChatAsk; choices: readonly Choice[] },
  exchange: Exchange,
  runtime: Runtime,
): Promise<void> {
  const bounds = caller.bounds.filter(({ unit }) => unit === "requests" || unit === "concurrency");
  const admission = await admit({ ...caller, bounds }, ask, choices, runtime.leases, atMs);
  const id = mintGenerationId(atMs);
  exchange.generationId = id;
  const admitted: Admitted = {
    id,
    atMs,
    caller,
    ask,
    admission,
    model: kept.model,
    head: headText({ id, atMs, caller, ask }, exchange, runtime.gateway),
  };
  await record(admitted, kept, runtime);
  if (exchange.gone) return;
  const answer = kept.body.toString("utf8").replaceAll(kept.placeholder, id);
  if (ask.stream) await sendSlices(answer, exchange);
  else exchange.json(200, null, answer);
}

/** Intent and final, as of every generation: a recovery, and the spool's reserve, count on there being both. @throws {Refusal} 503 */
async function record(admitted: Admitted, kept: KeptAnswer, runtime: Runtime): Promise<void> {
  const { spool, leases } = runtime;
  const { hold } = admitted.admission;
  const intent = intentOf(admitted);
  const refuse = (cause: Error): never => {
    throw unavailable(
      spool.refusal?.sentence ?? "This gateway cannot record usage right now.",
      cause,
    );
  };
  const refused = await new Promise<Error | null>((resolve) =>
    spool.appendSoon("intent", () => intent, resolve),
  );
  if (refused) {
    leases.release(
      hold,
      hold.parts.map(() => 0n),
    );
    refuse(refused);
  }
  const draws = drawsOf(admitted, openTally(), { counts: {}, charge: 0n, answered: true });
  const final = finalText(admitted.head, {
    choice: null,
    model: kept.model,
    cancelled: false,
    outcome: "complete",
    finishReason: finishReasonOf(kept.finishReason),
    nativeFinishReason: kept.nativeFinishReason,
    upstreamId: null,
    error: null,
    counts: {},
    usageSource: "none",
    rawUsage: "null",
    charge: 0n,
    cost: 0n,
    serviceTier: null,
    ownKey: false,
    unpriced: [],
    attempts: [],
    firstTokenMs: Math.max(0, Math.round(runtime.now() - admitted.atMs)),
    durationMs: Math.max(0, Math.round(runtime.now() - admitted.atMs)),
    hold,
    draws,
    responseCacheSource: kept.source,
  });
  const unrecorded = await new Promise<Error | null>((resolve) =>
    spool.appendSoon("final", (sequence) => numbered(final, sequence), resolve),
  );
  if (unrecorded) {
    runtime.log("error", "a final could not be written", { cause: String(unrecorded.cause) });
    refuse(unrecorded);
  }
  leases.release(hold, draws);
  if (runtime.config.durability === "strict") await spool.synced();
}

async function sendSlices(answer: string, exchange: Exchange): Promise<void> {
  exchange.openStream();
  let goOn = (): void => {};
  exchange.onGone(() => goOn());
  let at = 0;
  while (answer.length - at > sliceCharacters && !exchange.gone) {
    const end = at + sliceCharacters;
    const slice = answer.slice(at, end).isWellFormed() ? end : end - 1; // not through a surrogate pair
    const { promise: drained, resolve } = Promise.withResolvers<void>();
    goOn = resolve;
    if (exchange.send(answer.slice(at, slice), resolve)) await nextTurn();
    else await drained;
    at = slice;
  }
  exchange.end(answer.slice(at));
}
