import { recallChannel } from "../channels.ts";
import type { Sql } from "../client.ts";
import type { AllowanceId, GatewayId } from "../ids.ts";

export type LeaseRequest = {
  allowance: AllowanceId;
  windowStart: Date;
  need: bigint;
  want: bigint;
};
/** `granted` is 0 for every one of them when any had less free than its need; then `free` says which. */
export type LeaseAnswer = {
  allowance: AllowanceId;
  windowStart: Date;
  granted: bigint;
  free: bigint;
  /** What all gateways hold of it, this one included; before this grant. */
  held: bigint;
  /** Null: unbounded. */
  limit: bigint | null;
  /** How many gateways live. */
  gateways: number;
};

/**
 * Leases a share of every allowance that a request needs, or of none, in one statement (the function
 * `lease_allowances` of the migrations, which holds the rule). Amounts are in each allowance's own unit.
 * @throws when Postgres is away, and for a gateway that was closed or forfeited.
 */
export async function leaseAllowances(
  client: Sql,
  gateway: GatewayId,
  requests: readonly LeaseRequest[],
): Promise<LeaseAnswer[]> {
  const rows = await client<
    {
      allowance_id: AllowanceId;
      window_start: Date;
      granted: string;
      free: string;
      held: string;
      bound: string | null;
      gateways: number;
    }[]
  >`
    select allowance_id, window_start, granted, free, held, bound, gateways from lease_allowances(${gateway},
      ${requests.map((request) => request.allowance)}::text[],
      ${requests.map((request) => request.windowStart.toISOString())}::text[]::timestamptz[],
      ${requests.map((request) => request.need.toString())}::text[]::numeric[],
      ${requests.map((request) => request.want.toString())}::text[]::numeric[])`;
  return rows.map((row) => ({
    allowance: row.allowance_id,
    windowStart: row.window_start,
    granted: BigInt(row.granted),
    free: BigInt(row.free),
    held: BigInt(row.held),
    limit: row.bound === null ? null : BigInt(row.bound),
    gateways: row.gateways,
  }));
}

/** Asks every other gateway to hand back what it holds idle of these allowances. The payload is "<allowance> <asking gateway>". */
export async function recallLeases(
  client: Sql,
  gateway: GatewayId,
  allowances: readonly AllowanceId[],
): Promise<void> {
  for (const allowance of allowances)
    await client`select pg_notify(${recallChannel}, ${`${allowance} ${gateway}`})`;
}
