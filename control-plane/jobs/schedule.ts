import { sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";

/** Everything the clock does: a name, when (UTC cron), and a verb that may run twice without harm. */
export const schedule: readonly {
  name: string;
  cron: string;
  run: (db: Database) => Promise<void>;
}[] = [
  { name: "make-generation-partitions", cron: "17 3 * * *", run: makePartitions },
  { name: "forget-old-changes", cron: "47 3 * * *", run: forgetChanges },
];

/** Monthly partitions are made three months ahead, so that a week without this job is nothing. */
async function makePartitions(db: Database): Promise<void> {
  await db.execute(sql`select ensure_generation_partitions(3)`);
}

/** A gateway that has not read for a day reloads everything when it comes back; older changes tell nobody anything. */
async function forgetChanges(db: Database): Promise<void> {
  await db.execute(
    sql`delete from changes where created_at < now() - interval '1 day' and sequence < (select max(sequence) from changes)`,
  );
}
