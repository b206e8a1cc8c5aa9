// The response cache of a real gateway process: it is there, it outlives the process, and it counts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ask } from "#test/doubles/client.ts";
import { smallGateway } from "../small-gateway.ts";

const gateway = await smallGateway();
const test = suite("a gateway's response cache");
test.after(() => gateway.close());
const model = await gateway.model("ok");
const { key, id: keyId } = await gateway.key(await gateway.organization("10"));
const caching = { "x-openrouter-cache": "true" };
const body = { model, messages: [{ role: "user", content: "hi" }] };

test("what is kept outlives the gateway, and hits are counted", async () => {
  const miss = await gateway.chat(key, body, caching);
  assert.is(miss.headers["x-openrouter-cache-status"], "MISS");
  await miss.text();
  const written = () =>
    gateway.db
      .$client`select from response_cache where key_id = ${keyId} and organization_id <> ''`;
  for (let tries = 0; (await written()).length === 0 && tries < 200; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await gateway.restart();
  const hit = await gateway.chat(key, body, caching);
  assert.is(hit.headers["x-openrouter-cache-status"], "HIT");
  assert.is(hit.headers["x-openrouter-cache-source-id"], miss.headers["x-generation-id"]);
  await hit.text();
  const [first, second] = await gateway.finals(2);
  assert.is(second?.responseCacheSource, first?.id);
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
