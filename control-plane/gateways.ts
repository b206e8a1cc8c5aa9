import { sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";

const pollMs = 25;

/**
 * Waits until every living gateway has applied the change, so that a command that answers is a command in force.
 * A gateway that was not seen for 15 s is not waited for: it reads changes again before it serves new keys.
 * @param sequence from `recordChange`, after its transaction has committed.
 * @returns the names of the gateways that are still waited for when the time is up; empty when all have it.
 */
export async function waitForGateways(
  db: Database,
  sequence: number,
  timeoutMs = 2_000,
): Promise<{ waiting: string[] }> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const rows = await db.execute<{ name: string }>(sql`
      select name from gateways
       where state = 'living' and seen_at > now() - interval '15 seconds' and seen_change < ${sequence}::bigint
       order by name`);
    if (rows.length === 0 || performance.now() >= until)
      return { waiting: rows.map((row) => row.name) };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
