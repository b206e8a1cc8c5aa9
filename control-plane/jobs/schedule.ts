import { sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { showDollars } from "#schema/money/amount.ts";
import { clearUnpriced } from "../catalogue/clear-unpriced.ts";
import { lostGateways } from "../gateways/lost-gateways.ts";
import { applyRateTiers } from "../limits/apply-rate-tiers.ts";
import { forgetOldWindows } from "../limits/forget-old-windows.ts";
import { applyVolumeDiscounts } from "../pricing/apply-volume-discounts.ts";
import { reportWarning } from "../report-error.ts";
import { forgetAnswers } from "../response-cache/forget-answers.ts";

export type JobSettings = {
  /** Minutes of silence after which a gateway is given up, and what it holds goes back. */
  leaseQuarantineMinutes: number;
};

/** Everything the clock does: a name, when (UTC cron), and a verb that may run twice without harm. */
export const schedule: readonly {
  name: string;
  cron: string;
  run: (db: Database, settings: JobSettings) => Promise<unknown>;
}[] = [
  { name: "make-generation-partitions", cron: "17 3 * * *", run: makePartitions },
  { name: "forget-old-changes", cron: "47 3 * * *", run: forgetChanges },
  {
    name: "forget-old-minutes",
    cron: "*/5 * * * *",
    run: (db) => forgetOldWindows(db, ["minute"]),
  },
  {
    name: "forget-old-windows",
    cron: "57 3 * * *",
    run: (db) => forgetOldWindows(db, ["day", "week", "month"]),
  },
  { name: "forget-kept-answers", cron: "* * * * *", run: forgetAnswers },
  { name: "apply-volume-discounts", cron: "* * * * *", run: applyDiscounts },
  // Lists that were published for a later instant, and requests that were in flight when one was published.
  { name: "clear-unpriced-usage", cron: "* * * * *", run: forgetPriced },
  { name: "forfeit-lost-gateways", cron: "* * * * *", run: forfeitLostGateways },
  // Purchases and tier changes apply at once; this mends what an end in between has left.
  { name: "apply-rate-tiers", cron: "27 3 * * *", run: applyRateTiers },
];

async function applyDiscounts(db: Database): Promise<void> {
  await db.transaction((tx) => applyVolumeDiscounts(tx, new Date()));
}

async function forgetPriced(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    if ((await clearUnpriced(tx)) > 0) await recordChange(tx, "catalogue", "");
  });
}

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

const findLost = lostGateways();

/** What a gateway held when it was given up is said here, in `gateways list`, and in the metrics: it is a difference until its records come. */
async function forfeitLostGateways(db: Database, settings: JobSettings): Promise<void> {
  for (const { id, name, leases, credit } of await findLost(db, {
    quarantineMinutes: settings.leaseQuarantineMinutes,
  })) {
    reportWarning(
      "forfeit-lost-gateways",
      `gateway ${name} (${id}) was silent for over ${settings.leaseQuarantineMinutes} minutes and is forfeited: ` +
        `${leases} leases went back, $${showDollars(credit)} of credit among them. Usage that it recorded is still booked when its spool is read`,
    );
  }
}
