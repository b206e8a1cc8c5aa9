// Under load, everything is killed once with SIGKILL: a gateway, the control plane, Postgres, and at last
// the supervisor. After the next start, what clients were answered and what is booked agree.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isAlive } from "#control/start/live-process.ts";
import { generationIdOf } from "#schema/ids.ts";
import { formatDollars } from "#schema/money/amount.ts";
import type { ClientAnswer } from "#test/doubles/client.ts";
import { differences, kill, played, startInstallation, until } from "./installation.ts";

const clients = 4;
const openStreams = 12;
const longStream = "slow-50-chunks-60-p31-c64"; // 3 s: long enough for notes of its progress
const requests = [
  { script: "ok-p11-c7", stream: false },
  { script: "ok-p211-c37-k100", stream: true },
  { script: "slow-20-chunks-20-p31-c24", stream: true },
  { script: "wait-300-p5-c3", stream: false },
];

type Received = { id: string; cost: number };

const installation = await startInstallation({
  models: [...requests.map(({ script }) => played(script)), played(longStream)],
  credits: "1000.00",
});
const { acme, sql } = installation;
/** Whole answers, as clients saw them. */
const received: Received[] = [];
let broken = 0;
let asked = 0;
let leaving = false;

const restart = suite("restart");
restart.after(() => installation.close());
const looping = Array.from({ length: clients }, loop);

for (const { name, pidOf } of [
  { name: "a gateway", pidOf: () => installation.processes().gateways[0] ?? null },
  { name: "the control plane", pidOf: () => installation.processes().controlPlane[0] ?? null },
  { name: "Postgres", pidOf: () => installation.processes().postgres },
]) {
  restart(
    `${name} is killed under load, and is back while clients go on being answered`,
    async () => {
      await answers(20);
      // Whichever gateway it is, some of these are its own.
      const streams = await Promise.all(Array.from({ length: openStreams }, openStream));
      const pid = pidOf();
      if (pid === null) throw new Error(`${name} does not run`);
      kill(pid, "SIGKILL");
      await until(() => !isAlive(pid), `${name} is gone`);
      await until(() => {
        const now = pidOf();
        const { gateways, controlPlane, postgres } = installation.processes();
        return (
          now !== pid && gateways.length === 2 && controlPlane.length === 1 && postgres !== null
        );
      }, `${name} is back`);
      await answers(20);
      await Promise.all(streams.map((stream) => stream.rest()));
    },
  );
}

restart("the supervisor is killed under load, and its gateways and control plane end", async () => {
  await answers(20);
  kill(installation.supervisor(), "SIGKILL");
  await until(() => {
    const { gateways, controlPlane } = installation.processes();
    return gateways.length + controlPlane.length === 0;
  }, "its children have ended");
  leaving = true;
  await Promise.all(looping);
});

restart("it starts again on the same folder, and closes what dead gateways left", async () => {
  await installation.start();
  assert.is((await installation.chat("acme/ok-p11-c7")).status, 200);
  await until(
    async () => {
      const gateways = await sql<
        { pid: number }[]
      >`select pid from gateways where state = 'living'`;
      const alive = installation.processes().gateways;
      return gateways.every(({ pid }) => alive.includes(pid));
    },
    "every dead gateway is closed, and its leases are returned",
    40_000, // a killed worker's batch is worked again after 35 s at most
  );
  const held = await sql`
    select l.gateway_id from leases l join gateways g on g.id = l.gateway_id
     where g.state <> 'living' and l.amount <> 0`;
  assert.is(held.length, 0);
});

restart(
  "every answer that a client got whole is booked once, at the cost it was shown",
  async () => {
    assert.ok(received.length >= 100, `${received.length} answers`);
    const booked = await bookedCharges();
    const wrong = received.flatMap(({ id, cost }) => {
      const charges = booked.get(id) ?? [];
      const same = charges.length === 1 && Number(formatDollars(charges[0] ?? 0n)) === cost;
      return same ? [] : [`${id}: shown ${cost}, booked ${charges.join(", ") || "never"}`];
    });
    assert.equal(wrong, []);
  },
);

restart("no generation is booked twice", async () => {
  const twice = [...(await bookedCharges())].filter(([, charges]) => charges.length > 1);
  assert.equal(twice, []);
  const [row] = await sql<
    { count: number }[]
  >`select count(*)::int as count from posting_conflicts`;
  assert.is(row?.count, 0);
});

restart("everything that a provider was asked is booked", async () => {
  const rows = await sql<{ external_user: string | null }[]>`select external_user from generations`;
  const booked = new Map<string, number>();
  for (const { external_user: user } of rows)
    if (user !== null) booked.set(user, (booked.get(user) ?? 0) + 1);
  const missing = acme.requests.flatMap(({ body }) => {
    const { user } = body as { user?: string };
    return user === undefined || booked.get(user) === 1 ? [] : [`${user}: ${booked.get(user)}`];
  });
  assert.equal(missing, []);
});

restart(
  "a generation that its gateway did not live to end is charged no more than was delivered",
  async () => {
    const rows = await sql<{ charge: string; output: string; model_id: string }[]>`
    select charge, output, model_id from generations where outcome = 'recovered'`;
    assert.ok(rows.length > 0, "nothing was under way when a gateway was killed");
    for (const { output, charge } of rows) {
      assert.ok(Number(output) <= 64 * 2, output); // by our count of characters, which is coarse
      assert.is(BigInt(charge) > 0n, Number(output) > 0);
    }
  },
);

restart("the books reconcile with 0 differences", async () => {
  assert.equal(await differences(installation), []);
});

restart.run();

/** A stream that has begun. */
async function openStream(): Promise<ClientAnswer> {
  const user = `user-${asked++}`;
  const answer = await installation.chat(`acme/${longStream}`, { stream: true, user });
  await answer.next();
  return answer;
}

/** Sends one request after the other; whatever goes wrong, goes on. */
async function loop(): Promise<void> {
  while (!leaving) {
    const at = asked++;
    const { script, stream } = requests[at % requests.length] ?? { script: "", stream: false };
    try {
      const answer = await installation.chat(`acme/${script}`, { stream, user: `user-${at}` });
      const text = stream
        ? (await answer.rest()).map((event) => (event.kind === "data" ? event.data : "")).join("\n")
        : await answer.text();
      const cost = /"cost":([\d.e-]+)/.exec(text)?.[1];
      const whole = answer.status === 200 && answer.ending() === "clean" && cost !== undefined;
      if (whole)
        received.push({ id: String(answer.headers["x-generation-id"]), cost: Number(cost) });
      else broken += 1;
    } catch {
      broken += 1; // the connection was cut or refused; the load goes on
    }
    if (broken % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 20)); // no hot loop while nothing listens
  }
}

/** Resolves when clients have got so many more whole answers. */
function answers(more: number): Promise<void> {
  const enough = received.length + more;
  return until(() => received.length >= enough, `${more} more answers (${broken} were broken)`);
}

async function bookedCharges(): Promise<Map<string, bigint[]>> {
  const rows = await sql<{ id: string; charge: string }[]>`select id, charge from generations`;
  const booked = new Map<string, bigint[]>();
  for (const { id, charge } of rows) {
    const publicId = generationIdOf(id);
    booked.set(publicId, [...(booked.get(publicId) ?? []), BigInt(charge)]);
  }
  return booked;
}
