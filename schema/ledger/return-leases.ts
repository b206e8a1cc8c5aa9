import type { Sql } from "../client.ts";
import type { AllowanceId, GatewayId } from "../ids.ts";

export type LeaseReturn = { allowance: AllowanceId; windowStart: Date; amount: bigint };

/**
 * Gives back shares that a living gateway no longer wants. One statement; the gateway has already stopped counting on them.
 * Only what the lease still has goes back: a share that was forfeited meanwhile is not given back twice.
 */
export async function returnLeases(
  client: Sql,
  gateway: GatewayId,
  returns: readonly LeaseReturn[],
): Promise<void> {
  if (returns.length === 0) return;
  await client`
    with given as (
      select * from unnest(${returns.map((one) => one.allowance)}::text[],
        ${returns.map((one) => one.windowStart.toISOString())}::text[]::timestamptz[],
        ${returns.map((one) => one.amount.toString())}::text[]::numeric[]) as t(allowance_id, window_start, amount)
    ), locked as (
      select u.allowance_id, u.window_start from allowance_uses u join given using (allowance_id, window_start)
      order by u.allowance_id, u.window_start for update of u
    ), taken as (
      update leases l set amount = l.amount - given.amount, updated_at = now()
      from given join locked using (allowance_id, window_start)
      where l.gateway_id = ${gateway} and l.allowance_id = given.allowance_id and l.window_start = given.window_start
      returning l.allowance_id, l.window_start, given.amount
    )
    update allowance_uses u set leased = u.leased - taken.amount
    from taken where u.allowance_id = taken.allowance_id and u.window_start = taken.window_start`;
}

/**
 * Ends one life of a gateway whose every record has been posted: whatever its leases still hold goes back.
 * The caller has proved that `posted` reached the last sequence number of that life's spool.
 */
export async function closeGateway(client: Sql, gateway: GatewayId): Promise<void> {
  await client.begin(async (tx) => {
    await tx`select id from gateways where id = ${gateway} for update`; // gateways before allowances, as everywhere
    await tx`select u.allowance_id from allowance_uses u join leases l using (allowance_id, window_start)
      where l.gateway_id = ${gateway} order by u.allowance_id, u.window_start for update of u`;
    await tx`with gone as (delete from leases where gateway_id = ${gateway} returning allowance_id, window_start, amount)
      update allowance_uses u set leased = u.leased - gone.amount from gone
      where u.allowance_id = gone.allowance_id and u.window_start = gone.window_start`;
    await tx`update gateways set state = 'closed', seen_at = now() where id = ${gateway} and state = 'living'`;
  });
}

/**
 * Gives back what lives that are over held of requests at once: nothing of theirs is under way any more, and none of it
 * is ever used up, so it need not wait until their records are posted. The caller has proved that they are over.
 */
export async function returnConcurrency(
  client: Sql,
  gateways: readonly GatewayId[],
): Promise<void> {
  if (gateways.length === 0) return;
  await client.begin(async (tx) => {
    await tx`select id from gateways where id = any(${[...gateways]}::text[]) order by id for update`; // before allowances, as everywhere
    await tx`select u.allowance_id from allowance_uses u join leases l using (allowance_id, window_start) join allowances a on a.id = l.allowance_id
      where l.gateway_id = any(${[...gateways]}::text[]) and a.unit = 'concurrency' order by u.allowance_id, u.window_start for update of u`;
    await tx`with gone as (
        delete from leases l using allowances a
        where a.id = l.allowance_id and a.unit = 'concurrency' and l.gateway_id = any(${[...gateways]}::text[])
        returning l.allowance_id, l.window_start, l.amount
      ), sums as (select allowance_id, window_start, sum(amount) as amount from gone group by 1, 2)
      update allowance_uses u set leased = u.leased - sums.amount from sums
      where u.allowance_id = sums.allowance_id and u.window_start = sums.window_start`;
  });
}
