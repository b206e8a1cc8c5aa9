// One real gateway process on a database of its own, before a provider that misbehaves by the model's name.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectProvider } from "#control/catalogue/connect-provider.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { waitForGateways } from "#control/gateways.ts";
import { mintKey, type MintKeyInput } from "#control/keys/mint-key.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { type Database, openDatabase } from "#schema/database.ts";
import type { OrganizationId, ProviderId } from "#schema/ids.ts";
import type { Meter } from "#schema/meters.ts";
import { parseDollars, parsePerMillion } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { usageRecord, type UsageRecord } from "#schema/usage-record.ts";
import { testDatabase } from "#test/database.ts";
import { ask, type ClientAnswer } from "#test/doubles/client.ts";
import { startUpstream, type Upstream, type UpstreamHandler } from "#test/doubles/upstream.ts";
import { installQueues } from "#control/jobs/queue.ts";
import { readFileSync, readdirSync } from "node:fs";
import { decodeRecords, segmentHeader } from "#schema/spool/segment.ts";
import { freePort } from "#test/free-port.ts";

const main = join(import.meta.dirname, "../../data-plane/main.ts");
export const masterKey = "ab".repeat(32);
/** Dollars per million tokens; the double reports 9 and 4 tokens unless its name says otherwise. */
export const inputPerMillion = 1n;
export const outputPerMillion = 2n;

export type SmallGateway = {
  port: number;
  upstream: Upstream;
  db: Database;
  /** The one that runs now. */
  process: ChildProcess;
  databaseUrl: string;
  dataDir: string;
  /** A new life on the same folder; the old one is killed if it still runs. */
  restart: () => Promise<void>;
  /** What it wrote to standard error so far. */
  log: () => string;
  organization: (dollars: string) => Promise<OrganizationId>;
  /** A new inference key, in force. */
  key: (
    organizationId: OrganizationId,
    more?: Partial<MintKeyInput>,
  ) => Promise<{ id: string; key: string; hash: string }>;
  /** A model `acme/<script>` that the double plays, at one endpoint, at a price of our own or of `charge`; `cost` is what we pay. */
  model: (
    script: string,
    more?: {
      id?: string;
      provider?: string;
      cancellable?: boolean;
      charge?: readonly PriceLine[];
      cost?: readonly PriceLine[];
    },
  ) => Promise<string>;
  provider: (
    slug: string,
    baseUrl: string,
    more?: { protocol?: WireProtocolName; key?: string; flags?: Record<string, unknown> },
  ) => Promise<void>;
  providerId: (slug: string) => ProviderId;
  settled: (sequence: number) => Promise<void>;
  chat: (
    key: string,
    body: object | string | Buffer,
    headers?: Record<string, string>,
  ) => Promise<ClientAnswer>;
  /** The finals in the spool, oldest first; resolves once there are so many. */
  finals: (count: number) => Promise<UsageRecord[]>;
  close(): Promise<void>;
};

/** One price of a list, in USD per million tokens. */
export const priceLine = (
  meter: Meter,
  perMillion: string,
  more: Omit<Partial<PriceLine>, "meter" | "perUnit"> = {},
): PriceLine => ({ meter, perUnit: parsePerMillion(perMillion), aboveInputTokens: 0, ...more });

/** `handler` answers for the provider, or says what the double plays. */
export async function smallGateway(
  handler?: UpstreamHandler,
  options: { dataDir?: string; environment?: Record<string, string> } = {},
): Promise<SmallGateway> {
  const database = await testDatabase();
  await installQueues(database.url);
  const { db, close: closeDatabase } = openDatabase(database.url, {
    connectionsMax: 4,
    name: "test",
  });
  const upstream = await startUpstream(handler);
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "turnpike-gateway-"));
  const port = await freePort();
  const providers = new Map<string, Awaited<ReturnType<typeof connectProvider>>>();
  const settled = async (sequence: number) => {
    const { waiting } = await waitForGateways(db, sequence, 5_000);
    if (waiting.length > 0)
      throw new Error(`${waiting.join(", ")} did not take in change ${sequence}`);
  };
  let organizations = 0;
  let finalsBefore = 0;

  let log = "";
  const start = (): ChildProcess => {
    const started = spawn(process.execPath, [main], {
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        MASTER_KEY: masterKey,
        PORT: String(port),
        HOST: "127.0.0.1",
        CONTROL_URL: "http://127.0.0.1:9",
        GATEWAY_NAME: "gateway-1",
        DURABILITY: "process",
        DRAIN_SECONDS: "2",
        ...options.environment,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    started.stderr?.on("data", (text: Buffer) => {
      log += String(text);
    });
    process.on("exit", () => started.kill("SIGKILL"));
    return started;
  };
  let child = start();

  const gateway: SmallGateway = {
    port,
    upstream,
    db,
    databaseUrl: database.url,
    dataDir,
    get process() {
      return child;
    },
    async restart() {
      const exited =
        child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
      child.kill("SIGKILL");
      await exited;
      child = start();
      await untilReady(port, child, () => log);
    },
    settled,
    log: () => log,
    async organization(dollars) {
      return db.transaction(async (tx) => {
        const { id } = await createOrganization(tx, { slug: `o-${++organizations}`, name: "O" });
        if (dollars !== "0")
          await grantCredits(tx, {
            organizationId: id,
            amount: parseDollars(dollars),
            actor: "test",
          });
        return id;
      });
    },
    async key(organizationId, more = {}) {
      const minted = await db.transaction((tx) =>
        mintKey(tx, {
          organizationId,
          kind: "inference",
          name: "k",
          limit: null,
          limitReset: null,
          expiresAt: null,
          ...more,
        }),
      );
      await settled(minted.sequence);
      return minted;
    },
    async provider(slug, baseUrl, more = {}) {
      const connected = await connectProvider(
        db,
        {
          slug,
          name: slug,
          protocol: more.protocol ?? "openai-chat",
          baseUrl,
          key: more.key ?? "sk-upstream-secret-of-ours",
          allowPrivateNetwork: true,
          flags: more.flags ?? { firstContentTimeoutMs: 400 },
        },
        masterKey,
      );
      providers.set(slug, connected);
    },
    providerId(slug) {
      const known = providers.get(slug);
      if (!known) throw new Error(`no provider ${slug}`);
      return known.id;
    },
    async model(script, more = {}) {
      const { id = `acme/${script}`, provider = "mill", cancellable = true } = more;
      const providerId = gateway.providerId(provider);
      await db.transaction(async (tx) => {
        await putModel(tx, {
          id,
          name: id,
          contextLength: 20_000,
          maxOutputTokens: 1_000,
          inputModalities: ["text"],
          outputModalities: ["text"],
          supportedParameters: [],
        });
        const { id: endpointId } = await putEndpoint(tx, {
          modelId: id,
          providerId,
          upstreamModel: script,
          cancellable,
        });
        const charge = more.charge ?? [
          priceLine("input", String(inputPerMillion)),
          priceLine("output", String(outputPerMillion)),
        ];
        for (const [side, lines] of [
          ["charge", charge],
          ["cost", more.cost ?? []],
        ] as const)
          if (lines.length > 0)
            await publishPrice(tx, {
              endpointId,
              side,
              lines,
              effectiveAt: new Date(Date.now() - 1_000),
              publishedBy: "test",
            });
      });
      return id;
    },
    chat: (key, body, headers = {}) =>
      ask(`http://127.0.0.1:${port}/api/v1/chat/completions`, {
        method: "POST",
        body,
        headers: { authorization: `Bearer ${key}`, ...headers },
      }),
    async finals(count) {
      for (let tries = 0; ; tries++) {
        const all = finalsIn(join(dataDir, "spool", "gateway-1"));
        if (all.length >= finalsBefore + count) {
          const fresh = all.slice(finalsBefore);
          finalsBefore = all.length;
          return fresh;
        }
        if (tries > 200)
          throw new Error(`${all.length - finalsBefore} of ${count} generations were settled`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async close() {
      const exited = child.exitCode === null ? once(child, "exit") : null;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await exited;
      clearTimeout(timer);
      await upstream.close();
      await closeDatabase();
      await database.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  await gateway.provider("mill", upstream.url);
  await untilReady(port, child, () => log);
  return gateway;
}

async function untilReady(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`the gateway ended: ${log()}`);
    const answer = await ask(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the gateway is not ready: ${log()}`);
}

function finalsIn(folder: string): UsageRecord[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".spool"))
    .toSorted()
    .flatMap(
      (name) =>
        decodeRecords(readFileSync(join(folder, name)).subarray(segmentHeader.length), 0).records,
    )
    .filter((record) => record.type === "final")
    .map((record) => usageRecord.parse(JSON.parse(record.payload.toString("utf8"))));
}
