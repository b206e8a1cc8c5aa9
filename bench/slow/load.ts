// What load.c is, on Node: for machines without a C compiler. Same command line, same line of JSON; several
// times the CPU, and its own pauses are in the latencies it tells.

import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cpuUsOf } from "../processes.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "127.0.0.1:9100" },
    path: { type: "string", default: "/v1/chat/completions" },
    header: { type: "string", multiple: true, default: [] },
    body: { type: "string" },
    connections: { type: "string", default: "16" },
    rate: { type: "string", default: "0" },
    seconds: { type: "string", default: "2" },
    warm: { type: "string", default: "0.5" },
    grace: { type: "string", default: "10" },
    answers: { type: "string", default: "0" },
    cpu: { type: "string", multiple: true, default: [] },
    content: { type: "string", default: "-1" },
    "content-member": { type: "string", default: '"content":"' },
    usage: { type: "string", default: "-1" },
    "usage-member": { type: "string", default: '"completion_tokens":' },
    done: { type: "string", default: "[DONE]" },
  },
});

const body = readFileSync(values.body ?? "/dev/stdin");
const streaming = body.includes('"stream":true');
const connections = Number(values.connections);
const answersMax = Number(values.answers) || Infinity;
const gapMs = Number(values.rate) > 0 ? 1_000 / Number(values.rate) : 0;
const [host, port] = values.url.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: "lifo" });
const headers = Object.fromEntries(
  values.header.map((line) => [
    line.slice(0, line.indexOf(":")),
    line.slice(line.indexOf(":") + 1).trim(),
  ]),
);
const groups = values.cpu.map((text) => {
  const [name = "", pids = ""] = text.split("=");
  return { name, pids: pids.split(",").map(Number), before: 0, used: 0 };
});
groups.push({ name: "load", pids: [process.pid], before: 0, used: 0 });

// Microseconds, of the window.
const taken = {
  latency: [] as number[],
  firstByte: [] as number[],
  firstToken: [] as number[],
  gap: [] as number[],
  travel: [] as number[],
};
const wrongBy: Record<string, number> = {};
const statuses: Record<string, number> = {};
let [started, all, answers, tokens, bytes, open] = [0, 0, 0, 0, 0, 0];
let measuring = false;
let sample = "";

const beginAt = performance.now();
const windowAt = beginAt + Number(values.warm) * 1_000;
const endAt = windowAt + Number(values.seconds) * 1_000;
const over = (): boolean => performance.now() >= endAt || all >= answersMax;

const loops =
  gapMs > 0 ? [openLoop()] : Array.from({ length: connections }, (_, index) => closedLoop(index));
await sleep(Math.max(0, windowAt - performance.now()));
measuring = true;
const measuredFrom = performance.now();
for (const group of groups) group.before = cpuUsOf(group.pids);
while (!over()) await sleep(Math.min(20, Math.max(1, endAt - performance.now())));
for (const group of groups) group.used = Math.max(0, cpuUsOf(group.pids) - group.before);
const seconds = (performance.now() - measuredFrom) / 1_000;
measuring = false;
await Promise.race([Promise.all(loops), sleep(Number(values.grace) * 1_000)]);
for (let left = open; left > 0; left--) judge("timedOut", "");
agent.destroy();

console.log(
  JSON.stringify({
    seconds,
    connections,
    rate: Number(values.rate),
    started,
    answers,
    tokens,
    bytes,
    allAnswers: all,
    lateMax: 0,
    wrong: Object.values(wrongBy).reduce((sum, count) => sum + count, 0),
    wrongBy,
    statuses,
    sample,
    latency: summary(taken.latency),
    firstByte: summary(taken.firstByte),
    firstToken: summary(taken.firstToken),
    gap: summary(taken.gap),
    travel: summary(taken.travel),
    othersCores: 0,
    cpuUs: Object.fromEntries(groups.map(({ name, used }) => [name, Math.round(used)])),
  }),
);
process.exit(0);

async function closedLoop(index: number): Promise<void> {
  await sleep(((windowAt - beginAt) / connections) * 0.9 * index); // so that paced streams do not beat in phase
  while (!over()) await ask(performance.now(), null);
}

async function openLoop(): Promise<void> {
  const asked: Promise<void>[] = [];
  for (let due = beginAt; !over(); due += gapMs) {
    while (due > performance.now()) await sleep(1);
    asked.push(ask(due, due >= windowAt));
  }
  await Promise.all(asked);
}

/** @param dueInWindow null in a closed loop, where the answer's end decides. */
function ask(dueAt: number, dueInWindow: boolean | null): Promise<void> {
  started++;
  open++;
  const counts = (): boolean => dueInWindow ?? measuring;
  const take = (list: number[], fromMs: number): void => {
    if (counts()) list.push((performance.now() - fromMs) * 1_000);
  };
  return new Promise((resolve) => {
    const finish = (verdict: string | null, text: string): void => {
      open--;
      judge(verdict, text);
      if (measuring) answers++;
      take(taken.latency, dueAt);
      resolve();
    };
    const outgoing = request(
      {
        host,
        port,
        agent,
        method: "POST",
        path: values.path,
        headers: {
          "content-type": "application/json",
          accept: streaming ? "text/event-stream" : "application/json",
          ...headers,
          "content-length": body.length,
        },
      },
      (incoming) => {
        const status = incoming.statusCode ?? 0;
        statuses[status] = (statuses[status] ?? 0) + 1;
        take(taken.firstByte, dueAt);
        const found = { content: 0, usage: -1, done: !streaming, tokens: 0, lastAt: 0 };
        let text = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (piece: string) => {
          if (measuring) bytes += piece.length;
          text += piece;
          if (!streaming) return;
          const lines = text.split("\n");
          text = lines.pop() ?? "";
          for (const line of lines) if (line.startsWith("data:")) read(line);
        });
        const read = (line: string): void => {
          if (line.includes(values.done)) found.done = true;
          const at = line.indexOf(values["content-member"]);
          const content = at < 0 ? "" : stringAt(line, at + values["content-member"].length);
          found.content += content.length;
          const usageAt = line.indexOf(values["usage-member"]);
          if (usageAt >= 0)
            found.usage = Number.parseInt(line.slice(usageAt + values["usage-member"].length), 10);
          if (!streaming || content === "") return;
          if (found.tokens++ === 0) take(taken.firstToken, dueAt);
          else take(taken.gap, found.lastAt);
          found.lastAt = performance.now();
          if (measuring) tokens++;
          if (content.startsWith("t=") && counts())
            taken.travel.push(
              Number(process.hrtime.bigint() - BigInt(content.slice(2, 18))) / 1_000,
            );
        };
        incoming.on("error", () => finish("cut", text));
        incoming.on("end", () => {
          if (!streaming) read(text);
          const { content, usage, done } = found;
          const [wantedContent, wantedUsage] = [Number(values.content), Number(values.usage)];
          if (status !== 200) finish("status", text);
          else if (!done) finish("noDone", text);
          else if (wantedContent >= 0 && content !== wantedContent) finish("content", text);
          else if (wantedUsage >= 0 && usage !== wantedUsage) finish("usage", text);
          else finish(null, "");
        });
      },
    );
    let answering = false;
    outgoing.once("response", () => (answering = true));
    outgoing.once("error", (error) => {
      if (!answering) finish("cut", error.message); // else the answer's own error tells
    });
    outgoing.end(body);
  });
}

function judge(verdict: string | null, text: string): void {
  all++;
  if (verdict === null) return;
  wrongBy[verdict] = (wrongBy[verdict] ?? 0) + 1;
  sample ||= `${verdict}: ${text.slice(0, 300)}`;
}

/** A JSON string's content as it is written, up to its closing quote. */
function stringAt(text: string, from: number): string {
  let to = from;
  while (to < text.length && text[to] !== '"') to += text[to] === "\\" ? 2 : 1;
  return text.slice(from, to);
}

function summary(list: number[]): object | null {
  if (list.length === 0) return null;
  list.sort((a, b) => a - b);
  const at = (share: number): number =>
    list[Math.min(list.length - 1, Math.floor(share * list.length))] ?? 0;
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return {
    count: list.length,
    mean,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
  };
}
