// Several gateways and one worker, real processes on one database, each gateway on a port of its own, before
// one scripted provider. Smaller than an installation: nobody starts again what dies, and Postgres may be taken away.

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
import { reconcile } from "#control/credits/reconcile.ts";
import { waitForGateways } from "#control/gateways.ts";
import { installQueues } from "#control/jobs/queue.ts";
import { mintKey, type MintKeyInput } from "#control/keys/mint-key.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { openClient, type Sql } from "#schema/client.ts";
import { type Database, openDatabase } from "#schema/database.ts";
import { mintId, type AllowanceId, type OrganizationId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { parseDollars, parsePerMillion } from "#schema/money/amount.ts";
import type { AllowanceSubject, AllowanceUnit, AllowanceWindow } from "#schema/bounds.ts";
import { ask, type ClientAnswer } from "#test/doubles/client.ts";
import { startUpstream, type Upstream, type UpstreamHandler } from "#test/doubles/upstream.ts";
import { until } from "./installation.ts";
import { freePort } from "#test/free-port.ts";

const gatewayProgram = join(import.meta.dirname, "../../data-plane/main.ts");
const workerProgram = join(import.meta.dirname, "../../control-plane/worker.ts");
const masterKey = "ab".repeat(32);
const settledMsMax = 10_000;

export type Bounded = {
  organization: OrganizationId;
  subject: AllowanceSubject;
  subjectId: string;
  unit: AllowanceUnit;
  window: AllowanceWindow;
  /** Empty: every request. */
  scope?: string;
  limit: bigint | null;
};

export type Fleet = {
  upstream: Upstream;
  db: Database;
  sql: Sql;
  /** The ports that gateways answer on. */
  ports: readonly number[];
  organization: (dollars: string) => Promise<OrganizationId>;
  /** A new inference key; in force when this resolves. */
  key: (
    organization: OrganizationId,
    more?: Partial<MintKeyInput>,
  ) => Promise<{ id: string; key: string; hash: string }>;
  /**
   * A model at USD a request and a million output tokens; the prompt is free. With a price a request alone what is held
   * is what is charged. `upstreamModel` is a script of the double.
   */
  model: (
    id: string,
    price: { request?: string; output?: string },
    upstreamModel?: string,
  ) => Promise<void>;
  /** Makes an allowance, or changes its limit; in force when this resolves. */
  bound: (of: Bounded) => Promise<AllowanceId>;
  settled: (sequence: number) => Promise<void>;
  chat: (port: number, key: string, body: object) => Promise<ClientAnswer>;
  /** Everything that `reconcile` finds to differ. */
  differences: () => Promise<string[]>;
  /** SIGTERM to all gateways; resolves when they have ended. */
  drain(): Promise<void>;
  /** What gateways and worker wrote. */
  output: () => string;
  close(): Promise<void>;
};

/** Starts it on a migrated database and waits until every gateway is ready. @throws with what they wrote otherwise. */
export async function startFleet(options: {
  databaseUrl: string;
  gateways: number;
  handler?: UpstreamHandler;
}): Promise<Fleet> {
  const { databaseUrl } = options;
  await installQueues(databaseUrl);
  const opened = openDatabase(databaseUrl, { connectionsMax: 4, name: "fleet" });
  const { db } = opened;
  const sql = openClient(databaseUrl, { connectionsMax: 2, name: "fleet watcher" });
  const upstream = await startUpstream(options.handler);
  const folder = mkdtempSync(join(tmpdir(), "turnpike-fleet-"));
  const provider = await connectProvider(
    db,
    {
      slug: "mill",
      name: "Mill",
      protocol: "openai-chat",
      baseUrl: upstream.url,
      key: "sk-upstream",
      allowPrivateNetwork: true,
      flags: {},
    },
    masterKey,
  );

  let output = "";
  const children: ChildProcess[] = [];
  const start = (name: string, program: string, settings: Record<string, string>) => {
    const child = spawn(process.execPath, [program], {
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: databaseUrl,
        DATA_DIR: folder,
        MASTER_KEY: masterKey,
        HOST: "127.0.0.1",
        CONTROL_URL: "http://127.0.0.1:9",
        ...settings,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text.replace(/^(?=.)/gm, `${name} `);
      });
    children.push(child);
    return child;
  };
  const killAll = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  process.once("exit", killAll);

  const ports: number[] = [];
  const gateways: ChildProcess[] = [];
  for (let at = 1; at <= options.gateways; at++) {
    const port = await freePort();
    const name = `gateway-${at}`;
    ports.push(port);
    gateways.push(
      start(name, gatewayProgram, {
        PORT: String(port),
        GATEWAY_NAME: name,
        DURABILITY: "process",
        DRAIN_SECONDS: "10",
      }),
    );
  }
  start("worker", workerProgram, {});
  const ready = async (port: number) =>
    (await ask(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200;
  for (const port of ports)
    await until(() => ready(port), `the gateway on ${port} is ready`, 30_000).catch((cause) => {
      throw new Error(`A gateway did not start:\n${output}`, { cause });
    });

  let organizations = 0;
  const settled = async (sequence: number) => {
    const { waiting } = await waitForGateways(db, sequence, settledMsMax);
    if (waiting.length > 0)
      throw new Error(`${waiting.join(", ")} did not take in change ${sequence}`);
  };
  const drain = async () => {
    await Promise.all(gateways.map((child) => end(child, "SIGTERM")));
  };
  return {
    upstream,
    db,
    sql,
    ports,
    settled,
    drain,
    output: () => output,
    organization: (dollars) =>
      db.transaction(async (tx) => {
        const { id } = await createOrganization(tx, { slug: `o-${++organizations}`, name: "O" });
        if (dollars !== "0")
          await grantCredits(tx, {
            organizationId: id,
            amount: parseDollars(dollars),
            actor: "test",
          });
        return id;
      }),
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
    async model(id, { request = "0", output: perMillion = "0" }, upstreamModel = "ok") {
      const sequence = await db.transaction(async (tx) => {
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
          providerId: provider.id,
          upstreamModel,
          cancellable: true,
        });
        const line = (meter: "input" | "output" | "request", dollars: string) => ({
          meter,
          perUnit: meter === "request" ? parseDollars(dollars) : parsePerMillion(dollars),
          aboveInputTokens: 0,
        });
        await publishPrice(tx, {
          endpointId,
          side: "charge",
          lines: [line("input", "0"), line("output", perMillion), line("request", request)],
          effectiveAt: new Date(Date.now() - 1_000),
          publishedBy: "test",
        });
        return recordChange(tx, "catalogue", id);
      });
      await settled(sequence);
    },
    async bound({ organization, subject, subjectId, unit, window, scope = "", limit }) {
      const [row] = await sql<{ id: AllowanceId }[]>`
        insert into allowances (id, organization_id, subject_kind, subject_id, unit, window_kind, scope, limit_amount)
        values (${mintId("allowance")}, ${organization}, ${subject}, ${subjectId}, ${unit}, ${window}, ${scope},
          ${limit === null ? null : limit.toString()}::numeric)
        on conflict (subject_kind, subject_id, unit, window_kind, scope) do update set limit_amount = excluded.limit_amount, origin = 'set'
        returning id`;
      if (!row) throw new Error("the allowance was not written");
      await settled(await db.transaction((tx) => recordChange(tx, "organization", organization)));
      return row.id;
    },
    chat: (port, key, body) =>
      ask(`http://127.0.0.1:${port}/api/v1/chat/completions`, {
        method: "POST",
        body: { messages: [{ role: "user", content: "hi" }], ...body },
        headers: { authorization: `Bearer ${key}` },
      }),
    async differences() {
      const { checks } = await reconcile(db);
      return checks.flatMap((check) => check.differences.map((line) => `${check.name}: ${line}`));
    },
    async close() {
      await drain();
      await Promise.all(children.map((child) => end(child, "SIGKILL")));
      process.off("exit", killAll);
      await upstream.close();
      await sql.end({ timeout: 1 });
      await opened.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await exited;
  clearTimeout(timer);
}
