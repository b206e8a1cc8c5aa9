// What the gateways' spools keep on disk: every life, its finals, and what it left open.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeRecords, segmentHeader } from "#data/spool/segment.ts";
import { segmentName, segmentsOf } from "#data/spool/spool.ts";
import type { Spooled } from "./verdict.ts";

export type Life = {
  gateway: string;
  id: string;
  /** Its leases are back, and nobody will look at it again. */
  closed: boolean;
  finals: Spooled[];
  /** Admitted and not ended, as far as the spool knows. */
  open: string[];
};

export function readSpools(dataDir: string): Life[] {
  const spools = join(dataDir, "spool");
  if (!existsSync(spools)) return [];
  return readdirSync(spools).flatMap((gateway) =>
    readdirSync(join(spools, gateway))
      .filter((id) => id.startsWith("gw_"))
      .map((id) => readLife(join(spools, gateway, id), { gateway, id })),
  );
}

function readLife(folder: string, name: { gateway: string; id: string }): Life {
  const closed = existsSync(join(folder, "closed"));
  const finals: Spooled[] = [];
  const open = new Set<string>();
  for (const segment of segmentsOf(folder)) {
    const bytes = readFileSync(join(folder, segmentName(segment)));
    for (const { type, payload } of decodeRecords(bytes.subarray(segmentHeader.length), 0)
      .records) {
      const record = JSON.parse(payload.toString("utf8")) as { id: string; charge: string };
      if (type === "intent") open.add(record.id);
      if (type !== "final") continue;
      open.delete(record.id);
      finals.push({ generation: record.id, charge: BigInt(record.charge) });
    }
  }
  return { ...name, closed, finals, open: [...open] };
}
