// What the gateways' spools keep on disk: every life, its finals, and what it left open.

import { join } from "node:path";
import { livesIn, readLife } from "#schema/spool/life.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import type { Spooled } from "./verdict.ts";

export type Life = {
  gateway: string;
  id: string;
  /** Its leases are back, and nobody will look at it again. */
  closed: boolean;
  finals: Spooled[];
  /** Admitted and not ended, as far as the spool knows: generations and what their clients called them. */
  open: { generation: string; tag: string }[];
  /** What clients called those that ended. */
  ended: { generation: string; tag: string }[];
};

/** Damage is left to the gateway to find, which then says so and does not close the life. */
export function readSpools(dataDir: string): Life[] {
  return livesIn(dataDir).map(({ gateway, id, folder, closed }) => {
    const life: Life = { gateway, id, closed, finals: [], open: [], ended: [] };
    const open = new Map<string, string>();
    for (const { records } of readLife(folder)) {
      for (const { type, payload } of records) {
        if (type === "progress") continue;
        const record = JSON.parse(payload.toString("utf8")) as UsageRecord;
        const tag = record.externalUser ?? "";
        if (type === "intent") open.set(record.id, tag);
        else {
          open.delete(record.id);
          life.ended.push({ generation: record.id, tag });
          life.finals.push({
            generation: record.id,
            charge: BigInt(record.charge),
            draws: record.draws.map(({ allowance, windowStart, amount }) => ({
              window: windowOf(allowance, new Date(windowStart)),
              amount: BigInt(amount),
            })),
          });
        }
      }
    }
    life.open = [...open].map(([generation, tag]) => ({ generation, tag }));
    return life;
  });
}

/** One name for a window of an allowance, in spools and in the database. */
export const windowOf = (allowance: string, start: Date): string =>
  `${allowance} ${start.toISOString()}`;

/** A folder like `DATA_DIR`, for lives that are lost as far as the installation knows. */
export const lostDataDir = (dataDir: string): string => join(dataDir, "lost");
