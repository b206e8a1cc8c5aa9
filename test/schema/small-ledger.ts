// A database with organizations, providers, allowances and gateways, as far as the ledger needs them.
import { randomUUID } from "node:crypto";
import type { Sql } from "#schema/client.ts";
import { openClient } from "#schema/client.ts";
import { openDatabase, type Database } from "#schema/database.ts";
import {
  type AllowanceId,
  type GatewayId,
  mintGenerationId,
  mintId,
  type OrganizationId,
  type ProviderId,
} from "#schema/ids.ts";
import { accountOf } from "#schema/ledger/move-money.ts";
import type { AllowanceWindow } from "#schema/bounds.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { testDatabase } from "#test/database.ts";

export const epoch = new Date(0);

export type SmallLedger = {
  url: string;
  client: Sql;
  db: Database;
  organization: () => Promise<OrganizationId>;
  provider: () => Promise<ProviderId>;
  gateway: () => Promise<GatewayId>;
  /** An allowance of picodollars; `limit` null is unbounded. */
  allowance: (
    limit: bigint | null,
    of?: { organization?: OrganizationId; window?: AllowanceWindow },
  ) => Promise<AllowanceId>;
  use: (allowance: AllowanceId, windowStart?: Date) => Promise<{ used: bigint; leased: bigint }>;
  /** The sum of what gateways hold of an allowance, by the leases themselves. */
  held: (allowance: AllowanceId) => Promise<bigint>;
  balance: (of: {
    kind: string;
    organization?: OrganizationId;
    provider?: ProviderId;
  }) => Promise<bigint>;
  /** Sum of all balances, and number of transfers whose entries do not sum to zero or that are not two. */
  books: () => Promise<{ balances: bigint; unbalanced: number }>;
  close(): Promise<void>;
};

export async function smallLedger(options: { connectionsMax?: number } = {}): Promise<SmallLedger> {
  const database = await testDatabase();
  const { connectionsMax = 8 } = options;
  const client = openClient(database.url, { connectionsMax, name: "test" });
  const opened = openDatabase(database.url, { connectionsMax, name: "test ledger" });
  const { db } = opened;
  const slug = () => `s-${randomUUID()}`;

  const ledger: SmallLedger = {
    url: database.url,
    client,
    db,
    async organization() {
      const id = mintId("organization");
      await client`insert into organizations (id, slug, name) values (${id}, ${slug()}, 'O')`;
      await accountOf(db, { kind: "credit", organizationId: id });
      return id;
    },
    async provider() {
      const id = mintId("provider");
      await client`insert into providers (id, slug, name, protocol, base_url) values (${id}, ${slug()}, 'P', 'openai-chat', 'http://127.0.0.1:9')`;
      return id;
    },
    async gateway() {
      const id = mintId("gateway");
      await client`insert into gateways (id, name, host, pid) values (${id}, 'gateway-1', 'test', 1)`;
      return id;
    },
    async allowance(limit, of = {}) {
      const id = mintId("allowance");
      const organization = of.organization ?? (await ledger.organization());
      await client`insert into allowances (id, organization_id, subject_kind, subject_id, unit, window_kind, limit_amount)
        values (${id}, ${organization}, 'organization', ${id}, 'picodollars', ${of.window ?? "lifetime"}, ${limit === null ? null : limit.toString()}::numeric)`;
      return id;
    },
    async use(allowance, windowStart = epoch) {
      const [row] = await client<{ used: string; leased: string }[]>`
        select used, leased from allowance_uses where allowance_id = ${allowance} and window_start = ${windowStart.toISOString()}::text::timestamptz`;
      return { used: BigInt(row?.used ?? 0), leased: BigInt(row?.leased ?? 0) };
    },
    async held(allowance) {
      const [row] = await client<
        { held: string }[]
      >`select coalesce(sum(amount), 0) as held from leases where allowance_id = ${allowance}`;
      return BigInt(row?.held ?? 0);
    },
    async balance({ kind, organization = null, provider = null }) {
      const [row] = await client<{ balance: string }[]>`
        select balance from accounts where kind = ${kind} and organization_id is not distinct from ${organization} and provider_id is not distinct from ${provider}`;
      return BigInt(row?.balance ?? 0);
    },
    async books() {
      const [sums] = await client<{ balances: string; unbalanced: string }[]>`
        select (select coalesce(sum(balance), 0) from accounts) as balances,
          (select count(*) from (select 1 from entries group by transfer_id having sum(amount) <> 0 or count(*) <> 2) t) as unbalanced`;
      return { balances: BigInt(sums?.balances ?? 0), unbalanced: Number(sums?.unbalanced ?? 0) };
    },
    async close() {
      await client.end();
      await opened.close();
      await database.close();
    },
  };
  return ledger;
}

let sequence = 0;

/** A usage record, complete but for what `changes` say. */
export function usageOf(
  of: { organization: OrganizationId; provider: ProviderId | null; gateway?: GatewayId },
  changes: Partial<UsageRecord> = {},
): UsageRecord {
  const at = new Date("2026-11-25T13:00:00.000Z");
  return {
    id: mintGenerationId(at.getTime()),
    gateway: of.gateway ?? "gw_none",
    sequence: ++sequence,
    organization: of.organization,
    workspace: "ws_test",
    key: "key_test",
    app: "",
    referer: null,
    externalUser: null,
    session: null,
    userAgent: null,
    requestedModel: "acme/big-1",
    model: "acme/big-1",
    endpoint: "ep_test",
    provider: of.provider === null ? null : "p",
    providerId: of.provider,
    streamed: false,
    cancelled: false,
    outcome: "complete",
    finishReason: "stop",
    nativeFinishReason: "stop",
    upstreamId: null,
    error: null,
    counts: { input: "100", cache_read: "20", output: "30", reasoning: "5" },
    usageSource: "reported",
    rawUsage: null,
    charge: "3600000",
    cost: "1800000",
    chargePrice: null,
    costPrice: null,
    attempts: [],
    admittedAt: at.toISOString(),
    firstTokenMs: null,
    durationMs: 10,
    draws: [],
    ...changes,
  };
}
