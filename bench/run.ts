// A whole run: starts every target, heats it, shoots scenario after scenario at all of them in turn, and
// afterwards holds each bill against what its upstream served.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  cpuUsOf,
  listening,
  machineBusyMs,
  openFilesMax,
  type Placement,
  type Program,
  proportionalBytesOf,
  residentBytesOf,
  start,
} from "./processes.ts";
import type { Programs } from "./programs.ts";
import { modelOf, openFilesNeeded, type Scenario } from "./scenarios.ts";
import { type Aim, shoot, type Shot } from "./shot.ts";
import type { Bill, Running, Target } from "./target.ts";
import { readUpstreamCounts } from "./upstream-counts.ts";

export type Pace = {
  rounds: number;
  /** Of a window, where the scenario names none. */
  seconds: number;
  warmSeconds: number;
  /** V8 optimises by how often code ran, so heat is a count; bounded in time for slow targets. */
  heatAnswers: number;
  heatSeconds: number;
  /** Before memory is read "after". */
  restSeconds: number;
  /** A shot during which others took more cores than this is taken again; the quietest counts. */
  othersCoresMax: number;
  tries: number;
  /** How long to wait before each, at most, until others rest. */
  patienceSeconds: number;
};

export type Measured = {
  scenario: string;
  target: string;
  round: number;
  /** The open loop's rate; null in a closed one. */
  perSecond: number | null;
  /** Null: there was none, because of `why`. */
  shot: Shot | null;
  why: string | null;
  /** CPU of what works beside the gateway, from the shot's begin until all of it was booked; µs an answer. */
  besideUsPerAnswer: number | null;
  gatewayBytes: number;
};

export type TargetReport = {
  name: string;
  about: string;
  money: string;
  workers: 1 | 2;
  /** Why it did not run; else null. */
  skipped: string | null;
  /** Resident memory of the gateway's processes: before any load, the most after a shot, and after a rest. */
  bytes: { idle: number; loaded: number; after: number } | null;
  /** Of what works beside it, with shared pages counted once. */
  besideBytes: { idle: number; after: number } | null;
  bill: Bill | null;
  notes: string[];
};

export type Run = {
  targets: TargetReport[];
  scenarios: Scenario[];
  skippedScenarios: { name: string; why: string }[];
  measured: Measured[];
};

type Instance = {
  target: Target;
  workers: 1 | 2;
  report: TargetReport;
  running: Running;
  upstream: Program;
  upstreamPort: number;
  folder: string;
  /** Answers a second to small JSON while it was heated. */
  roughRate: number;
};

export type Options = {
  targets: readonly Target[];
  scenarios: readonly Scenario[];
  pace: Pace;
  programs: Programs;
  placement: Placement;
  cacheFolder: string;
  /** For this run's data and logs. */
  folder: string;
  firstPort: number;
  tell(line: string): void;
  /** Ends the run before its next shot, with everything stopped. */
  signal?: AbortSignal;
};

const portsEach = 10;
const graceMs = 500;
const boundSteps = 8;

/** A target that fails is reported as skipped. @throws when it is aborted, and when a scenario cannot be made. */
export async function run(options: Options): Promise<Run> {
  const { runnable, skipped } = splitByFiles(options.scenarios);
  for (const { name, why } of skipped) options.tell(`skipped ${name}: ${why}`);
  const instances: Instance[] = [];
  const reports: TargetReport[] = [];
  const measured: Measured[] = [];
  try {
    for (const { target, workers } of wantedInstances(options.targets, runnable)) {
      const { report, instance } = await bringUp(
        target,
        workers,
        runnable,
        options,
        reports.length,
      );
      reports.push(report);
      if (instance) instances.push(instance);
      options.tell(
        report.skipped === null
          ? `${report.name} runs`
          : `skipped ${report.name}: ${report.skipped}`,
      );
    }
    await sleep(graceMs * 4); // what a start leaves behind is not load
    for (const instance of instances) readIdleMemory(instance);
    for (const instance of instances) await heat(instance, runnable, options);

    for (let round = 0; round < options.pace.rounds; round++) {
      for (const scenario of runnable) {
        if (scenario.restSeconds) {
          options.tell(`all rest for ${scenario.restSeconds} s before ${scenario.name}`);
          await sleep(scenario.restSeconds * 1_000);
        }
        const turn = instances.filter((instance) => takesPart(instance, scenario));
        // A B C, then C B A: what drifts over a round touches all alike.
        for (const instance of round % 2 === 0 ? turn : turn.toReversed()) {
          options.signal?.throwIfAborted();
          const one = await measure(instance, scenario, { round, measured, options });
          measured.push(one);
          options.tell(line(one, options.pace.rounds));
        }
      }
    }
    await sleep(options.pace.restSeconds * 1_000);
    for (const instance of instances) await conclude(instance, options);
  } finally {
    for (const { running, upstream } of instances) {
      await running.stop().catch((error: unknown) => options.tell(`stopping: ${String(error)}`));
      await upstream.stop();
    }
  }
  return { targets: reports, scenarios: runnable, skippedScenarios: skipped, measured };
}

function splitByFiles(scenarios: readonly Scenario[]): {
  runnable: Scenario[];
  skipped: { name: string; why: string }[];
} {
  const allowed = openFilesMax();
  const skipped = scenarios
    .filter((scenario) => openFilesNeeded(scenario) > allowed)
    .map((scenario) => ({
      name: scenario.name,
      why: `a gateway needs ${openFilesNeeded(scenario)} open files for it, and this machine allows ${allowed} (ulimit -Hn)`,
    }));
  return {
    runnable: scenarios.filter((scenario) => openFilesNeeded(scenario) <= allowed),
    skipped,
  };
}

function wantedInstances(
  targets: readonly Target[],
  scenarios: readonly Scenario[],
): { target: Target; workers: 1 | 2 }[] {
  const counts = ([1, 2] as const).filter((workers) =>
    scenarios.some((scenario) => scenario.workers === workers),
  );
  return targets.flatMap((target) =>
    counts
      .filter(
        (workers) =>
          workers <= target.workersMax || (target.name === "direct" && counts.length === 1),
      )
      .map((workers) => ({ target, workers: target.name === "direct" ? 1 : workers })),
  );
}

/** Without a gateway there is nothing of which half a load could be. */
function takesPart({ target, workers }: Instance, { load, workers: wanted }: Scenario): boolean {
  if (target.name === "direct") return load.kind === "closed" || load.kind === "open";
  return workers === wanted;
}

async function bringUp(
  target: Target,
  workers: 1 | 2,
  scenarios: readonly Scenario[],
  options: Options,
  index: number,
): Promise<{ report: TargetReport; instance: Instance | null }> {
  const name = workers === 1 ? target.name : `${target.name} ×${workers}`;
  const report: TargetReport = {
    name,
    about: target.about,
    money: target.money,
    workers,
    skipped: null,
    bytes: null,
    besideBytes: null,
    bill: null,
    notes: [],
  };
  report.skipped = await target
    .prepare(options.cacheFolder)
    .catch((error: unknown) => messageOf(error));
  if (report.skipped !== null) return { report, instance: null };

  const folder = join(options.folder, `${target.name}-${workers}`);
  mkdirSync(folder, { recursive: true });
  const port = options.firstPort + index * portsEach;
  const upstreamPort = port + portsEach - 1;
  const { load, gateway, twoGateways } = options.placement;
  const [program, ...words] = options.programs.upstream;
  const logFile = join(folder, "upstream.log");
  const models = [...new Set(scenarios.map(modelOf))];
  const upstream = start(program, [...words, String(upstreamPort), ...models], {
    cores: load,
    logFile,
  });
  try {
    await listening(upstreamPort, { program: upstream, logFile });
    const running = await target.start({
      port,
      upstreamPort,
      models,
      workers,
      cacheFolder: options.cacheFolder,
      folder,
      gatewayCores: workers === 1 ? gateway : twoGateways,
      otherCores: load,
    });
    const instance = {
      target,
      workers,
      report,
      running,
      upstream,
      upstreamPort,
      folder,
      roughRate: 0,
    };
    return { report, instance };
  } catch (error) {
    await upstream.stop();
    report.skipped = `it did not start: ${messageOf(error)}`;
    return { report, instance: null };
  }
}

function readIdleMemory({ report, running }: Instance): void {
  if (running.gateway().length === 0) return;
  const idle = residentBytesOf(running.gateway());
  report.bytes = { idle, loaded: idle, after: idle };
  if (running.beside().length > 0) {
    const beside = proportionalBytesOf(running.beside());
    report.besideBytes = { idle: beside, after: beside };
  }
}

async function heat(
  instance: Instance,
  scenarios: readonly Scenario[],
  options: Options,
): Promise<void> {
  const { heatAnswers, heatSeconds: seconds } = options.pace;
  const first = (kind: "json" | "stream") =>
    scenarios.find(
      ({ answer, workers }) =>
        answer.kind === kind && (workers === instance.workers || instance.target.name === "direct"),
    );
  for (const [scenario, answersMax] of [
    [first("json"), heatAnswers],
    [first("stream"), Math.ceil(heatAnswers / 50)],
  ] as const) {
    if (!scenario) continue;
    const aim: Aim = { connections: 16, perSecond: null, seconds, warmSeconds: 0, answersMax };
    try {
      const shot = await fire(instance, scenario, aim, options);
      if (scenario.answer.kind === "json") instance.roughRate = shot.answers / shot.seconds;
      if (shot.wrong > 0) note(instance, `heating: ${wrongWords(shot)}`);
      await settle(instance);
    } catch (error) {
      note(instance, `heating: ${messageOf(error)}`);
    }
  }
}

async function measure(
  instance: Instance,
  scenario: Scenario,
  { round, measured, options }: { round: number; measured: readonly Measured[]; options: Options },
): Promise<Measured> {
  const one: Measured = {
    scenario: scenario.name,
    target: instance.report.name,
    round,
    perSecond: null,
    shot: null,
    why: null,
    besideUsPerAnswer: null,
    gatewayBytes: 0,
  };
  const besideBefore = cpuUsOf(instance.running.beside());
  try {
    const aim = aimOf(instance, scenario, { measured, pace: options.pace });
    if (typeof aim === "string") return { ...one, why: aim };
    const { shot, perSecond, answers } =
      scenario.load.kind === "bound"
        ? await search(instance, scenario, aim, options)
        : await fireOnce(instance, scenario, aim, options);
    one.perSecond = perSecond;
    one.shot = shot;
    one.gatewayBytes = residentBytesOf(instance.running.gateway());
    if (instance.report.bytes)
      instance.report.bytes.loaded = Math.max(instance.report.bytes.loaded, one.gatewayBytes);
    if (shot && shot.wrong > 0) note(instance, `${scenario.name}: ${wrongWords(shot)}`);
    await settle(instance);
    if (instance.running.beside().length > 0 && answers > 0)
      one.besideUsPerAnswer =
        Math.max(0, cpuUsOf(instance.running.beside()) - besideBefore) / answers;
  } catch (error) {
    one.why = messageOf(error);
    note(instance, `${scenario.name}: ${one.why}`);
  }
  return one;
}

/** A sentence instead, when this target cannot be shot at so. */
function aimOf(
  instance: Instance,
  scenario: Scenario,
  { measured, pace }: { measured: readonly Measured[]; pace: Pace },
): Aim | string {
  const { load } = scenario;
  const closedRate = (name: string): number => {
    const shot = measured.findLast(
      (one) => one.scenario === name && one.target === instance.report.name && one.shot !== null,
    )?.shot;
    return shot ? shot.answers / shot.seconds : instance.roughRate;
  };
  const aim = {
    connections: load.connections,
    seconds: scenario.seconds ?? pace.seconds,
    warmSeconds: scenario.warmSeconds ?? pace.warmSeconds,
  };
  switch (load.kind) {
    case "closed":
      return { ...aim, perSecond: null };
    case "open":
      return scenario.answer.kind === "json" && load.perSecond > instance.roughRate * 0.8
        ? `beyond it (about ${Math.round(instance.roughRate)}/s)`
        : { ...aim, perSecond: load.perSecond };
    case "share":
      return { ...aim, perSecond: Math.max(1, Math.round(closedRate(load.of) * load.share)) };
    case "bound":
      return {
        ...aim,
        seconds: Math.min(aim.seconds, 1),
        perSecond: Math.max(1, Math.round(closedRate(load.of) * 0.7)),
      };
  }
}

type Fired = { shot: Shot | null; perSecond: number | null; answers: number };

async function fireOnce(
  instance: Instance,
  scenario: Scenario,
  aim: Aim,
  options: Options,
): Promise<Fired> {
  // Rested ones are not shot at twice: the second time they would be warm.
  if (scenario.restSeconds) {
    const shot = await fire(instance, scenario, aim, options);
    return { shot, perSecond: aim.perSecond, answers: shot.allAnswers };
  }
  const { shot, answers } = await fireQuietly(instance, scenario, aim, options);
  return { shot, perSecond: aim.perSecond, answers };
}

/** Up in steps of 15 % while the bound holds; or down in steps of 30 % until it does. */
async function search(
  instance: Instance,
  scenario: Scenario,
  aim: Aim,
  options: Options,
): Promise<Fired> {
  if (scenario.load.kind !== "bound") throw new Error("a scenario with a bound expected");
  const { p99MsMax } = scenario.load;
  let best: Fired = { shot: null, perSecond: null, answers: 0 };
  let answers = 0;
  let perSecond = aim.perSecond ?? 1;
  for (let step = 0; step < boundSteps; step++) {
    const shot = await fire(instance, scenario, { ...aim, perSecond }, options);
    answers += shot.allAnswers;
    await settle(instance);
    const holds =
      shot.wrong === 0 &&
      shot.latency !== null &&
      shot.latency.p99 <= p99MsMax * 1_000 &&
      shot.answers / shot.seconds >= perSecond * 0.97;
    if (holds) best = { shot, perSecond, answers };
    if (holds === false && best.shot !== null) break;
    perSecond = Math.max(1, Math.round(perSecond * (holds ? 1.15 : 0.7)));
  }
  return { ...best, answers };
}

/** Takes a disturbed shot again: on a shared machine one in three may be quiet. */
async function fireQuietly(
  instance: Instance,
  scenario: Scenario,
  aim: Aim,
  options: Options,
): Promise<{ shot: Shot; answers: number }> {
  const { othersCoresMax, tries, patienceSeconds } = options.pace;
  let best: Shot | null = null;
  let answers = 0;
  for (let attempt = 1; ; attempt++) {
    await quietMoment(othersCoresMax, patienceSeconds);
    const shot = await fire(instance, scenario, aim, options);
    answers += shot.allAnswers;
    if (best === null || shot.othersCores < best.othersCores) best = shot;
    if (best.othersCores <= othersCoresMax || attempt >= tries) return { shot: best, answers };
    await settle(instance);
  }
}

const lookMs = 200;

async function quietMoment(coresMax: number, secondsMax: number): Promise<void> {
  const until = performance.now() + secondsMax * 1_000;
  while (performance.now() < until) {
    const before = machineBusyMs();
    await sleep(lookMs);
    if ((machineBusyMs() - before) / lookMs <= coresMax) return;
  }
}

function fire(instance: Instance, scenario: Scenario, aim: Aim, options: Options): Promise<Shot> {
  options.signal?.throwIfAborted();
  const { programs, placement } = options;
  return shoot(instance.running, scenario, aim, {
    programs,
    cores: placement.load,
    folder: instance.folder,
    cpu: {
      gateway: instance.running.gateway(),
      beside: instance.running.beside(),
      upstream: [instance.upstream.pid],
    },
  });
}

async function settle(instance: Instance): Promise<void> {
  if (!instance.running.settle) return;
  const missing = await instance.running.settle(await readUpstreamCounts(instance.upstreamPort));
  if (missing !== null) note(instance, missing);
}

async function conclude(instance: Instance, options: Options): Promise<void> {
  const { report, running } = instance;
  if (report.bytes) report.bytes.after = residentBytesOf(running.gateway());
  if (report.besideBytes) report.besideBytes.after = proportionalBytesOf(running.beside());
  if (!running.verify) return;
  await settle(instance);
  try {
    report.bill = await running.verify(await readUpstreamCounts(instance.upstreamPort));
    const { generations, served, differences } = report.bill;
    options.tell(
      `${report.name}: ${generations} generations for ${served} served; ${differences.length === 0 ? "the bill is right" : differences.join("; ")}`,
    );
  } catch (error) {
    note(instance, `its bill could not be verified: ${messageOf(error)}`);
  }
}

function note({ report }: Instance, text: string): void {
  if (!report.notes.includes(text)) report.notes.push(text);
}

function wrongWords({ wrong, allAnswers, wrongBy, sample }: Shot): string {
  const kinds = Object.entries(wrongBy).map(([kind, count]) => `${kind} ${count}`);
  return `${wrong} of ${allAnswers} answers were wrong (${kinds.join(", ")}); the first: ${sample.slice(0, 160)}`;
}

function line({ round, scenario, target, shot, why, perSecond }: Measured, rounds: number): string {
  const place = `${round + 1}/${rounds} ${scenario} ${target}`;
  if (!shot) return `${place}: ${why ?? "nothing within the bound"}`;
  const cpu = shot.cpuUs["gateway"];
  const of =
    shot.tokens > 0
      ? { word: "token", count: shot.tokens }
      : { word: "answer", count: shot.answers };
  return (
    `${place}: ${Math.round(of.count / shot.seconds)} ${of.word}s/s` +
    (cpu === undefined ? "" : `, ${(cpu / of.count).toFixed(1)} µs CPU per ${of.word}`) +
    (perSecond === null ? "" : ` at ${perSecond}/s`) +
    `, p50 ${Math.round(shot.latency?.p50 ?? 0)} p99 ${Math.round(shot.latency?.p99 ?? 0)} µs` +
    (shot.wrong > 0 ? `, ${shot.wrong} WRONG` : "")
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
