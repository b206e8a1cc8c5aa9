// An installation without processes: a database, two organizations with keys and credit, a provider, two models.

import { openDatabase, type Database } from "#schema/database.ts";
import {
  mintGenerationId,
  type OrganizationId,
  type ProviderId,
  type WorkspaceId,
} from "#schema/ids.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { parseDollars, parsePerMillion } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { connectProvider } from "#control/catalogue/connect-provider.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import type { Runtime } from "#control/runtime.ts";
import { testDatabase } from "#test/database.ts";

export type SmallOrganization = {
  id: OrganizationId;
  workspaceId: WorkspaceId;
  slug: string;
  /** Secrets, and the ids that go with them. */
  inference: { id: string; key: string };
  management: { id: string; key: string };
};
export type SmallInstallation = {
  databaseUrl: string;
  runtime: Runtime;
  acme: SmallOrganization;
  globex: SmallOrganization;
  /** A management key of an operator, in an organization of its own. */
  operatorKey: string;
  providerId: ProviderId;
  /** A usage record of an organization, ready to be booked; `changes` say what is special about it. */
  record: (of: SmallOrganization, changes?: Partial<UsageRecord> & { at?: Date }) => UsageRecord;
  book: (...records: UsageRecord[]) => Promise<void>;
  close(): Promise<void>;
};

export async function smallInstallation(): Promise<SmallInstallation> {
  const database = await testDatabase();
  const opened = openDatabase(database.url, { connectionsMax: 4, name: "test" });
  const { db } = opened;
  const masterKey = "ab".repeat(32);
  const runtime: Runtime = {
    db,
    analytics: db,
    masterKey,
    origin: "http://127.0.0.1:4000",
    now: () => new Date(),
  };
  const acme = await openOrganization(db, "acme");
  const globex = await openOrganization(db, "globex");
  const house = await createOrganization(db, { slug: "house", name: "House" });
  const operator = await mintKey(db, {
    organizationId: house.id,
    kind: "management",
    role: "operator",
    name: "operator",
    limit: null,
    limitReset: null,
    expiresAt: null,
  });
  const provider = await connectProvider(
    db,
    {
      slug: "mill",
      name: "Mill",
      protocol: "openai-chat",
      baseUrl: "http://127.0.0.1:9/v1",
      key: "sk-upstream",
      allowPrivateNetwork: true,
      flags: {},
    },
    masterKey,
  );
  await addModel(db, provider.id, "acme/big-1", [
    line("input", "1.00"),
    line("output", "2.00"),
    line("cache_read", "0.10"),
    line("input", "2.00", 200_000),
    line("output", "4.00", 200_000),
  ]);
  await addModel(db, provider.id, "acme/small-1", [line("input", "0.05"), line("output", "0.10")]);

  return {
    databaseUrl: database.url,
    runtime,
    acme,
    globex,
    operatorKey: operator.key,
    providerId: provider.id,
    record: (of, changes) => recordOf(of, provider.id, changes),
    book: async (...records) => {
      await db.transaction((tx) => postGenerations(tx, records));
    },
    close: async () => {
      await opened.close();
      await database.close();
    },
  };
}

async function openOrganization(db: Database, slug: string): Promise<SmallOrganization> {
  return db.transaction(async (tx) => {
    const { id, workspaceId } = await createOrganization(tx, { slug, name: slug });
    await grantCredits(tx, { organizationId: id, amount: parseDollars("25"), actor: "test" });
    const inference = await mintKey(tx, {
      organizationId: id,
      kind: "inference",
      name: "app",
      limit: parseDollars("5"),
      limitReset: "daily",
      expiresAt: null,
    });
    const management = await mintKey(tx, {
      organizationId: id,
      kind: "management",
      role: "owner",
      name: "owner",
      limit: null,
      limitReset: null,
      expiresAt: null,
    });
    return { id, workspaceId, slug, inference, management };
  });
}

async function addModel(
  db: Database,
  providerId: ProviderId,
  id: string,
  lines: PriceLine[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await putModel(tx, {
      id,
      name: `Name of ${id}`,
      contextLength: 131_072,
      maxOutputTokens: 8192,
      inputModalities: ["text"],
      outputModalities: ["text"],
      supportedParameters: ["temperature", "tools", "tool_choice"],
    });
    const endpoint = await putEndpoint(tx, { modelId: id, providerId, upstreamModel: id });
    await publishPrice(tx, {
      endpointId: endpoint.id,
      side: "charge",
      lines,
      effectiveAt: new Date(Date.now() - 1000),
      publishedBy: "test",
    });
  });
}

const line = (meter: PriceLine["meter"], perMillion: string, aboveInputTokens = 0): PriceLine => ({
  meter,
  perUnit: parsePerMillion(perMillion),
  aboveInputTokens,
});

let sequence = 0;

function recordOf(
  of: SmallOrganization,
  providerId: ProviderId,
  { at = new Date(), ...changes }: Partial<UsageRecord> & { at?: Date } = {},
): UsageRecord {
  return {
    id: mintGenerationId(at.getTime()),
    gateway: "gw_test",
    sequence: ++sequence,
    organization: of.id,
    workspace: of.workspaceId,
    key: of.inference.id,
    app: "",
    referer: null,
    externalUser: null,
    session: null,
    userAgent: "test",
    requestedModel: "acme/big-1",
    model: "acme/big-1",
    endpoint: "ep_test",
    provider: "mill",
    providerId,
    streamed: true,
    cancelled: false,
    outcome: "complete",
    finishReason: "stop",
    nativeFinishReason: "stop",
    upstreamId: "up-1",
    error: null,
    counts: { input: "100", cache_read: "20", output: "30", reasoning: "5" },
    usageSource: "reported",
    rawUsage: null,
    charge: "172000001", // an odd picodollar, which a float would lose
    cost: "90000000",
    chargePrice: null,
    costPrice: null,
    attempts: [
      {
        endpoint: "ep_test",
        provider: "mill",
        model: "acme/big-1",
        status: 200,
        failure: null,
        durationMs: 900,
      },
    ],
    admittedAt: at.toISOString(),
    firstTokenMs: 120,
    durationMs: 900,
    draws: [],
    ...changes,
  };
}
