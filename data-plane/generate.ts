/** One generation: from a request to settled money. The only file that knows the order of the steps. */
import { mintGenerationId } from "#schema/ids.ts";
import { admit } from "./admit.ts";
import { refusedCall, startCall, type Attempt } from "./attempt.ts";
import { authenticate } from "./authenticate.ts";
import { mayFollow, retryAfterMs } from "./consequences.ts";
import { deadlines } from "./deadlines.ts";
import type { Dialect, Face, StreamEncoder } from "./dialects/dialect.ts";
import type { Exchange } from "./exchange.ts";
import type { Failure, StreamEvent, Whole } from "./operations/chat.ts";
import type { Media } from "./providers/wire-protocol.ts";
import { headText } from "./record-text.ts";
import { refusalOf } from "./refuse-failure.ts";
import { byNextKey } from "./provider-keys.ts";
import { fetchMedia, mediaWanted } from "./inline-media.ts";
import { noteProgress } from "./note-progress.ts";
import { answerKept } from "./response-cache/answer-kept.ts";
import { cachingOf, findKept, keepAnswer } from "./response-cache/caching.ts";
import { recordAnswer } from "./response-cache/record-answer.ts";
import { Refusal, unavailable } from "./refusal.ts";
import { Stopwatch } from "./stages.ts";
import { candidates, healthNameOf, order, sellsTier, windowsOf, type Choice } from "./route.ts";
import type { Runtime } from "./runtime.ts";
import { intentOf, settle, type Admitted, type Recorded, type Settlement } from "./settle.ts";
import type { Spool } from "./spool/spool.ts";
import { charactersOf, count, noteFinish, openTally, type Tally } from "./tally.ts";
import { promptSize } from "./tokens/prompt-size.ts";

// Reasoning can silence a stream for minutes; nginx proxy_read_timeout and AWS ALB both cut at 60 s.
const heartbeatMs = 15_000; // a quarter of that, so two may be lost
const attemptsPerModelMax = 3;
const attemptsMax = 8;
/** How often a stream's progress is noted in the spool: what a crash can lose of a bill is at most this much of a stream. */
const progressMs = 1_000;
/** The first note waits so long: an answer that comes in one go has its final by then, and a note was 4 % of it. */
const firstNoteMs = 10;
/** How long an answer is read on for its usage after the client has left, when leaving does not stop the bill. */
const readOnMs = 600_000;

/** Answers one request. @throws {Refusal} for every end without an answer, as long as nothing has been sent. */
export async function generate(
  exchange: Exchange,
  dialect: Dialect,
  runtime: Runtime,
): Promise<void> {
  const watch = new Stopwatch(
    runtime.stageTimes,
    exchange.request.headers["x-turnpike-timing"] !== undefined,
  );
  exchange.watch = watch;
  const known = authenticate(exchange.request.headers, runtime.callers, runtime.now());
  const caller = known instanceof Promise ? await known : known;
  watch.ended("authenticate");
  const { refusal } = runtime.spool;
  if (refusal) throw unavailable(refusal.sentence, refusal.cause);
  const bytes = await exchange.body();
  watch.ended("body");
  const ask = dialect.decode(bytes, exchange.request.headers);
  watch.ended("decode");
  const atMs = runtime.now();
  const snapshot = runtime.snapshot();
  const { factors, counter } = runtime.tokens;
  const measured = promptSize(ask, windowsOf(ask, snapshot), factors, counter);
  const size = measured instanceof Promise ? await measured : measured;
  const possible = candidates(ask, snapshot, caller.organizationId, atMs, size);
  watch.ended("route");
  const caching =
    exchange.request.headers["x-openrouter-cache"] === undefined
      ? null
      : cachingOf(exchange, caller, ask, runtime);
  if (caching) {
    const kept = await findKept(caching, exchange, runtime, atMs);
    if (kept) return answerKept(kept, { atMs, caller, ask, choices: possible }, exchange, runtime);
  }
  const admitting = admit(caller, ask, possible, runtime.leases, atMs);
  const admission = admitting instanceof Promise ? await admitting : admitting;
  const { choices } = admission;
  const id = mintGenerationId(atMs);
  exchange.generationId = id;

  const tally = openTally();
  const admitted: Admitted = {
    id,
    atMs,
    caller,
    ask,
    admission,
    model: choices[0]?.endpoint.model.id ?? ask.models[0] ?? "",
    head: headText({ id, atMs, caller, ask }, exchange, runtime.gateway),
  };
  let settled: Recorded | null = null;
  const settleOnce = (): Recorded => (settled ??= settle(admitted, tally, runtime));
  const refused = await writeIntent(intentOf(admitted), runtime.spool); // before an upstream sees a byte
  if (refused) {
    // Without an intent there is no final: it would take the spool's last bytes from those that have one.
    runtime.leases.release(
      admission.hold,
      admission.hold.parts.map(() => 0n),
    );
    throw unavailable(
      runtime.spool.refusal?.sentence ?? "This gateway cannot record usage right now.",
      refused,
    );
  }
  watch.ended("admit");
  try {
    const ordered = order(choices, ask, {
      isBenched: (choice) => runtime.health.isBenched(healthNameOf(choice), atMs),
      random: runtime.random,
    });
    const beating = ask.stream ? startHeartbeat(exchange, dialect, runtime.now) : null;
    try {
      const answer = await firstAnswer(ordered, admitted, tally, exchange, runtime);
      watch.ended("upstream");
      // Point of no return: there is content, so the endpoint is fixed, and from here on a failure can only be
      // reported inside the stream.
      beating?.touch();
      const recording = caching && recordAnswer(dialect, atMs);
      const spoken = recording?.dialect ?? dialect;
      if (answer.kind === "whole")
        await sendWhole(answer, admitted, tally, settleOnce, exchange, spoken, runtime);
      else
        await sendStream(answer, admitted, tally, settleOnce, exchange, spoken, runtime, () =>
          beating?.touch(),
        );
      if (caching && recording)
        keepAnswer(caching, recording, admitted, tally, settleOnce().settled, runtime);
    } catch (cause) {
      if (!(cause instanceof Refusal) || !exchange.response.headersSent) throw cause;
      settleOnce(); // heartbeats were sent, so the status line is gone: the refusal is told in the stream
      exchange.end(dialect.encoder(faceOf(admitted, tally), ask).broken(cause));
    } finally {
      beating?.stop();
    }
  } finally {
    settleOnce();
  }
}

/** Resolves when the intent survives the death of this process, or to why it could not be written. */
const writeIntent = (intent: string, spool: Spool): Promise<Error | null> =>
  new Promise((resolve) => spool.appendSoon("intent", () => intent, resolve));

type Answer = Exclude<Attempt, { kind: "failed" }>;
const noMedia: ReadonlyMap<string, Media> = new Map();

/** Asks one endpoint after the other until there is content. @throws {Refusal} the last failure, with the earlier ones in it. */
async function firstAnswer(
  ordered: readonly Choice[],
  admitted: Admitted,
  tally: Tally,
  exchange: Exchange,
  runtime: Runtime,
): Promise<Answer> {
  const { ask, admission } = admitted;
  const failures: { choice: Choice; failure: Failure }[] = [];
  const tried = new Map<string, number>();
  let waiting = [...ordered];
  let media = noMedia;
  let repeated = false;
  for (let choice = waiting.shift(); choice; choice = waiting.shift()) {
    const model = choice.endpoint.model.id;
    if (failures.length >= attemptsMax || (tried.get(model) ?? 0) >= attemptsPerModelMax) continue;
    tried.set(model, (tried.get(model) ?? 0) + 1);
    tally.choice = choice;
    const startedAtMs = runtime.now();
    const wanted = mediaWanted(choice.endpoint, ask);
    const fetched =
      wanted.length === 0 ? media : await fetchMedia(wanted, media, exchange, runtime.media);
    if (!("kind" in fetched)) media = fetched;
    const struggling = runtime.health.isBenched(healthNameOf(choice), startedAtMs);
    const limit =
      admission.outputTokensMax === null
        ? null
        : Math.min(admission.outputTokensMax, choice.outputTokensMax);
    const upstream = {
      model: choice.endpoint.upstreamModel,
      flags: choice.endpoint.flags,
      outputTokensMax: limit,
      outputTokensLimit: choice.endpoint.maxOutputTokens,
      serviceTier: choice.ownKey || sellsTier(choice, ask.serviceTier) ? ask.serviceTier : null,
      media,
    };
    const call =
      "kind" in fetched
        ? refusedCall(fetched)
        : startCall(choice, ask, upstream, { pools: runtime.pools, nowMs: startedAtMs });
    // Leaving stops the bill only where the provider lets it, and never for a plain answer (contract B-9, B-10).
    if (ask.stream && choice.endpoint.cancellable) exchange.onGone(() => call.abort());
    const attempt = await call.attempt;
    const record = (status: number | null, failure: string | null): void => {
      tally.attempts.push({
        endpoint: choice.endpoint.id,
        provider: choice.endpoint.provider.slug,
        model,
        status,
        failure,
        durationMs: Math.max(0, Math.round(runtime.now() - startedAtMs)),
      });
    };
    if (attempt.kind !== "failed") {
      record(200, null);
      runtime.health.succeeded(healthNameOf(choice));
      tally.firstContentAtMs = runtime.now();
      if (attempt.kind === "whole") tally.usage = attempt.usage;
      return attempt;
    }
    const { failure } = attempt;
    record(failure.status, failure.text);
    runtime.health.failed(
      healthNameOf(choice),
      failure.kind,
      failure.retryAfterSeconds,
      runtime.now(),
    );
    tally.failure = failure;
    failures.push({ choice, failure });
    if (failure.kind === "client-gone" || exchange.gone) {
      tally.hungUp = true;
      break;
    }
    const again = byNextKey(choice, failure);
    if (again) {
      tried.set(model, (tried.get(model) ?? 1) - 1); // the endpoint has not been tried with it
      waiting.unshift(again);
      continue;
    }
    waiting = waiting.filter((next) => mayFollow(failure.kind, choice.endpoint, next.endpoint));
    const ms = repeated || struggling ? null : retryAfterMs(failure, runtime.random());
    if (waiting.length > 0 || ms === null) continue;
    repeated = true;
    await pause(ms, exchange);
    if (exchange.gone) {
      tally.hungUp = true;
      break;
    }
    waiting.push(choice);
  }
  throw refusalOf(failures);
}

/** Over when the client leaves, too. */
const pause = (ms: number, exchange: Exchange): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    exchange.onGone(() => {
      clearTimeout(timer);
      resolve();
    });
  });

const faceOf = ({ id, atMs, model }: Admitted, tally: Tally): Face => ({
  id,
  created: Math.floor(atMs / 1000),
  model: tally.choice?.endpoint.model.id ?? model,
  provider: tally.choice?.endpoint.provider.name ?? "",
});

async function sendWhole(
  { whole, native }: { whole: Whole; native?: Record<string, unknown> },
  admitted: Admitted,
  tally: Tally,
  settleOnce: () => Recorded,
  exchange: Exchange,
  dialect: Dialect,
  runtime: Runtime,
): Promise<void> {
  tally.failure = null;
  tally.complete = true;
  tally.hungUp = exchange.gone; // a plain answer is charged whether or not the client still waits
  tally.upstreamId = typeof whole.id === "string" ? whole.id : null;
  tally.serviceTier = typeof whole["service_tier"] === "string" ? whole["service_tier"] : null;
  for (const choice of whole.choices?.toReversed() ?? []) noteFinish(tally, choice);
  tally.characters = charactersOf(whole.choices?.map((choice) => choice.message));
  if (tally.finishReason === "error")
    tally.failure = {
      kind: "server",
      status: 200,
      text: "the provider ended with finish reason error",
      retryAfterSeconds: null,
    };
  const bill = await billOf(settleOnce(), runtime);
  exchange.watch?.ended("settle");
  if (exchange.gone) return;
  const face = faceOf(admitted, tally);
  exchange.json(200, null, dialect.encodeWhole(face, admitted.ask, whole, bill, native));
}

/** What the client is shown, once it is on record. @throws when it could not be recorded. */
async function billOf({ settled, recorded }: Recorded, runtime: Runtime): Promise<Settlement> {
  const unrecorded = await recorded;
  if (unrecorded) throw unrecorded;
  if (runtime.config.durability === "strict") await runtime.spool.synced();
  return settled;
}

async function sendStream(
  answer: Attempt & { kind: "streaming" },
  admitted: Admitted,
  tally: Tally,
  settleOnce: () => Recorded,
  exchange: Exchange,
  dialect: Dialect,
  runtime: Runtime,
  touch: () => void,
): Promise<void> {
  const encoder = dialect.encoder(faceOf(admitted, tally), admitted.ask);
  const resume = (): void => answer.resume();
  const { choice } = tally;
  tally.failure = null;
  exchange.openStream();
  let notedAtMs: number | null = null;
  let firstNote: NodeJS.Timeout | undefined;
  const noteFirst = (): void => noteProgress(admitted, tally, { first: true }, runtime);
  const failure = await new Promise<Failure | null>((resolve) => {
    let tooLate: NodeJS.Timeout | null = null;
    exchange.onGone(() => {
      tally.hungUp = !tally.complete;
      if (choice?.endpoint.cancellable) return; // the call was aborted; `end` follows
      answer.resume();
      tooLate = setTimeout(() => resolve(null), readOnMs);
    });
    answer.follow({
      event(event) {
        count(tally, event);
        if (exchange.gone) return;
        const bytes = encoded(event, encoder);
        if (bytes === "") return;
        touch();
        if (!exchange.send(bytes, resume)) answer.pause();
        const nowMs = runtime.now();
        if (tally.characters === 0) return; // nothing was delivered that a recovery could charge
        if (notedAtMs === null) {
          notedAtMs = nowMs;
          firstNote = setTimeout(noteFirst, firstNoteMs);
        }
        if (nowMs - notedAtMs < progressMs) return;
        noteProgress(admitted, tally, { first: false }, runtime);
        notedAtMs = nowMs;
      },
      end(failed) {
        clearTimeout(firstNote);
        if (tooLate) clearTimeout(tooLate);
        resolve(failed);
      },
    });
  });
  tally.failure = failure?.kind === "client-gone" ? null : failure;
  tally.complete = failure === null;
  if (runtime.config.durability !== "strict") exchange.hold();
  if (failure && choice && !tally.hungUp)
    runtime.health.failed(healthNameOf(choice), failure.kind, null, runtime.now());
  exchange.watch?.restart(); // the stream itself is no stage
  const bill = await billOf(settleOnce(), runtime); // before the client learns the end
  exchange.watch?.ended("settle");
  if (exchange.gone) return;
  exchange.end(
    failure && choice ? encoder.broken(refusalOf([{ choice, failure }])) : encoder.end(bill),
  );
}

function encoded(event: StreamEvent, encoder: StreamEncoder): string {
  if (event.kind !== "texts") return encoder.event(event);
  const { texts, like } = event;
  if (encoder.texts) return encoder.texts(texts, like);
  return texts.map((text) => encoder.event({ kind: "text", text, like })).join("");
}

/** While a stream is silent the client gets a comment, so that nothing between us takes it for dead. */
function startHeartbeat(
  exchange: Exchange,
  { heartbeat }: Dialect,
  now: () => number,
): { touch(): void; stop(): void } {
  let sentAtMs = now();
  const beat = (): void => {
    const silentMs = now() - sentAtMs;
    if (silentMs >= heartbeatMs && !exchange.gone) {
      exchange.openStream();
      exchange.send(heartbeat, () => {});
      sentAtMs = now();
    }
    // Not a timer that every chunk sets anew: one that looks whether there was one.
    deadline = deadlines.after(
      silentMs >= heartbeatMs ? heartbeatMs : heartbeatMs - silentMs,
      beat,
    );
  };
  let deadline = deadlines.after(heartbeatMs, beat);
  return {
    touch() {
      sentAtMs = now();
    },
    stop: () => deadline.cancel(),
  };
}
