// A process of its own that ships usage as gateways do: one shipper a gateway, one job at a time, 500 records at most.
// Told what to do by messages, and answers what it did; it ends when its parent goes away.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openBoss, postingQueue } from "#schema/boss.ts";
import { dueAfter, type Step } from "./pace.ts";
import type { World } from "./posting-world.ts";
import { usageMix, type UsageMix } from "./usage-mix.ts";

export type FillCommand =
  | { kind: "open"; databaseUrl: string; world: World; seed: number }
  /** As fast as it goes. `reship` hands every so manieth job over a second time under another id, as after a lost cursor. */
  | { kind: "fill"; generations: number; reship: number | null }
  /** Records are due by the clock, until told to stop. What cannot be handed over in time waits, as in a spool, and stays due. */
  | { kind: "pace"; steps: readonly Step[] }
  | { kind: "stop" };
export type FillAnswer =
  | { kind: "opened" }
  /** Since the last `fill` or `pace`; instants in epoch milliseconds. */
  | { kind: "progress"; startedAtMs: number; atMs: number; due: number; shipped: number }
  | { kind: "done"; generations: number; jobs: number; byKey: Record<string, number> };

const recordsPerJobMax = 500;
const progressMs = 25;
const lingerMs = 60; // as the shipper's while it is busy: the records of one moment travel as one job

type Opened = {
  world: World;
  mix: UsageMix;
  insert: (records: readonly unknown[]) => Promise<void>;
};
let opened: Opened | undefined;
let stopped = false;

const answer = (message: FillAnswer) => process.send?.(message);
process.on("disconnect", () => process.exit(0));
process.on("message", (command: FillCommand) => {
  obey(command).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function obey(command: FillCommand): Promise<void> {
  switch (command.kind) {
    case "open": {
      const { boss } = await openBoss({
        databaseUrl: command.databaseUrl,
        as: "sender",
        connectionsMax: command.world.gateways.length,
        onError: (error) => console.error(error),
      });
      opened = {
        world: command.world,
        mix: usageMix(command.world, command.seed),
        insert: async (records) => {
          await boss.insert(postingQueue, [
            {
              id: randomUUID(),
              data: { lines: records.map((record) => JSON.stringify(record)).join("\n") },
            },
          ]);
        },
      };
      answer({ kind: "opened" });
      return;
    }
    case "fill": {
      const { generations, reship } = command;
      return ship({ due: () => generations, total: generations, reship });
    }
    case "pace": {
      const startedAtMs = Date.now();
      const due = () => dueAfter(command.steps, (Date.now() - startedAtMs) / 1_000);
      return ship({ due, total: Number.POSITIVE_INFINITY, reship: null });
    }
    case "stop":
      stopped = true;
      return;
    default:
      command satisfies never;
  }
}

async function ship(order: {
  due: () => number;
  total: number;
  reship: number | null;
}): Promise<void> {
  if (opened === undefined) throw new Error("nothing was opened");
  const { world, mix, insert } = opened;
  const byKey: Record<string, number> = {};
  const startedAtMs = Date.now();
  let taken = 0;
  let shipped = 0;
  let jobs = 0;
  stopped = false;
  const tell = () =>
    answer({ kind: "progress", startedAtMs, atMs: Date.now(), due: order.due(), shipped });
  const timer = setInterval(tell, progressMs);
  const shipper = async (gateway: number) => {
    while (taken < order.total && !stopped) {
      const count = Math.min(recordsPerJobMax, Math.min(order.total, order.due()) - taken);
      if (count <= 0) {
        await sleep(lingerMs);
        continue;
      }
      // All of a filling is one day, in order of time; what is paced is its last hour.
      const hour = order.total === Number.POSITIVE_INFINITY ? 23 : (taken / order.total) * 24;
      const atMs = Date.parse(world.dayStart) + Math.floor(hour) * 3_600_000;
      taken += count;
      const records = Array.from({ length: count }, (_, at) => {
        const { record, key } = mix(gateway, atMs + at);
        byKey[key] = (byKey[key] ?? 0) + 1;
        return record;
      });
      jobs += 1;
      await insert(records);
      if (order.reship !== null && jobs % order.reship === 0) await insert(records);
      shipped += count;
      if (count < recordsPerJobMax) await sleep(lingerMs);
    }
  };
  await Promise.all(world.gateways.map((_, gateway) => shipper(gateway)));
  clearInterval(timer);
  tell();
  answer({ kind: "done", generations: shipped, jobs, byKey });
}
