// The response cache of a real gateway process: it is there, it outlives the process, and it counts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ask, type ClientAnswer } from "#test/doubles/client.ts";
import { smallGateway } from "../small-gateway.ts";

const gateway = await smallGateway();
const test = suite("a gateway's response cache");
test.after(() => gateway.close());
const model = await gateway.model("ok");
const { key, id: keyId } = await gateway.key(await gateway.organization("10"));
const caching = { "x-openrouter-cache": "true" };
const body = { model, messages: [{ role: "user", content: "hi" }] };

test("what is kept outlives the gateway, and hits are counted", async () => {
  const statusOf = ({ headers }: ClientAnswer) => headers["x-openrouter-cache-status"];
  const written = () =>
    gateway.db.execute(
      sql`select 1 from response_cache where key_id = ${keyId} and created_at > ${keptBefore.toISOString()}::timestamptz`,
    );
  let keptBefore = new Date(0);
  let asked = 1;
  let kept = await gateway.chat(key, body, caching);
  assert.is(statusOf(kept), "MISS");
  await kept.text();
  // On a machine that is very busy Postgres may take too long, which is a miss: then the new answer is asked for.
  for (; ; asked++) {
    for (let tries = 0; (await written()).length === 0 && tries < 200; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    keptBefore = new Date();
    await gateway.restart();
    const answer = await gateway.chat(key, body, caching);
    await answer.text();
    if (statusOf(answer) === "HIT") {
      assert.is(answer.headers["x-openrouter-cache-source-id"], kept.headers["x-generation-id"]);
      break;
    }
    assert.ok(asked < 5, gateway.log());
    kept = answer;
  }
  const given = (await gateway.finals(asked + 1)).filter((final) => final.responseCacheSource);
  assert.equal(
    given.map((final) => final.responseCacheSource),
    [kept.headers["x-generation-id"]],
  );
  const { metrics } = JSON.parse(
    readFileSync(join(gateway.dataDir, "gateways", "gateway-1.json"), "utf8"),
  ) as { metrics: string };
  const told = await (await ask(metrics)).text();
  assert.match(told, /turnpike_response_cache_hits_total\S* 1\n/);
  assert.match(told, /turnpike_response_cache_misses_total\S* 0\n/);
});

test("a browser may ask for caching, and may read what came of it", async () => {
  const url = `http://127.0.0.1:${gateway.port}/api/v1/chat/completions`;
  const allowed = await ask(url, { method: "OPTIONS", headers: { origin: "https://a.example" } });
  for (const name of ["x-openrouter-cache", "x-openrouter-cache-ttl", "x-openrouter-cache-clear"])
    assert.ok(String(allowed.headers["access-control-allow-headers"]).split(", ").includes(name));
  const answer = await gateway.chat(key, body, { ...caching, origin: "https://a.example" });
  assert.match(
    String(answer.headers["access-control-expose-headers"]),
    /x-openrouter-cache-status.*-age.*-ttl.*-source-id/,
  );
  await answer.text();
});

test.run();
