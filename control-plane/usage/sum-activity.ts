import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";

export type ActivityRow = {
  /** UTC, as in 2026-11-24. */
  date: string;
  model: string;
  /** Its slug; empty for what reached none. */
  provider: string;
  /** The endpoint, where the provider has one for this model; null where it has several or none any more. */
  endpointId: string | null;
  /** Null unless grouped by it. */
  workspaceId: string | null;
  requests: number;
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  charge: Picodollars;
};

const rowsMax = 20_000;

/** What an organization used, by day, model and provider, newest day first; from the hourly roll-up. At most 20,000 rows. */
export async function sumActivity(
  tx: Transaction,
  question: {
    organizationId: OrganizationId;
    /** Inclusive; the start of a UTC day. */
    from: Date;
    /** Exclusive. */
    to: Date;
    keyId: KeyId | null;
    workspaceId: WorkspaceId | null;
    byWorkspace: boolean;
  },
): Promise<ActivityRow[]> {
  const { organizationId, from, to, keyId, workspaceId, byWorkspace } = question;
  const workspace = byWorkspace ? sql`k.workspace_id` : sql`null::text`;
  const rows = await tx.execute<Record<string, string | null>>(sql`
    with used as (
      select to_char(u.hour at time zone 'UTC', 'YYYY-MM-DD') as date, u.model_id, u.provider, ${workspace} as workspace_id,
             sum(u.requests) as requests, sum(u.prompt_tokens) as prompt_tokens, sum(u.completion_tokens) as completion_tokens,
             sum(u.reasoning_tokens) as reasoning_tokens, sum(u.charge) as charge
        from usage_hours u left join keys k on k.id = u.key_id
       where u.organization_id = ${organizationId}
         and u.hour >= ${from.toISOString()}::timestamptz and u.hour < ${to.toISOString()}::timestamptz
         and (${keyId}::text is null or u.key_id = ${keyId})
         and (${workspaceId}::text is null or k.workspace_id = ${workspaceId})
       group by 1, 2, 3, 4)
    select used.*, (select case when count(*) = 1 then min(e.id) end from endpoints e join providers p on p.id = e.provider_id
                     where e.model_id = used.model_id and p.slug = used.provider) as endpoint_id
      from used order by date desc, charge desc, model_id, provider limit ${rowsMax}`);
  return rows.map((row) => ({
    date: row["date"] ?? "",
    model: row["model_id"] ?? "",
    provider: row["provider"] ?? "",
    endpointId: row["endpoint_id"] ?? null,
    workspaceId: row["workspace_id"] ?? null,
    requests: Number(row["requests"]),
    promptTokens: Number(row["prompt_tokens"]),
    completionTokens: Number(row["completion_tokens"]),
    reasoningTokens: Number(row["reasoning_tokens"]),
    charge: picodollars(BigInt(row["charge"] ?? 0)),
  }));
}
