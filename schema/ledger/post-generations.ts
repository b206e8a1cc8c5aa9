import { getTableColumns, sql } from "drizzle-orm";
import type { Transaction } from "../database.ts";
import {
  generationUuid,
  mintId,
  type AccountId,
  type OrganizationId,
  type ProviderId,
  type TransferId,
} from "../ids.ts";
import { completionMeters, meters, promptMeters } from "../meters.ts";
import { picodollars } from "../money/amount.ts";
import { generations } from "../tables/generations.ts";
import type { AccountKind } from "../tables/ledger.ts";
import { digestOf, type UsageRecord } from "../usage-record.ts";
import { accountOf } from "./move-money.ts";
import { postTransfers, type PostedTransfer } from "./post-transfers.ts";
import { recordChange } from "./record-change.ts";

const columns = sql.raw(
  Object.values(getTableColumns(generations))
    .map((column) => column.name)
    .filter((name) => name !== "posted_at")
    .join(", "),
);

/** What a row holds where its record says nothing, beside nulls: no counts, and not an own key. A third of the text need not be sent. */
const blank = JSON.stringify({
  ...Object.fromEntries(meters.map((meter) => [meter, "0"])),
  own_key: false,
} satisfies Record<string, unknown>);

/** How a batch ended: newly booked, seen before and the same, seen before with other content (kept aside for a person). */
export type Posted = { booked: number; repeated: number; conflicting: number };

/**
 * Books a batch of usage records, each exactly once, in the caller's transaction: generation rows, one transfer an
 * organization (its charges) and one a provider (our costs), what allowances and leases they draw on, roll-ups. The
 * primary key of `generations` is the whole guarantee: only rows that were newly inserted move money.
 * @throws when a record does not name a generation, or violates a constraint; then nothing of the batch is booked.
 */
export async function postGenerations(
  tx: Transaction,
  records: readonly UsageRecord[],
): Promise<Posted> {
  const byUuid = new Map<string, UsageRecord>();
  const later: [uuid: string, record: UsageRecord][] = []; // of two under one id in a batch the first stands
  for (const record of records) {
    const uuid = generationUuid(record.id);
    if (uuid === null) throw new Error(`${record.id} is not a generation id`);
    if (byUuid.has(uuid)) later.push([uuid, record]);
    else byUuid.set(uuid, record);
  }
  const chargeTransfers = new Map<string, TransferId>();
  const costTransfers = new Map<string, TransferId>();
  const transferOf = (of: Map<string, TransferId>, owner: string): TransferId => {
    const known = of.get(owner) ?? mintId("transfer");
    of.set(owner, known);
    return known;
  };
  // In order of id, as everyone inserts, so that two posters of the same records do not deadlock. What is undefined is
  // not sent: the row then holds what `blank` says.
  const inOrder = [...byUuid].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = inOrder.map(([uuid, record]) => ({
    ...record.counts, // a meter and its column have one name
    id: uuid,
    organization_id: record.organization,
    workspace_id: record.workspace,
    key_id: record.key,
    gateway_id: record.gateway,
    requested_model: record.requestedModel,
    model_id: record.model,
    endpoint_id: record.endpoint ?? undefined,
    provider: record.provider ?? undefined,
    app: record.app,
    referer: record.referer ?? undefined,
    external_user: record.externalUser ?? undefined,
    session_id: record.session ?? undefined,
    user_agent: record.userAgent ?? undefined,
    streamed: record.streamed,
    cancelled: record.cancelled,
    outcome: record.outcome,
    finish_reason: record.finishReason ?? undefined,
    native_finish_reason: record.nativeFinishReason ?? undefined,
    upstream_id: record.upstreamId ?? undefined,
    error: record.error ?? undefined,
    usage_source: record.usageSource,
    raw_usage: record.rawUsage ?? undefined,
    charge: record.charge,
    cost: record.cost,
    charge_price_id: record.chargePrice ?? undefined,
    cost_price_id: record.costPrice ?? undefined,
    charge_policy_id: record.chargePolicy ?? undefined,
    cost_step_id: record.costStep ?? undefined,
    service_tier: record.serviceTier ?? undefined,
    own_key: record.ownKey,
    response_cache_source_id:
      record.responseCacheSource === undefined
        ? undefined
        : (generationUuid(record.responseCacheSource) ?? undefined),
    charge_transfer_id:
      record.charge === "0" ? undefined : transferOf(chargeTransfers, record.organization),
    cost_transfer_id:
      record.cost === "0" || record.providerId === null
        ? undefined
        : transferOf(costTransfers, record.providerId),
    attempts: record.attempts,
    admitted_at: record.admittedAt,
    first_token_ms: record.firstTokenMs ?? undefined,
    duration_ms: record.durationMs,
    digest: digestOf(record),
  }));
  // json, not jsonb, which would build a tree of all of it first: 43 µs a row instead of 65 (2 cores, shared).
  const inserted = await tx.execute<{ id: string }>(sql`
    insert into generations (${columns})
    select ${columns} from json_populate_recordset(
      jsonb_populate_record(null::generations, ${blank}::text::jsonb), ${JSON.stringify(rows)}::text::json)
    on conflict (id) do nothing returning id`);
  const booked = new Set([...inserted].map((row) => row.id));
  const fresh = inOrder.flatMap(([uuid, record]) => (booked.has(uuid) ? [record] : []));
  const conflicting = await keepConflicts(tx, [
    ...inOrder.filter(([uuid]) => !booked.has(uuid)),
    ...later,
  ]);

  await moveCharges(tx, fresh, chargeTransfers, costTransfers);
  // Gateways before allowances, as a lease and a forfeit lock them: otherwise a forfeit could end in a deadlock.
  await countPosted(tx, [...fresh, ...conflicting]);
  await drawAllowances(tx, fresh);
  await addToHours(tx, fresh);
  await keepUnpriced(tx, fresh);
  return {
    booked: fresh.length,
    repeated: records.length - fresh.length - conflicting.length,
    conflicting: conflicting.length,
  };
}

/** Records whose id is booked already: the same content is a second delivery; other content is set aside. */
async function keepConflicts(
  tx: Transaction,
  again: readonly (readonly [uuid: string, record: UsageRecord])[],
): Promise<UsageRecord[]> {
  if (again.length === 0) return [];
  const seen = again.map(([id, record]) => ({ id, record, digest: digestOf(record) }));
  const ids = JSON.stringify(seen.map(({ id }) => ({ id })));
  const known = await tx.execute<{ id: string; digest: string }>(sql`
    select id, digest from generations where id in (select s.id from json_to_recordset(${ids}::text::json) as s(id uuid))`);
  const digests = new Map([...known].map((row) => [row.id, row.digest]));
  const conflicting: UsageRecord[] = [];
  for (const { id, record, digest } of seen.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    if (digests.get(id) === digest) continue;
    const kept = await tx.execute(sql`insert into posting_conflicts (generation_id, digest, record)
      values (${id}, ${digest}, ${JSON.stringify(record)}::text::jsonb) on conflict do nothing returning digest`);
    if (kept.length > 0) conflicting.push(record);
  }
  return conflicting;
}

/** One transfer an organization and one a provider. */
async function moveCharges(
  tx: Transaction,
  records: readonly UsageRecord[],
  chargeTransfers: ReadonlyMap<string, TransferId>,
  costTransfers: ReadonlyMap<string, TransferId>,
): Promise<void> {
  const charges = new Map<string, bigint>();
  const costs = new Map<string, bigint>();
  for (const { organization, providerId, charge, cost } of records) {
    if (charge !== "0")
      charges.set(organization, (charges.get(organization) ?? 0n) + BigInt(charge));
    if (cost !== "0" && providerId !== null)
      costs.set(providerId, (costs.get(providerId) ?? 0n) + BigInt(cost));
  }
  if (charges.size === 0 && costs.size === 0) return;
  const accounts = await accountsOf(tx, [...charges.keys()], [...costs.keys()]);
  const account = (kind: AccountKind, owner = ""): AccountId => {
    const id = accounts.get(`${kind} ${owner}`);
    if (id === undefined) throw new Error(`${owner} has no account ${kind}`);
    return id;
  };
  const transfers: PostedTransfer[] = [];
  for (const [organization, amount] of charges) {
    const id = chargeTransfers.get(organization);
    if (id === undefined || amount === 0n) continue;
    const [from, to] = [account("credit", organization), account("revenue")];
    transfers.push({ id, kind: "usage", from, to, amount: picodollars(amount) });
  }
  for (const [provider, amount] of costs) {
    const id = costTransfers.get(provider);
    if (id === undefined || amount === 0n) continue;
    const [from, to] = [account("provider_cost", provider), account("provider_payable", provider)];
    transfers.push({ id, kind: "cost", from, to, amount: picodollars(amount) });
  }
  await postTransfers(tx, transfers, { eventAt: new Date(), actor: "posting" });
}

/** By `<kind> <owner>`; those that are not there yet are opened. */
async function accountsOf(
  tx: Transaction,
  organizations: readonly string[],
  providers: readonly string[],
): Promise<Map<string, AccountId>> {
  const inOrder = (ids: readonly string[]) => ids.toSorted((a, b) => (a < b ? -1 : 1));
  const wanted: Parameters<typeof accountOf>[1][] = [
    { kind: "revenue" },
    ...inOrder(organizations).map((id) => ({
      kind: "credit" as const,
      organizationId: id as OrganizationId,
    })),
    ...inOrder(providers).flatMap((id) => [
      { kind: "provider_cost" as const, providerId: id as ProviderId },
      { kind: "provider_payable" as const, providerId: id as ProviderId },
    ]),
  ];
  // Arrays, because those are looked up in the index on owners; one parameter, because each number of them would be a statement of its own.
  const anyOf = (ids: readonly string[]) =>
    sql`any(array(select o.id from json_array_elements_text(${JSON.stringify(ids)}::text::json) as o(id)))`;
  const rows = await tx.execute<{ id: AccountId; kind: AccountKind; owner: string }>(sql`
    select id, kind, coalesce(organization_id, provider_id, '') as owner from accounts
    where (kind = 'revenue' and organization_id is null and provider_id is null)
      or (kind = 'credit' and organization_id = ${anyOf(organizations)} and provider_id is null)
      or (kind = 'provider_cost' and organization_id is null and provider_id = ${anyOf(providers)})
      or (kind = 'provider_payable' and organization_id is null and provider_id = ${anyOf(providers)})`);
  const found = new Map([...rows].map(({ id, kind, owner }) => [`${kind} ${owner}`, id]));
  // Opened in one order by everyone, and before any is locked: two posters that open the same ones crosswise would deadlock.
  for (const owner of wanted) {
    const at = `${owner.kind} ${owner.organizationId ?? owner.providerId ?? ""}`;
    if (!found.has(at)) found.set(at, await accountOf(tx, owner));
  }
  return found;
}

/** Turns what gateways drew from their leases into use. A lease that was closed or forfeited meanwhile gives nothing back twice. */
async function drawAllowances(tx: Transaction, records: readonly UsageRecord[]): Promise<void> {
  const draws = new Map<
    string,
    { gateway: string; allowance: string; window_start: string; amount: bigint }
  >();
  for (const record of records) {
    for (const { allowance, windowStart, amount } of record.draws) {
      const at = `${record.gateway} ${allowance} ${windowStart}`;
      const draw = draws.get(at) ?? {
        gateway: record.gateway,
        allowance,
        window_start: windowStart,
        amount: 0n,
      };
      draw.amount += BigInt(amount);
      draws.set(at, draw);
    }
  }
  const drawn = [...draws.values()]
    .filter((draw) => draw.amount > 0n)
    .map((draw) => ({ ...draw, amount: draw.amount.toString() }));
  if (drawn.length === 0) return;
  const given = sql`json_to_recordset(${JSON.stringify(drawn)}::text::json) as d(gateway text, allowance text, window_start timestamptz, amount numeric)`;
  await tx.execute(sql`insert into allowance_uses (allowance_id, window_start)
    select distinct d.allowance, d.window_start from ${given} order by 1, 2 on conflict do nothing`);
  await tx.execute(sql`select u.allowance_id from allowance_uses u join ${given} on d.allowance = u.allowance_id and d.window_start = u.window_start
    order by u.allowance_id, u.window_start for update of u`);
  await tx.execute(sql`
    with d as (select * from ${given}), taken as (
      update leases l set amount = l.amount - d.amount, updated_at = now()
      from d where l.gateway_id = d.gateway and l.allowance_id = d.allowance and l.window_start = d.window_start
      returning l.allowance_id, l.window_start, d.amount
    ), moved as ( -- added up, not joined: Postgres expects a hundred rows of either and would compare all with all
      select allowance, window_start, sum(used) as used, sum(freed) as freed from (
        select allowance, window_start, amount as used, 0 as freed from d
        union all select allowance_id, window_start, 0, amount from taken
      ) both_of group by 1, 2
    )
    update allowance_uses u set used = u.used + moved.used, leased = u.leased - moved.freed
    from moved where u.allowance_id = moved.allowance and u.window_start = moved.window_start`);
}

/** How far each gateway's life is posted: what a restarted gateway waits for before its old leases go back. */
async function countPosted(tx: Transaction, records: readonly UsageRecord[]): Promise<void> {
  if (records.length === 0) return;
  const counts: Record<string, number> = {};
  for (const { gateway } of records) counts[gateway] = (counts[gateway] ?? 0) + 1;
  // Not `for update`: a lease waits for allowance_uses while it holds its gateway for key share, and the two would deadlock.
  await tx.execute(sql`
    with counted as (select * from json_each_text(${JSON.stringify(counts)}::text::json) as c(id, posted)),
    locked as (select id from gateways where id in (select id from counted) order by id for no key update)
    update gateways g set posted = g.posted + counted.posted::bigint
    from locked join counted on counted.id = locked.id where g.id = locked.id`);
}

type HourSums = {
  admitted_at: string;
  organization_id: string;
  key_id: string;
  model_id: string;
  provider: string;
  app: string;
  requests: number;
  failures: number;
  prompt_tokens: bigint;
  cached_tokens: bigint;
  completion_tokens: bigint;
  reasoning_tokens: bigint;
  charge: bigint;
  cost: bigint;
};

/** Added up here as far as the text of the instant allows, so that Postgres parses a group and not each of its records. */
async function addToHours(tx: Transaction, records: readonly UsageRecord[]): Promise<void> {
  if (records.length === 0) return;
  const groups = new Map<string, HourSums>();
  for (const record of records) {
    const { organization, key, model, app, counts } = record;
    const provider = record.provider ?? "";
    const hour = hourOf(record.admittedAt);
    const at = JSON.stringify([hour, organization, key, model, provider, app]);
    let group = groups.get(at);
    if (group === undefined) {
      group = {
        admitted_at: hour,
        organization_id: organization,
        key_id: key,
        model_id: model,
        provider,
        app,
        requests: 0,
        failures: 0,
        prompt_tokens: 0n,
        cached_tokens: 0n,
        completion_tokens: 0n,
        reasoning_tokens: 0n,
        charge: 0n,
        cost: 0n,
      };
      groups.set(at, group);
    }
    group.requests += 1;
    if (record.outcome === "failed") group.failures += 1;
    for (const meter of promptMeters) group.prompt_tokens += BigInt(counts[meter] ?? 0);
    for (const meter of completionMeters) group.completion_tokens += BigInt(counts[meter] ?? 0);
    group.cached_tokens += BigInt(counts.cache_read ?? 0);
    group.reasoning_tokens += BigInt(counts.reasoning ?? 0);
    group.charge += BigInt(record.charge);
    group.cost += BigInt(record.cost);
  }
  const rows = JSON.stringify([...groups.values()], (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  await tx.execute(sql`
    insert into usage_hours as h (hour, organization_id, key_id, model_id, provider, app, requests, failures,
      prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, charge, cost)
    select date_trunc('hour', admitted_at, 'UTC'), organization_id, key_id, model_id, provider, app, sum(requests), sum(failures),
      sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(reasoning_tokens), sum(charge), sum(cost)
    from json_to_recordset(${rows}::text::json) as r(admitted_at timestamptz, organization_id text, key_id text, model_id text,
      provider text, app text, requests bigint, failures bigint, prompt_tokens numeric, cached_tokens numeric, completion_tokens numeric,
      reasoning_tokens numeric, charge numeric, cost numeric)
    group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
    on conflict (organization_id, hour, key_id, model_id, provider, app) do update set
      requests = h.requests + excluded.requests, failures = h.failures + excluded.failures,
      prompt_tokens = h.prompt_tokens + excluded.prompt_tokens, cached_tokens = h.cached_tokens + excluded.cached_tokens,
      completion_tokens = h.completion_tokens + excluded.completion_tokens, reasoning_tokens = h.reasoning_tokens + excluded.reasoning_tokens,
      charge = h.charge + excluded.charge, cost = h.cost + excluded.cost`);
}

/** The hour of an instant as gateways write it; of any other text the text itself, which Postgres reads as it does the row's. */
const hourOf = (instant: string): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(instant)
    ? `${instant.slice(0, 13)}:00:00.000Z`
    : instant;

/** Meters that nobody priced: their endpoint is not asked any more until somebody does (reliability.md M-14). */
async function keepUnpriced(tx: Transaction, records: readonly UsageRecord[]): Promise<void> {
  let added = false;
  for (const record of records) {
    for (const meter of record.unpriced ?? []) {
      if (record.endpoint === null) continue;
      const [row] = await tx.execute<{ fresh: boolean }>(sql`
        insert into unpriced_usage as u (endpoint_id, meter, units, requests, first_generation_id)
        values (${record.endpoint}, ${meter}, ${record.counts[meter] ?? "0"}::numeric, 1, ${generationUuid(record.id)}::uuid)
        on conflict (endpoint_id, meter) do update set units = u.units + excluded.units, requests = u.requests + 1
        returning xmax = 0 as fresh`);
      added ||= row?.fresh === true;
    }
  }
  if (added) await recordChange(tx, "catalogue", "");
}
