import { sql } from "drizzle-orm";
import type { Transaction } from "../database.ts";
import type { AllowanceId, GatewayId } from "../ids.ts";

/** What an allowance gets back, in its own unit; below zero when the gateway had used more than it held. */
export type Forfeit = { allowance: AllowanceId; windowStart: Date; amount: bigint };

/**
 * Takes away what a gateway that does not come back holds: its leases go back to the allowances, `forfeits` says how much,
 * and its life ends. One transaction, in the caller's. The gateway's row is locked first, against the share lock under which
 * `lease_allowances` reads it, so a lease is granted before (and taken away here) or refused after. What the gateway had
 * spent and not yet sent is not known here: should its records come later they are booked in full, then without a lease, and
 * an allowance can be overdrawn by that much (reliability.md C-18). The rows of `forfeits` are the most that it can be.
 * @returns null when the gateway does not live: it was closed or forfeited before, or never was.
 */
export async function forfeitGateway(
  tx: Transaction,
  { gateway, actor }: { gateway: GatewayId; actor: string },
): Promise<Forfeit[] | null> {
  const living = await tx.execute(
    sql`select id from gateways where id = ${gateway} and state = 'living' for update`,
  );
  if (living.length === 0) return null;
  await tx.execute(sql`
    select u.allowance_id from allowance_uses u join leases l using (allowance_id, window_start)
     where l.gateway_id = ${gateway} order by u.allowance_id, u.window_start for update of u`);
  const rows = await tx.execute<{ allowance_id: AllowanceId; window_start: Date; amount: string }>(
    sql`
    with gone as (
      delete from leases where gateway_id = ${gateway} returning allowance_id, window_start, amount
    ), freed as (
      update allowance_uses u set leased = u.leased - gone.amount
        from gone where u.allowance_id = gone.allowance_id and u.window_start = gone.window_start
    )
    insert into forfeits (gateway_id, allowance_id, window_start, amount, actor)
    select ${gateway}, allowance_id, window_start, amount, ${actor} from gone where amount <> 0
     order by allowance_id, window_start
    returning allowance_id, window_start, amount::text as amount`,
  );
  await tx.execute(sql`update gateways set state = 'forfeited' where id = ${gateway}`);
  return [...rows].map((row) => ({
    allowance: row.allowance_id,
    windowStart: new Date(row.window_start),
    amount: BigInt(row.amount),
  }));
}
