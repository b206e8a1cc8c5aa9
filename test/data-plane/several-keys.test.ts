// A real gateway and a provider that knows some keys and not others: the story of a request by several keys.
import { request as httpRequest, type ServerResponse } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { removeProviderKey } from "#control/catalogue/remove-provider-key.ts";
import { setProviderKey } from "#control/catalogue/set-provider-key.ts";
import { rotateMasterKey } from "#control/credentials/rotate-master-key.ts";
import { setProviderKeyWeight } from "#control/catalogue/set-provider-key-weight.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { seal } from "#schema/secrets.ts";
import { providerKeys, providers } from "#schema/tables/catalogue.ts";
import type { UpstreamRequest } from "#test/doubles/upstream.ts";
import type { UpstreamScript } from "#test/doubles/upstream-script.ts";
import { masterKey, smallGateway } from "./small-gateway.ts";

const refusals: Record<string, number> = { "sk-dead": 401, "sk-poor": 402, "sk-busy": 429 };
const seen: string[] = [];
let redirected = 0;
const nextMasterKey = "ef".repeat(32);
const gateway = await smallGateway(handle, {
  environment: { MASTER_KEY_ALSO: nextMasterKey },
});

function handle(
  request: UpstreamRequest,
  response: ServerResponse,
): Partial<UpstreamScript> | undefined {
  const key = String(request.headers.authorization ?? "").replace("Bearer ", "");
  seen.push(key);
  const { model } = request.body as { model?: string };
  if (model === "elsewhere") {
    redirected++;
    response.writeHead(307, { location: `${gateway.upstream.url}/chat/completions` }).end();
    return undefined;
  }
  const status = refusals[key];
  if (status === undefined) return {};
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message: "no", type: "refused" } }));
  return undefined;
}
const { db } = gateway;
const test = suite("several keys");
test.after(() => gateway.close());
const { key } = await gateway.key(await gateway.organization("10"));
const model = await gateway.model("plain");
const [mill] = await db.select().from(providers).where(eq(providers.slug, "mill"));
if (!mill) throw new Error("no provider");
const providerId = mill.id;

const change = async (work: (tx: typeof db) => Promise<{ sequence: number | null }>) => {
  const { sequence } = await db.transaction((tx) => work(tx as unknown as typeof db));
  if (sequence !== null) await gateway.settled(sequence);
};
const set = (name: string, secret: string, weight = 1) =>
  change((tx) => setProviderKey(tx, { providerId, name, key: secret, weight }, masterKey));
const remove = (name: string) => change((tx) => removeProviderKey(tx, { providerId, key: name }));
const ask = (id = model) =>
  gateway.chat(key, { model: id, messages: [{ role: "user", content: "hi" }] });

for (const [secret, word] of [
  ["sk-dead", "refused"],
  ["sk-poor", "out of money"],
  ["sk-busy", "at its rate"],
] as const) {
  test(`a key that is ${word} is followed by the provider's next, and benched: the client sees an answer`, async () => {
    await set("default", secret, 1_000_000);
    await set("second", "sk-live", 1);
    seen.length = 0;
    assert.is((await ask()).status, 200);
    assert.equal(seen, [secret, "sk-live"]);
    seen.length = 0;
    for (let times = 0; times < 5; times++) assert.is((await ask()).status, 200);
    assert.equal(new Set(seen), new Set(["sk-live"]), "nobody asks by a benched key");
    const finals = await gateway.finals(6);
    assert.equal(
      finals[0]?.attempts.map(({ status }) => status),
      [refusals[secret], 200],
    );
    await remove("second");
    await remove("default");
  });
}

test("calls are shared by weight, and a key of weight 0 gets none while another answers", async () => {
  await set("default", "sk-a", 1);
  await set("second", "sk-b", 3);
  await set("reserve", "sk-c", 0);
  seen.length = 0;
  for (let times = 0; times < 80; times++) await ask();
  const count = (secret: string) => seen.filter((each) => each === secret).length;
  assert.is(count("sk-c"), 0);
  assert.ok(count("sk-a") >= 6 && count("sk-a") <= 38, `${count("sk-a")} of 80 by a quarter`);
  assert.is(count("sk-a") + count("sk-b"), 80);
  await change((tx) => setProviderKeyWeight(tx, { providerId, key: "second", weight: 0 }));
  await change((tx) => setProviderKeyWeight(tx, { providerId, key: "default", weight: 5 }));
  seen.length = 0;
  for (let times = 0; times < 5; times++) await ask();
  assert.equal(new Set(seen), new Set(["sk-a"]));
  for (const name of ["second", "reserve"]) await remove(name);
});

test("a key that is not to be opened here takes only itself out, and the gateway says it is degraded", async () => {
  await set("second", "sk-b", 1_000_000);
  const other = "cd".repeat(32);
  await change(async (tx) => {
    await tx
      .update(providerKeys)
      .set({ sealedKey: seal("sk-b", "whatever", other) })
      .where(eq(providerKeys.name, "second"));
    return { sequence: await recordChange(tx, "catalogue", "") };
  });
  seen.length = 0;
  assert.is((await ask()).status, 200);
  assert.equal(seen, ["sk-a"]);
  const ready = await fetch(`http://127.0.0.1:${gateway.port}/readyz`);
  assert.is(ready.status, 200);
  assert.match(await ready.text(), /1 provider key\(s\) or rows cannot be used/);
  assert.match(gateway.log(), /key second of provider mill does not open/);
  await remove("second");
});

test("MASTER_KEY is rotated under load: no request fails, and what is sealed anew opens", async () => {
  let going = true;
  const answers: number[] = [];
  const clients = Array.from({ length: 4 }, async () => {
    while (going) answers.push((await ask()).status);
  });
  for (const masterKeys of [
    [nextMasterKey, masterKey],
    [masterKey, nextMasterKey],
  ] as const) {
    const before = answers.length;
    await change((tx) => rotateMasterKey(tx, masterKeys));
    while (answers.length < before + 20) await new Promise((resolve) => setImmediate(resolve));
  }
  going = false;
  await Promise.all(clients);
  assert.equal(new Set(answers), new Set([200]));
  assert.ok(answers.length >= 40, `${answers.length} requests`);
});

test("a base URL that was changed behind the commands gets no key", async () => {
  await change(async (tx) => {
    const baseUrl = gateway.upstream.url.replace("127.0.0.1", "localhost");
    await tx.update(providers).set({ baseUrl }).where(eq(providers.id, providerId));
    return { sequence: await recordChange(tx, "catalogue", "") };
  });
  seen.length = 0;
  const refused = await ask();
  assert.is(refused.status, 503);
  assert.match(await refused.text(), /none of this gateway's keys for it can be used/);
  assert.equal(seen, []);
  await change(async (tx) => {
    await tx
      .update(providers)
      .set({ baseUrl: gateway.upstream.url })
      .where(eq(providers.id, providerId));
    return { sequence: await recordChange(tx, "catalogue", "") };
  });
  assert.is((await ask()).status, 200);
});

test("a redirect is a failure, and is not followed", async () => {
  const id = await gateway.model("elsewhere");
  await change(async (tx) => ({ sequence: await recordChange(tx, "catalogue", "") }));
  redirected = 0;
  const answer = await ask(id);
  assert.ok(answer.status >= 500, String(answer.status));
  assert.ok(
    redirected >= 1 && redirected <= 2,
    "once, or once more as a retry here; never elsewhere",
  );
});

test("a picture by an address inside is the client's 400 where the provider wants the bytes, and nobody is asked", async () => {
  await change(async (tx) => {
    await tx
      .update(providers)
      .set({ flags: { remoteMedia: "inline" } })
      .where(eq(providers.id, providerId));
    return { sequence: await recordChange(tx, "catalogue", "") };
  });
  for (const url of [
    "http://169.254.169.254/a.png",
    "http://127.0.0.1/a.png",
    "https://[::1]/a.png",
  ]) {
    seen.length = 0;
    const answer = await gateway.chat(key, {
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "what is this?" },
            { type: "image_url", image_url: { url } },
          ],
        },
      ],
    });
    assert.is(answer.status, 400);
    assert.match(
      await answer.text(),
      /messages\[0\]\.content\[1\]\.image_url\.url: the address is inside a private network/,
    );
    assert.equal(seen, []);
  }
});

test("the check door asks by every key, shows a dry request without sending it, and wants its token", async () => {
  await set("second", "sk-dead");
  const file = join(gateway.dataDir, "gateways", "gateway-1.json");
  const { check, token } = JSON.parse(readFileSync(file, "utf8")) as {
    check: string;
    token: string;
  };
  const post = (body: object, shown = token) =>
    new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
      const call = httpRequest(
        check,
        { method: "POST", headers: { authorization: `Bearer ${shown}` } },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (piece: string) => (text += piece));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: JSON.parse(text) as Record<string, unknown>,
            }),
          );
        },
      );
      call.on("error", reject);
      call.end(JSON.stringify(body));
    });
  assert.is((await post({ provider: "mill" }, "0".repeat(64))).status, 403);
  assert.is((await post({ provider: "nobody" })).status, 404);
  seen.length = 0;
  const dry = await post({ provider: "mill", dry_run: true });
  assert.equal(seen, []);
  assert.is(dry.body["url"], `${gateway.upstream.url}/chat/completions`);
  assert.not.ok(JSON.stringify(dry.body).includes("sk-"));
  const real = await post({ provider: "mill", model });
  const keys = real.body["keys"] as { ok: boolean; failure: { kind: string } | null }[];
  assert.equal(keys.map(({ ok }) => String(ok)).toSorted(), ["false", "true"]);
  assert.is(keys.find(({ ok }) => !ok)?.failure?.kind, "auth");
  assert.equal(seen.toSorted(), ["sk-a", "sk-dead"]);
});

test.run();
