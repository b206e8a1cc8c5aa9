import { inArray } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import { generations } from "#schema/tables/generations.ts";

const pollMs = 25;
const waitMsMax = 5000; // booking takes a fraction of a second; this is room for a busy queue
export const waitersMax = 200;

/** Resolves when the generation is booked, or the wait is over, or the client has left; says nothing about which. */
export type GenerationWaiters = {
  /** @returns null when too many wait already. @throws what the database throws. */
  wait(uuid: string, signal: AbortSignal): Promise<void> | null;
};
type Waiter = { uuid: string; until: number; settle(error?: unknown): void };

/**
 * Lets requests wait for generations that are not booked yet. However many wait, one statement every 25 ms asks for
 * all of them; with nobody waiting there is none.
 */
export function generationWaiters(db: Database): GenerationWaiters {
  const waiting = new Set<Waiter>();
  let polling = false;

  async function poll(): Promise<void> {
    polling = true;
    while (waiting.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      const asked = [...waiting];
      if (asked.length === 0) break;
      try {
        const booked = await db
          .select({ id: generations.id })
          .from(generations)
          .where(inArray(generations.id, [...new Set(asked.map((waiter) => waiter.uuid))]));
        const found = new Set(booked.map((row) => row.id));
        const now = performance.now();
        for (const waiter of asked)
          if (found.has(waiter.uuid) || waiter.until <= now) waiter.settle();
      } catch (error) {
        for (const waiter of asked) waiter.settle(error);
      }
    }
    polling = false;
  }

  return {
    wait(uuid, signal) {
      if (waiting.size >= waitersMax) return null;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const leave = () => waiter.settle();
      const waiter: Waiter = {
        uuid,
        until: performance.now() + waitMsMax,
        settle(error) {
          waiting.delete(waiter);
          signal.removeEventListener("abort", leave);
          if (error === undefined) resolve();
          else
            reject(
              error instanceof Error
                ? error
                : new Error("a generation could not be looked up", { cause: error }),
            );
        },
      };
      waiting.add(waiter);
      signal.addEventListener("abort", leave);
      if (!polling) void poll();
      return promise;
    },
  };
}
