import { sql, type SQL } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import { generationIdOf, uuidFloor, type OrganizationId } from "#schema/ids.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { picodollars } from "#schema/money/amount.ts";
import { CommandError } from "../command-error.ts";
import type { Dimension, Granularity, Metric, OperatorName } from "./usage-words.ts";

export type UsageQuestion = {
  organizationId: OrganizationId;
  metrics: readonly Metric[];
  /** At most two. */
  dimensions: readonly Dimension[];
  filters: readonly { dimension: Dimension; operator: OperatorName; values: readonly string[] }[];
  granularity: Granularity | null;
  /** Inclusive, and exclusive. */
  from: Date;
  to: Date;
  /** A metric's or dimension's name, or `date`; null: by time, then by the first metric. */
  orderBy: { field: string; descending: boolean } | null;
  limit: number;
  /** So many groups with the most of the first metric; null: all. */
  groupLimit: number | null;
};
export type UsageAnswer = {
  rows: Record<string, string | number | null>[];
  truncated: boolean;
  /** Roll-ups know whole hours, so a range is widened to them. */
  source: "roll-up" | "generations";
};

const hourMs = 3_600_000;
const dayMs = 86_400_000;
export const rollupDaysMax = 365;
export const generationDaysMax = 31;
const statementSeconds = 10;
/** Postgres gave up because of `statement_timeout`. */
const cancelled = "57014";

/**
 * Answers from the hourly roll-up where it knows all that is asked, else from the generations of at most 31 days.
 * Counts come as text, since they may be larger than a JSON number holds; money in USD, rates and milliseconds as numbers.
 * @throws {CommandError} bad_request for a range that is too long, or a question that takes longer than 10 s.
 */
export async function queryUsage(db: Database, question: UsageQuestion): Promise<UsageAnswer> {
  const parts = [
    ...question.metrics,
    ...question.dimensions,
    ...question.filters.map(({ dimension }) => dimension),
  ];
  const source =
    question.granularity !== "minute" && parts.every(({ rollup }) => rollup !== null)
      ? ("roll-up" as const)
      : ("generations" as const);
  const days = (question.to.getTime() - question.from.getTime()) / dayMs;
  const daysMax = source === "roll-up" ? rollupDaysMax : generationDaysMax;
  if (days > daysMax)
    throw new CommandError(
      "bad_request",
      source === "roll-up"
        ? `time_range: expected at most ${daysMax} days, got ${Math.ceil(days)}`
        : `time_range: ${nameOfDetail(question)} is known for at most ${daysMax} days at once, got ${Math.ceil(days)}; leave it out, or ask for less`,
    );
  const rows = await db
    .transaction(async (tx) => {
      await tx.execute(sql.raw(`set local statement_timeout = '${statementSeconds}s'`));
      return tx.execute<Record<string, string | number | null>>(statementOf(question, source));
    })
    .catch((error: unknown) => {
      if (!isCancelled(error)) throw error;
      throw new CommandError(
        "bad_request",
        `this took longer than ${statementSeconds} s; ask for a shorter time_range or fewer dimensions`,
      );
    });
  const truncated = rows.length > question.limit;
  return {
    rows: rows.slice(0, question.limit).map((row) => shown(row, question)),
    truncated,
    source,
  };
}

function statementOf(question: UsageQuestion, source: UsageAnswer["source"]): SQL {
  const of = (part: Metric | Dimension): string =>
    (source === "roll-up" ? part.rollup : part.generations) ?? "null";
  const at = source === "roll-up" ? "u.hour" : "g.admitted_at";
  const bucket =
    question.granularity === null
      ? null
      : `to_char(date_trunc('${question.granularity}', ${at}, 'UTC') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const table =
    source === "roll-up"
      ? sql`usage_hours u left join keys k on k.id = u.key_id`
      : sql`generations g`;
  const where = sql.join(conditions(question, source, of), sql` and `);
  const groups = question.dimensions.map(of);
  const selected = [
    ...(bucket === null ? [] : [`${bucket} as "date"`]),
    ...question.dimensions.map((dimension) => `${of(dimension)} as "${dimension.name}"`),
    ...question.metrics.map((metric) =>
      metric.isRate
        ? `${of(metric)} as "${metric.name}"`
        : `coalesce(${of(metric)}, 0)::text as "${metric.name}"`,
    ),
  ];
  const grouped = [...(bucket === null ? [] : [bucket]), ...groups];
  const [first] = question.metrics;
  const most = first === undefined ? "1" : `${of(first)} desc nulls last`;
  const top =
    question.groupLimit === null || groups.length === 0
      ? sql``
      : sql` and (${sql.raw(groups.join(", "))}) in (select ${sql.raw(groups.join(", "))} from ${table} where ${where}
          group by ${sql.raw(groups.join(", "))} order by ${sql.raw(most)} limit ${question.groupLimit})`;
  return sql`select ${sql.raw(selected.join(", "))} from ${table} where ${where}${top}
    ${sql.raw(grouped.length === 0 ? "" : `group by ${grouped.join(", ")}`)}
    order by ${sql.raw(orderOf(question, { of, bucket, most, groups }))} limit ${question.limit + 1}`;
}

function conditions(
  { organizationId, from, to, filters }: UsageQuestion,
  source: UsageAnswer["source"],
  of: (part: Dimension) => string,
): SQL[] {
  const range =
    source === "roll-up"
      ? [
          sql`u.organization_id = ${organizationId}`,
          sql`u.hour >= ${new Date(Math.floor(from.getTime() / hourMs) * hourMs).toISOString()}::timestamptz`,
          sql`u.hour < ${to.toISOString()}::timestamptz`,
        ]
      : [
          sql`g.organization_id = ${organizationId}`,
          sql`g.id >= ${uuidFloor(from.getTime())}::uuid`,
          sql`g.id < ${uuidFloor(to.getTime())}::uuid`,
        ];
  return range.concat(
    filters.map(({ dimension, operator, values }) => {
      const list = sql.join(
        values.map((value) => sql`${value}`),
        sql`, `,
      );
      const not = operator === "neq" || operator === "not_in" ? sql`not ` : sql``;
      return sql`${not}(${sql.raw(of(dimension))} in (${list}))`;
    }),
  );
}

function orderOf(
  { orderBy, metrics, dimensions }: UsageQuestion,
  {
    of,
    bucket,
    most,
    groups,
  }: {
    of: (part: Metric | Dimension) => string;
    bucket: string | null;
    most: string;
    groups: readonly string[];
  },
): string {
  const ties = [...(bucket === null ? [] : [bucket]), most, ...groups];
  if (orderBy === null) return ties.join(", ");
  const direction = orderBy.descending ? "desc nulls last" : "asc nulls last";
  const part = [...metrics, ...dimensions].find(({ name }) => name === orderBy.field);
  const by = part ? of(part) : bucket;
  return [...(by === null ? [] : [`${by} ${direction}`]), ...ties].join(", ");
}

function shown(
  row: Record<string, string | number | null>,
  { metrics, dimensions, granularity }: UsageQuestion,
): Record<string, string | number | null> {
  const values: Record<string, string | number | null> = {};
  if (granularity !== null) values[`date__${granularity}`] = row["date"] ?? null;
  for (const { name } of dimensions) {
    const value = row[name] ?? null;
    values[name] =
      name === "generation_id" && value !== null ? generationIdOf(String(value)) : value;
  }
  for (const { name, format, isRate } of metrics) {
    const value = row[name] ?? null;
    if (isRate) values[name] = value === null ? null : Number(value);
    else
      values[name] =
        format === "currency"
          ? dollarsNumber(picodollars(BigInt(value ?? 0)))
          : String(value ?? "0");
  }
  return values;
}

/** What of a question only single generations know. */
function nameOfDetail({ metrics, dimensions, filters, granularity }: UsageQuestion): string {
  const parts = [...metrics, ...dimensions, ...filters.map(({ dimension }) => dimension)];
  return parts.find(({ rollup }) => rollup === null)?.name ?? `granularity ${granularity ?? ""}`;
}

function isCancelled(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && cause.code === cancelled) return true;
  return false;
}
