import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { recallChannel } from "#schema/channels.ts";
import type { Database } from "#schema/database.ts";
import type { AllowanceId } from "#schema/ids.ts";
import { CommandError } from "../command-error.ts";

const recallsMax = 4;
// NOTIFY and the gateway's one statement take a few milliseconds; under load some tens. Half a second in all.
const recallWaitMs = 50;

/** What is asked for may be there, but running gateways hold some of the credit for their requests. */
export class HeldCredit extends CommandError {
  readonly allowance: AllowanceId;
  constructor(message: string, allowance: AllowanceId) {
    super("conflict", message);
    this.name = "HeldCredit";
    this.allowance = allowance;
  }
}

/**
 * Does work that takes credit away. When gateways hold it, they are asked to hand back what they hold idle, and the
 * work is done again; after the fourth time its refusal stands. It must have no effects but in its transaction.
 */
export async function recalling<Result>(
  db: Database,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let recalls = 1; ; recalls++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HeldCredit) || recalls > recallsMax) throw error;
      // The second word is who asks; gateways do not answer themselves, and this is none of them.
      await db.execute(
        sql`select pg_notify(${recallChannel}, ${`${error.allowance} control-plane`})`,
      );
      await sleep(recallWaitMs * recalls);
    }
  }
}
