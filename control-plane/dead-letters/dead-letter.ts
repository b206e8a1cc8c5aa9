/** A usage record that Postgres refused, or that is none: it waits for a person, and nothing else waits for it. */
import { sql, type SQL } from "drizzle-orm";
import { postingDeadLetters } from "#schema/boss.ts";
import { unpackShipment } from "#schema/spool/shipment.ts";
import type { Database, Transaction } from "#schema/database.ts";
import { CommandError } from "../command-error.ts";

export type DeadLetterState = "waiting" | "settled";
/** What was done with a letter, kept for as long as the letter. */
export type Account =
  | { kind: "discarded"; reason: string; by: string }
  | { kind: "replayed"; by: string; record: unknown };
export type DeadLetter = {
  id: string;
  state: DeadLetterState;
  /** When it was set aside, and when a person dealt with it. */
  createdAt: string;
  settledAt: string | null;
  /** What Postgres, or our own reading of the record, said. */
  reason: string;
  /** As the record says it; it may be wrong, which may be why the letter is here. */
  generation: string | null;
  organization: { id: string; slug: string | null } | null;
  gateway: string | null;
  model: string | null;
  /** Picodollars, or null when the record has no such amount. */
  charge: bigint | null;
  /** How many records it holds: one, or those of a shipment that was given up as a whole. */
  records: number;
  account: Account | null;
};

type Row = {
  id: string;
  state: DeadLetterState;
  created: string;
  settled: string | null;
  reason: string | null;
  generation: string | null;
  organization: string | null;
  slug: string | null;
  gateway: string | null;
  model: string | null;
  charge: string | null;
  records: number;
  output: unknown;
  data?: LetterData;
};

const instant = (column: string): SQL =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);
const shown = sql`
  j.id, case when j.state < 'completed' then 'waiting' else 'settled' end as state,
  ${instant("j.created_on")} as created, ${instant("j.completed_on")} as settled, j.data->>'reason' as reason,
  j.data->'record'->>'id' as generation, j.data->'record'->>'organization' as organization, o.slug,
  j.data->'record'->>'gateway' as gateway, j.data->'record'->>'model' as model, j.data->'record'->>'charge' as charge,
  case when jsonb_typeof(j.data->'records') = 'array' then jsonb_array_length(j.data->'records')
    else coalesce((j.data->>'count')::int, cardinality(string_to_array(j.data->>'lines', E'\\n')), 1) end as records,
  j.output`;
const letters = sql`pgboss.job j left join organizations o on o.id = j.data->'record'->>'organization'`;

/**
 * Dead letters, newest first, after the `next` of the page before.
 * @throws {CommandError} bad_request when `after` is no `next` of ours.
 */
export async function listDeadLetters(
  db: Database | Transaction,
  page: { state: DeadLetterState; limit: number; after: string | null },
): Promise<{ rows: DeadLetter[]; next: string | null }> {
  const rows = await db.execute<Row>(sql`
    select ${shown} from ${letters}
     where j.name = ${postingDeadLetters} and ${page.state === "waiting" ? sql`j.state < 'completed'` : sql`j.state >= 'completed'`}
       ${page.after === null ? sql`` : sql`and (j.created_on, j.id) < ${placeOf(page.after)}`}
     order by j.created_on desc, j.id desc limit ${page.limit + 1}`);
  const onPage = rows.slice(0, page.limit);
  const last = onPage.at(-1);
  return {
    rows: onPage.map(read),
    next: rows.length > page.limit && last ? `${last.created}~${last.id}` : null,
  };
}

/** One letter with its record (or the records of a shipment). @throws {CommandError} not_found. */
export async function readDeadLetter(
  db: Database | Transaction,
  id: string,
): Promise<DeadLetter & { record: unknown }> {
  const [row] = await db.execute<Row>(sql`
    select ${shown}, j.data from ${letters} where j.name = ${postingDeadLetters} and j.id = ${id}`);
  if (!row) throw noSuchLetter(id);
  return { ...read(row), record: row.data?.record ?? (row.data && recordsOf(row.data)) ?? null };
}

/** One record with the reason it was refused, or a shipment (`PostingJob`) that the queue gave up. */
export type LetterData = {
  record?: unknown;
  records?: unknown;
  lines?: unknown;
  deflated?: unknown;
};

/** The records of a whole shipment; undefined for a letter of one record. */
export function recordsOf({ record, records, lines, deflated }: LetterData): unknown[] | undefined {
  if (record !== undefined) return undefined;
  if (typeof deflated === "string")
    return unpackShipment(deflated).map((line): unknown => JSON.parse(line));
  if (typeof lines === "string") return lines.split("\n").map((line): unknown => JSON.parse(line));
  return Array.isArray(records) ? records : undefined;
}

export const noSuchLetter = (id: string): CommandError =>
  new CommandError(
    "not_found",
    `there is no dead letter ${id} that waits; those that do are listed by deadLetters.list (turnpike dead-letters list)`,
  );

function placeOf(after: string): SQL {
  const [created = "", id = ""] = after.split("~");
  if (!/^\d{4}-[\d-]+T[\d:.]+Z$/.test(created) || !/^[0-9a-f-]{36}$/.test(id))
    throw new CommandError("bad_request", "after: expected the `next` of the page before");
  return sql`(${created}::timestamptz, ${id}::uuid)`;
}

function read(row: Row): DeadLetter {
  return {
    id: row.id,
    state: row.state,
    createdAt: row.created,
    settledAt: row.settled,
    reason:
      row.reason ??
      "the whole shipment was given up by the queue; the control plane's log says why",
    generation: row.generation,
    organization: row.organization === null ? null : { id: row.organization, slug: row.slug },
    gateway: row.gateway,
    model: row.model,
    charge: /^\d{1,38}$/.test(row.charge ?? "") ? BigInt(row.charge ?? "0") : null,
    records: row.records,
    account: row.state === "settled" ? ((row.output as Account | null) ?? null) : null,
  };
}
