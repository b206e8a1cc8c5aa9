import { sql, type SQL } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import type { GenerationKey } from "./generation.ts";

export const spendDimensions = ["model", "key", "app", "provider", "time"] as const;
export type SpendDimension = (typeof spendDimensions)[number];
export const spendIntervals = ["hour", "day", "week", "month"] as const;
export type SpendInterval = (typeof spendIntervals)[number];
/** A report of one row a day over the longest range. */
export const spendRowsMax = 400;

export type SpendQuestion = {
  organizationId: OrganizationId;
  /** Inclusive; cut back to the hour, because usage is rolled up by the hour. */
  from: Date;
  /** Exclusive; extended to the next full hour. */
  to: Date;
  groupBy: readonly SpendDimension[];
  /** UTC; weeks start on Monday. Only meant when grouped by time. */
  interval: SpendInterval;
  model?: string | undefined;
  key?: KeyId | undefined;
  app?: string | undefined;
  provider?: string | undefined;
  /** At most `spendRowsMax`. */
  first: number;
};

export type SpendSums = {
  requests: bigint;
  failures: bigint;
  promptTokens: bigint;
  cachedTokens: bigint;
  completionTokens: bigint;
  reasoningTokens: bigint;
  charge: Picodollars;
  cost: Picodollars;
};
/** A group: the dimensions it was grouped by have a value, the others are null. */
export type SpendRow = SpendSums & {
  model: string | null;
  key: GenerationKey | null;
  app: string | null;
  provider: string | null;
  /** The first instant of the interval. */
  time: Date | null;
};
export type Spend = {
  from: Date;
  to: Date;
  /** Over everything that was asked for, also what `rows` was cut short of. */
  total: SpendSums;
  rows: SpendRow[];
  /** How many groups there are; more than `rows.length` when the rows were cut. */
  groups: number;
};

const hourMs = 3_600_000;
const sums = {
  requests: "requests",
  failures: "failures",
  promptTokens: "prompt_tokens",
  cachedTokens: "cached_tokens",
  completionTokens: "completion_tokens",
  reasoningTokens: "reasoning_tokens",
  charge: "charge",
  cost: "cost",
} as const satisfies Record<keyof SpendSums, string>;
// The columns that stand for a dimension. The interval is a word of ours, so it may be part of the statement.
const columnsOf = {
  model: () => ["model_id"],
  key: () => ["key_id", "key_name"],
  app: () => ["app"],
  provider: () => ["provider"],
  time: (interval) => [`date_trunc('${interval}', hour, 'UTC')`],
} as const satisfies Record<SpendDimension, (interval: SpendInterval) => readonly string[]>;

/**
 * What an organization spent, from the hourly roll-up. Exact: sums of whole picodollars. Rows come in order of
 * time when grouped by it, and the dearest first; total and rows are one statement, so they agree.
 */
export async function sumSpend(tx: Transaction, question: SpendQuestion): Promise<Spend> {
  const from = new Date(Math.floor(question.from.getTime() / hourMs) * hourMs);
  const to = new Date(Math.ceil(question.to.getTime() / hourMs) * hourMs);
  const by = (dimension: SpendDimension) => question.groupBy.includes(dimension);
  const group = question.groupBy.flatMap((dimension) => columnsOf[dimension](question.interval));
  const column = (dimension: SpendDimension, text: string) => (by(dimension) ? text : "null");
  const [time] = columnsOf.time(question.interval);
  const rows = await tx.execute<Record<string, string | null>>(sql`
    with used as (
      select usage_hours.*, keys.name as key_name
      from usage_hours left join keys on keys.id = usage_hours.key_id
      where ${conditions({ ...question, from, to })}
    )
    select
      ${sql.raw(column("model", "model_id"))} as model,
      ${sql.raw(column("key", "key_id"))} as key_id,
      ${sql.raw(column("key", "key_name"))} as key_name,
      ${sql.raw(column("app", "app"))} as app,
      ${sql.raw(column("provider", "provider"))} as provider,
      ${sql.raw(column("time", `extract(epoch from ${time})::bigint::text`))} as time,
      ${sql.raw(
        Object.entries(sums)
          .map(
            ([name, of]) =>
              `sum(${of})::text as "${name}", sum(sum(${of})) over ()::text as "all ${name}"`,
          )
          .join(", "),
      )},
      count(*) over ()::text as groups
    from used
    group by ${sql.raw(group.length === 0 ? "()" : group.join(", "))}
    order by ${sql.raw([...(by("time") ? [time] : []), "sum(charge) desc", "sum(requests) desc", ...group].join(", "))}
    limit ${Math.min(question.first, spendRowsMax)}`);
  const [head] = rows;
  const grouped = group.length > 0;
  return {
    from,
    to,
    total: sumsOf(head, "all "),
    groups: grouped ? Number(head?.["groups"] ?? 0) : 0,
    rows: grouped ? rows.map(parseRow) : [],
  };
}

function conditions(question: SpendQuestion): SQL {
  const where = [
    sql`organization_id = ${question.organizationId}`,
    sql`hour >= ${question.from.toISOString()}::timestamptz`,
    sql`hour < ${question.to.toISOString()}::timestamptz`,
  ];
  if (question.model !== undefined) where.push(sql`model_id = ${question.model}`);
  if (question.key !== undefined) where.push(sql`key_id = ${question.key}`);
  if (question.app !== undefined) where.push(sql`app = ${question.app}`);
  if (question.provider !== undefined) where.push(sql`provider = ${question.provider}`);
  return sql.join(
    where.map((condition) => sql`usage_hours.${condition}`),
    sql` and `,
  );
}

function parseRow(row: Record<string, string | null>): SpendRow {
  const keyId = row["key_id"] ?? null;
  const seconds = row["time"] ?? null;
  return {
    model: row["model"] ?? null,
    key: keyId === null ? null : { id: keyId as KeyId, name: row["key_name"] ?? null },
    app: row["app"] ?? null,
    provider: row["provider"] ?? null,
    time: seconds === null ? null : new Date(Number(seconds) * 1000),
    ...sumsOf(row, ""),
  };
}

// Without a dimension Postgres answers one row even over nothing, and its sums are null.
function sumsOf(row: Record<string, string | null> | undefined, prefix: "" | "all "): SpendSums {
  const sum = (name: keyof SpendSums) => BigInt(row?.[prefix + name] ?? 0);
  return {
    requests: sum("requests"),
    failures: sum("failures"),
    promptTokens: sum("promptTokens"),
    cachedTokens: sum("cachedTokens"),
    completionTokens: sum("completionTokens"),
    reasoningTokens: sum("reasoningTokens"),
    charge: picodollars(sum("charge")),
    cost: picodollars(sum("cost")),
  };
}
