import { sql } from "drizzle-orm";
import { postingDeadLetters } from "#schema/boss.ts";
import { masterKeyId } from "#schema/secrets.ts";
import type { Runtime } from "./runtime.ts";
import { within } from "./within.ts";

const keyIds = ({ masterKey }: Runtime) =>
  (typeof masterKey === "string" ? [masterKey] : [...masterKey]).map((key) => masterKeyId(key));

/** Whether commands can be run, and what is not as it should be, a sentence each. */
export type Readiness = { ready: boolean; degraded: string[] };

// A load balancer that asks every few seconds must not wait for one that hangs.
const answerMsMax = 2_000;

export async function readiness(runtime: Runtime): Promise<Readiness> {
  const degraded: string[] = [];
  try {
    const [row] = await within(
      answerMsMax,
      runtime.db.execute<{
        living: string;
        conflicts: string;
        poisoned: string;
        locked: string;
      }>(sql`
        select (select count(*) from gateways where state = 'living' and seen_at > now() - interval '15 seconds') as living,
               (select count(*) from (select 1 from posting_conflicts limit 1000) c) as conflicts,
               (select count(*) from (select 1 from pgboss.job where name = ${postingDeadLetters} and state < 'completed' limit 1000) j) as poisoned,
               (select count(*) from (select sealed_key from provider_keys where status = 'active'
                 union all select sealed_key from credentials where status = 'active') k
                 where split_part(sealed_key, '.', 1) = 'v2' and split_part(sealed_key, '.', 2) not in ${keyIds(runtime)}) as locked`),
    );
    if (row?.living === "0") degraded.push("no gateway has been seen for 15 s");
    if (row && row.conflicts !== "0")
      degraded.push(
        `${row.conflicts} usage records contradict booked ones (table posting_conflicts)`,
      );
    if (row && row.poisoned !== "0")
      degraded.push(
        `${row.poisoned} usage records could not be booked (turnpike dead-letters list)`,
      );
    if (row && row.locked !== "0")
      degraded.push(
        `${row.locked} provider keys are sealed under another MASTER_KEY and cannot be used (turnpike credentials rotate)`,
      );
  } catch {
    return {
      ready: false,
      degraded: ["the database does not answer; commands and questions are refused until it does"],
    };
  }
  if (runtime.analytics !== runtime.db) {
    await within(answerMsMax, runtime.analytics.execute(sql`select 1`)).catch(() =>
      degraded.push("the analytics database does not answer; questions are refused until it does"),
    );
  }
  return { ready: true, degraded };
}
