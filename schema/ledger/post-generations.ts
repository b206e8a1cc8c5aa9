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
import { completionMeters, promptMeters, sum, type Counts, type Meter } from "../meters.ts";
import { picodollars } from "../money/amount.ts";
import { generations } from "../tables/generations.ts";
import { digestOf, type UsageRecord } from "../usage-record.ts";
import { accountOf, moveMoney } from "./move-money.ts";
import { recordChange } from "./record-change.ts";

const columns = sql.raw(
  Object.values(getTableColumns(generations))
    .map((column) => column.name)
    .filter((name) => name !== "posted_at")
    .join(", "),
);

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
  const rows = [...byUuid].map(([uuid, record]) => ({
    id: uuid,
    organization_id: record.organization,
    workspace_id: record.workspace,
    key_id: record.key,
    gateway_id: record.gateway,
    requested_model: record.requestedModel,
    model_id: record.model,
    endpoint_id: record.endpoint,
    provider: record.provider,
    app: record.app,
    referer: record.referer,
    external_user: record.externalUser,
    session_id: record.session,
    user_agent: record.userAgent,
    streamed: record.streamed,
    cancelled: record.cancelled,
    outcome: record.outcome,
    finish_reason: record.finishReason,
    native_finish_reason: record.nativeFinishReason,
    upstream_id: record.upstreamId,
    error: record.error,
    ...countColumns(record),
    usage_source: record.usageSource,
    raw_usage: record.rawUsage ?? null,
    charge: record.charge,
    cost: record.cost,
    charge_price_id: record.chargePrice,
    cost_price_id: record.costPrice,
    charge_policy_id: record.chargePolicy ?? null,
    cost_step_id: record.costStep ?? null,
    service_tier: record.serviceTier ?? null,
    own_key: record.ownKey ?? false,
    charge_transfer_id:
      record.charge === "0" ? null : transferOf(chargeTransfers, record.organization),
    cost_transfer_id:
      record.cost === "0" || record.providerId === null
        ? null
        : transferOf(costTransfers, record.providerId),
    attempts: record.attempts,
    admitted_at: record.admittedAt,
    first_token_ms: record.firstTokenMs,
    duration_ms: record.durationMs,
    digest: digestOf(record),
  }));
  const inserted = await tx.execute<{ id: string }>(sql`
    insert into generations (${columns})
    select ${columns} from jsonb_populate_recordset(null::generations, ${JSON.stringify(rows)}::text::jsonb) order by id
    on conflict (id) do nothing returning id`);
  const booked = new Set([...inserted].map((row) => row.id));
  const fresh = [...byUuid].flatMap(([uuid, record]) => (booked.has(uuid) ? [record] : []));
  const conflicting = await keepConflicts(tx, [
    ...[...byUuid].filter(([uuid]) => !booked.has(uuid)),
    ...later,
  ]);

  await moveCharges(tx, fresh, chargeTransfers, costTransfers);
  await drawAllowances(tx, fresh);
  await countPosted(tx, [...fresh, ...conflicting]);
  await addToHours(tx, fresh);
  await keepUnpriced(tx, fresh);
  return {
    booked: fresh.length,
    repeated: records.length - fresh.length - conflicting.length,
    conflicting: conflicting.length,
  };
}

function countColumns(record: UsageRecord): Record<string, string> {
  const count = (meter: Meter) => record.counts[meter] ?? "0";
  return {
    input: count("input"),
    cache_read: count("cache_read"),
    cache_write_5m: count("cache_write_5m"),
    cache_write_1h: count("cache_write_1h"),
    output: count("output"),
    reasoning: count("reasoning"),
    image_input: count("image_input"),
    image_output: count("image_output"),
    audio_input: count("audio_input"),
    audio_output: count("audio_output"),
    request: count("request"),
    web_search: count("web_search"),
  } satisfies Record<Meter, string>;
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
    select id, digest from generations where id in (select s.id from jsonb_to_recordset(${ids}::text::jsonb) as s(id uuid))`);
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

/** One transfer an organization and one a provider, all their accounts locked in id order beforehand. */
async function moveCharges(
  tx: Transaction,
  records: readonly UsageRecord[],
  chargeTransfers: ReadonlyMap<string, TransferId>,
  costTransfers: ReadonlyMap<string, TransferId>,
): Promise<void> {
  const now = new Date();
  const moves: {
    id: TransferId;
    kind: "usage" | "cost";
    from: AccountId;
    to: AccountId;
    amount: bigint;
  }[] = [];
  // Accounts are opened in one order by everyone: two posters that open the same ones crosswise would deadlock.
  const inOrder = (of: ReadonlyMap<string, TransferId>) =>
    [...of].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const revenue = await accountOf(tx, { kind: "revenue" });
  for (const [organization, id] of inOrder(chargeTransfers)) {
    const amount = total(
      records.filter((record) => record.organization === organization),
      (record) => record.charge,
    );
    if (amount === 0n) continue;
    const from = await accountOf(tx, {
      kind: "credit",
      organizationId: organization as OrganizationId,
    });
    moves.push({ id, kind: "usage", from, to: revenue, amount });
  }
  for (const [provider, id] of inOrder(costTransfers)) {
    const amount = total(
      records.filter((record) => record.providerId === provider),
      (record) => record.cost,
    );
    if (amount === 0n) continue;
    const from = await accountOf(tx, { kind: "provider_cost", providerId: provider as ProviderId });
    moves.push({
      id,
      kind: "cost",
      from,
      to: await accountOf(tx, { kind: "provider_payable", providerId: provider as ProviderId }),
      amount,
    });
  }
  if (moves.length === 0) return;
  const touched = sql.join(
    moves.flatMap((move) => [sql`${move.from}`, sql`${move.to}`]),
    sql`, `,
  );
  await tx.execute(sql`select id from accounts where id in (${touched}) order by id for update`);
  for (const move of moves) {
    await moveMoney(tx, {
      ...move,
      amount: picodollars(move.amount),
      eventAt: now,
      actor: "posting",
    });
  }
}

const total = (records: readonly UsageRecord[], of: (record: UsageRecord) => string): bigint =>
  records.reduce((amount, record) => amount + BigInt(of(record)), 0n);

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
  const given = sql`jsonb_to_recordset(${JSON.stringify(drawn)}::text::jsonb) as d(gateway text, allowance text, window_start timestamptz, amount numeric)`;
  await tx.execute(sql`insert into allowance_uses (allowance_id, window_start)
    select distinct d.allowance, d.window_start from ${given} order by 1, 2 on conflict do nothing`);
  await tx.execute(sql`select u.allowance_id from allowance_uses u join ${given} on d.allowance = u.allowance_id and d.window_start = u.window_start
    order by u.allowance_id, u.window_start for update of u`);
  await tx.execute(sql`
    with d as (select * from ${given}), taken as (
      update leases l set amount = l.amount - d.amount, updated_at = now()
      from d where l.gateway_id = d.gateway and l.allowance_id = d.allowance and l.window_start = d.window_start
      returning l.allowance_id, l.window_start, d.amount
    ), used as (select allowance, window_start, sum(amount) as amount from d group by 1, 2),
    freed as (select allowance_id, window_start, sum(amount) as amount from taken group by 1, 2)
    update allowance_uses u set used = u.used + used.amount, leased = u.leased - coalesce(freed.amount, 0)
    from used left join freed on freed.allowance_id = used.allowance and freed.window_start = used.window_start
    where u.allowance_id = used.allowance and u.window_start = used.window_start`);
}

/** How far each gateway's life is posted: what a restarted gateway waits for before its old leases go back. */
async function countPosted(tx: Transaction, records: readonly UsageRecord[]): Promise<void> {
  const counts = new Map<string, number>();
  for (const record of records) counts.set(record.gateway, (counts.get(record.gateway) ?? 0) + 1);
  for (const [gateway, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    await tx.execute(sql`update gateways set posted = posted + ${count} where id = ${gateway}`);
  }
}

async function addToHours(tx: Transaction, records: readonly UsageRecord[]): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map((record) => {
    const counts: Counts = Object.fromEntries(
      Object.entries(record.counts).map(([meter, count]) => [meter, BigInt(count)]),
    );
    return {
      admitted_at: record.admittedAt,
      organization_id: record.organization,
      key_id: record.key,
      model_id: record.model,
      provider: record.provider ?? "",
      app: record.app,
      failures: record.outcome === "failed" ? 1 : 0,
      prompt_tokens: sum(counts, promptMeters).toString(),
      cached_tokens: (counts.cache_read ?? 0n).toString(),
      completion_tokens: sum(counts, completionMeters).toString(),
      reasoning_tokens: (counts.reasoning ?? 0n).toString(),
      charge: record.charge,
      cost: record.cost,
    };
  });
  await tx.execute(sql`
    insert into usage_hours as h (hour, organization_id, key_id, model_id, provider, app, requests, failures,
      prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, charge, cost)
    select date_trunc('hour', admitted_at, 'UTC'), organization_id, key_id, model_id, provider, app, count(*), sum(failures),
      sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(reasoning_tokens), sum(charge), sum(cost)
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(admitted_at timestamptz, organization_id text, key_id text, model_id text,
      provider text, app text, failures bigint, prompt_tokens numeric, cached_tokens numeric, completion_tokens numeric,
      reasoning_tokens numeric, charge numeric, cost numeric)
    group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
    on conflict (organization_id, hour, key_id, model_id, provider, app) do update set
      requests = h.requests + excluded.requests, failures = h.failures + excluded.failures,
      prompt_tokens = h.prompt_tokens + excluded.prompt_tokens, cached_tokens = h.cached_tokens + excluded.cached_tokens,
      completion_tokens = h.completion_tokens + excluded.completion_tokens, reasoning_tokens = h.reasoning_tokens + excluded.reasoning_tokens,
      charge = h.charge + excluded.charge, cost = h.cost + excluded.cost`);
}

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
