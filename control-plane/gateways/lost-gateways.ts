import { sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import type { GatewayId } from "#schema/ids.ts";
import { CommandError } from "../command-error.ts";
import { commit } from "../run-command.ts";
import { forfeitGateway, type Forfeited } from "./forfeit-gateway.ts";

// Twelve beats of a gateway's heart (5 s): whoever lives has told Postgres so by then.
const confirmMs = 60_000;

/**
 * Forfeits gateways that Postgres has not heard of for the quarantine. Made once a process and called every minute: a
 * gateway must be found lost twice, a minute apart, with the same last sign of life. After Postgres was away for hours
 * everybody looks lost, and that minute is when those who live say so.
 */
export function lostGateways(): (
  db: Database,
  options: { quarantineMinutes: number; nowMs?: number },
) => Promise<Forfeited[]> {
  const suspects = new Map<GatewayId, { seenAt: string; sinceMs: number }>();
  return async (db, { quarantineMinutes, nowMs = performance.now() }) => {
    const lost = await db.execute<{ id: GatewayId; seen_at: string }>(sql`
      select id, seen_at::text as seen_at from gateways
       where state = 'living' and seen_at < now() - make_interval(mins => ${quarantineMinutes}) order by id`);
    const known = new Set([...lost].map(({ id }) => id));
    for (const id of suspects.keys()) if (!known.has(id)) suspects.delete(id);
    const forfeited: Forfeited[] = [];
    for (const { id, seen_at: seenAt } of lost) {
      const suspect = suspects.get(id);
      if (suspect?.seenAt !== seenAt) {
        suspects.set(id, { seenAt, sinceMs: nowMs });
      } else if (nowMs - suspect.sinceMs >= confirmMs) {
        suspects.delete(id);
        try {
          const actor = "forfeit-lost-gateways";
          const gone = await commit(db, (tx) =>
            forfeitGateway(tx, { nameOrId: id, force: false, actor }),
          );
          forfeited.push(gone);
        } catch (error) {
          // It came back, or somebody else was quicker.
          if (!(error instanceof CommandError) || error.code === "unavailable") throw error;
        }
      }
    }
    return forfeited;
  };
}
