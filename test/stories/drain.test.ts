// SIGTERM while answers are under way: what was admitted is answered whole and booked, then all is gone.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startPostgres } from "#control/start/embedded-postgres.ts";
import { openClient } from "#schema/client.ts";
import { played, startInstallation } from "./installation.ts";

const slow = "slow-100-chunks-20-p11-c20";
const late = "wait-1200-p5-c3";
const installation = await startInstallation({ models: [played(slow), played(late)] });
const drain = suite("drain");
drain.after(() => installation.close());

drain("SIGTERM loses no request in flight, exits 0, and every answer is booked", async () => {
  const streams = await Promise.all(
    Array.from({ length: 6 }, () => installation.chat(`acme/${slow}`, { stream: true })),
  );
  for (const stream of streams) await stream.next();
  const whole = Array.from({ length: 4 }, () => installation.chat(`acme/${late}`));
  await installation.acme.whenRequested(streams.length + whole.length);

  const stopped = installation.stop();
  for (const stream of streams) {
    const events = (await stream.rest()).flatMap((event) =>
      event.kind === "data" ? [event.data] : [],
    );
    assert.is(stream.ending(), "clean");
    assert.is(events.at(-1), "[DONE]");
    assert.match(events.at(-2) ?? "", '"completion_tokens":20');
  }
  for (const asked of whole) {
    const answer = await asked;
    assert.is(answer.status, 200);
    assert.match(await answer.text(), '"completion_tokens":3');
  }
  assert.is(await stopped, 0, installation.output());
  const { controlPlane, gateways, postgres } = installation.processes();
  assert.equal([controlPlane, gateways, postgres], [[], [], null]);

  const database = await startPostgres({ dataDir: installation.dataDir });
  const sql = openClient(database.url, { connectionsMax: 1, name: "story" });
  const booked = await sql<{ outcome: string; count: number; leases: number }[]>`
    select outcome, count(*)::int as count, (select count(*)::int from leases where amount <> 0) as leases
      from generations group by outcome`;
  await sql.end();
  await database.stop();
  assert.equal([...booked], [{ outcome: "complete", count: 10, leases: 0 }]);
});

drain.run();
