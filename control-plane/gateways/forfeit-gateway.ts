import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { parseId, type GatewayId } from "#schema/ids.ts";
import { forfeitGateway as forfeit } from "#schema/ledger/forfeit-gateway.ts";
import { picodollars, showDollars, type Picodollars } from "#schema/money/amount.ts";
import { CommandError } from "../command-error.ts";

// A gateway tells Postgres of itself every 5 s; after twelve that are missing it is not just busy.
const quietSecondsMin = 60;

export type Forfeited = {
  id: GatewayId;
  name: string;
  /** How many shares went back, and picodollars of credit among them. */
  leases: number;
  credit: Picodollars;
};

/**
 * Forfeits the one living gateway of a name or id (`schema/ledger/forfeit-gateway.ts` says what that does).
 * @throws {CommandError} not_found; conflict when several of that name live, or when it was seen within the last minute and
 *   `force` is not set, with what would happen.
 */
export async function forfeitGateway(
  tx: Transaction,
  { nameOrId, force, actor }: { nameOrId: string; force: boolean; actor: string },
): Promise<Forfeited> {
  const known = await tx.execute<{
    id: GatewayId;
    name: string;
    silent: number;
    credit: string;
  }>(sql`
    select g.id, g.name, extract(epoch from now() - g.seen_at)::float8 as silent,
           (select coalesce(sum(l.amount), 0)::text from leases l join allowances a on a.id = l.allowance_id
             where l.gateway_id = g.id and a.subject_kind = 'organization' and a.unit = 'picodollars' and a.window_kind = 'lifetime') as credit
      from gateways g
     where g.state = 'living' and ${parseId("gateway", nameOrId) === null ? sql`g.name = ${nameOrId}` : sql`g.id = ${nameOrId}`}
     order by g.seen_at`);
  const [found, other] = known;
  if (!found)
    throw new CommandError(
      "not_found",
      `no living gateway has the name or id ${JSON.stringify(nameOrId.slice(0, 80))}; gateways.list shows those that exist`,
    );
  if (other)
    throw new CommandError(
      "conflict",
      `${known.length} living gateways are named ${JSON.stringify(found.name)}; name one by its id, longest silent first: ${known.map(({ id, silent }) => `${id} (${Math.round(silent)} s)`).join(", ")}`,
    );
  if (found.silent < quietSecondsMin && !force)
    throw new CommandError(
      "conflict",
      `the gateway ${found.name} (${found.id}) was seen ${Math.max(0, Math.round(found.silent))} s ago and seems to live; to forfeit it would end its life, ` +
        `cut off its requests for credit within seconds, and give back $${showDollars(BigInt(found.credit))} of credit that requests under way may still spend. ` +
        `Stop it instead, wait until it has been silent for ${quietSecondsMin} s, or set force`,
    );
  const forfeits = await forfeit(tx, { gateway: found.id, actor });
  if (forfeits === null)
    throw new CommandError("not_found", `the gateway ${found.id} ended just now by itself`);
  return {
    id: found.id,
    name: found.name,
    leases: forfeits.length,
    credit: picodollars(await creditOf(tx, found.id)),
  };
}

async function creditOf(tx: Transaction, gateway: GatewayId): Promise<bigint> {
  const [row] = await tx.execute<{ credit: string }>(sql`
    select coalesce(sum(f.amount), 0)::text as credit from forfeits f join allowances a on a.id = f.allowance_id
     where f.gateway_id = ${gateway} and a.subject_kind = 'organization' and a.unit = 'picodollars' and a.window_kind = 'lifetime'`);
  return BigInt(row?.credit ?? 0);
}
