// A gateway from outside: what clients and providers may do wrong, and that it is told as what it is and never stops the process.
import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { revokeKey } from "#control/keys/revoke-key.ts";
import { updateKey } from "#control/keys/update-key.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { parseDollars } from "#schema/money/amount.ts";
import { mintKey as mintSecret } from "#schema/secrets.ts";
import { ask, type ClientAnswer } from "#test/doubles/client.ts";
import { smallGateway } from "./small-gateway.ts";

const gateway = await smallGateway();
const { db, port, upstream } = gateway;
const test = suite("gateway");
test.after(() => gateway.close());

const rich = await gateway.organization("1000");
const { key } = await gateway.key(rich);
await gateway.provider("nobody", "http://127.0.0.1:9/v1"); // the discard port: nobody listens
const scripts = [
  "ok",
  "ok-p100-c50",
  "reset",
  "hang",
  "status-429-retry-7",
  "status-500",
  "status-502-html",
  "status-400",
  "status-401",
  "status-402",
  "error-first",
  "cut-2",
  "cutrst-2",
  "error-event-2",
  "garbage-2",
  "slow-20-chunks-200",
  "empty-completion-c0",
  "no-usage",
  "no-done",
  "tool-call",
  "chunks-20000",
];
for (const script of scripts) await gateway.model(script);
await gateway.model("ok", { id: "acme/refused", provider: "nobody" });
await gateway.model("ok", { id: "acme/second", provider: "nobody" });
await gateway.model("slow-20-chunks-30", { id: "acme/not-cancellable", cancellable: false });
await gateway.settled(await db.transaction((tx) => recordChange(tx, "catalogue", "")));

const hello = { messages: [{ role: "user", content: "hi" }] };
const good = { model: "acme/ok", ...hello };
const url = `http://127.0.0.1:${port}/api/v1/chat/completions`;
type Told = {
  status: number;
  code: unknown;
  type: string | undefined;
  message: string;
  metadata: Record<string, unknown>;
  headers: ClientAnswer["headers"];
};

/** A refusal in the contract's shape (openrouter-api.md 3.3). */
async function told(answer: ClientAnswer): Promise<Told> {
  const { error } = (await answer.json()) as {
    error: { code: number; message: string; metadata: Record<string, unknown> };
  };
  assert.type(error.message, "string");
  assert.ok(Number.isInteger(error.code));
  assert.not(error.message.includes("    at "), "a stack trace is nobody's business");
  return {
    status: answer.status,
    code: error.code,
    type: error.metadata["error_type"] as string,
    message: error.message,
    metadata: error.metadata,
    headers: answer.headers,
  };
}
const alive = async () => assert.is((await ask(`http://127.0.0.1:${port}/healthz`)).status, 200);
const refused = async (
  answer: Promise<ClientAnswer>,
  status: number,
  type: string,
): Promise<Told> => {
  const refusal = await told(await answer);
  assert.equal(
    [refusal.status, refusal.code, refusal.type],
    [status, status, type],
    refusal.message,
  );
  await alive();
  return refusal;
};

test("a good request is answered in the contract's shape and charged what its usage costs", async () => {
  const answer = await gateway.chat(key, { ...good, model: "acme/ok-p100-c50" });
  assert.is(answer.status, 200);
  const body = (await answer.json()) as {
    id: string;
    model: string;
    usage: { prompt_tokens: number; completion_tokens: number; cost: number };
  };
  assert.match(body.id, /^gen-\d+-[\w-]{22}$/);
  assert.is(body.id, answer.headers["x-generation-id"]);
  assert.equal(
    [body.model, body.usage.prompt_tokens, body.usage.completion_tokens, body.usage.cost],
    ["acme/ok-p100-c50", 100, 50, 0.0002],
  );
  const [final] = await gateway.finals(1);
  assert.equal(
    [final?.id, final?.outcome, final?.charge, final?.usageSource],
    [body.id, "complete", "200000000", "reported"],
  );
});

// --- Who asks

const now = Date.now();
const withKey = (secret: string) => gateway.chat(secret, good);
for (const { name, headers } of [
  { name: "no key", headers: {} },
  { name: "an empty Authorization", headers: { authorization: "" } },
  { name: "another scheme", headers: { authorization: "Basic dXNlcjpwYXNz" } },
  { name: "Bearer and nothing", headers: { authorization: "Bearer " } },
  {
    name: "a key of somebody else",
    headers: { authorization: `Bearer sk-or-v1-${"a".repeat(64)}` },
  },
  {
    name: "a key with a typo",
    headers: { authorization: `Bearer ${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}` },
  },
  {
    name: "a key that was never minted",
    headers: { authorization: `Bearer ${mintSecret("inference").key}` },
  },
  {
    name: "a key that is 12,000 characters long",
    headers: { authorization: `Bearer ${"a".repeat(12_000)}` },
  },
]) {
  test(`${name} is a 401`, async () => {
    await refused(
      ask(url, { method: "POST", body: good, headers: headers as Record<string, string> }),
      401,
      "authentication",
    );
  });
}

test("a key in x-api-key is as good, and two different keys are a 400", async () => {
  assert.is((await ask(url, { body: good, headers: { "x-api-key": key } })).status, 200);
  await gateway.finals(1);
  await refused(
    gateway.chat(key, good, { "x-api-key": mintSecret("inference").key }),
    400,
    "invalid_request",
  );
});

test("a disabled key is a 401, and works again when it is enabled", async () => {
  const minted = await gateway.key(rich);
  const set = async (disabled: boolean) => {
    await db.transaction((tx) =>
      updateKey(tx, { organizationId: rich, idOrHash: minted.hash, disabled }),
    );
    await gateway.settled(await db.transaction((tx) => recordChange(tx, "key", minted.hash)));
  };
  assert.is((await withKey(minted.key)).status, 200);
  await gateway.finals(1);
  await set(true);
  assert.match((await refused(withKey(minted.key), 401, "authentication")).message, "disabled");
  await set(false);
  assert.is((await withKey(minted.key)).status, 200);
  await gateway.finals(1);
});

test("a revoked key is a 401", async () => {
  const minted = await gateway.key(rich);
  assert.is((await withKey(minted.key)).status, 200);
  await gateway.finals(1);
  await db.transaction((tx) => revokeKey(tx, { organizationId: rich, idOrHash: minted.hash }));
  await gateway.settled(await db.transaction((tx) => recordChange(tx, "key", minted.hash)));
  await refused(withKey(minted.key), 401, "authentication");
});

test("an expired key is a 401", async () => {
  const minted = await gateway.key(rich, { expiresAt: new Date(now + 60_000) });
  await db.execute(
    `update keys set expires_at = now() - interval '1 second' where id = '${minted.id}'`,
  );
  await gateway.settled(await db.transaction((tx) => recordChange(tx, "key", minted.hash)));
  assert.match((await refused(withKey(minted.key), 401, "authentication")).message, "expired");
});

test("a management key is a 403", async () => {
  const minted = await gateway.key(rich, { kind: "management" });
  await refused(withKey(minted.key), 403, "permission_denied");
});

// --- Who pays

test("an organization without credit is a 402 that says what is needed and what is there, and no provider is asked", async () => {
  const before = upstream.requests.length;
  const { key: poor } = await gateway.key(await gateway.organization("0"));
  const { metadata } = await refused(withKey(poor), 402, "payment_required");
  assert.equal([metadata["available"], metadata["limit_source"]], ["0", "openrouter_credits"]);
  assert.ok(Number(metadata["required"]) > 0);
  assert.is(upstream.requests.length, before);
});

test("a request that is too dear says how many tokens would pass, and with so many it passes", async () => {
  const { key: poor } = await gateway.key(await gateway.organization("0.0005"));
  const { message, metadata } = await refused(
    gateway.chat(poor, { ...good, max_tokens: 1_000 }),
    402,
    "payment_required",
  );
  const affordable = metadata["affordable_max_tokens"] as number;
  assert.match(message, `can only afford ${affordable}`);
  assert.is((await gateway.chat(poor, { ...good, max_tokens: affordable })).status, 200);
  await gateway.finals(1);
});

test("without max_tokens the answer is cut to what can be paid instead of refused, and the provider is told", async () => {
  const { key: poor } = await gateway.key(await gateway.organization("0.0005"));
  assert.is((await gateway.chat(poor, good)).status, 200);
  await gateway.finals(1);
  const last = upstream.requests.at(-1);
  const limit = (last?.body as { max_tokens?: number } | undefined)?.max_tokens ?? 0;
  assert.ok(limit >= 16 && limit < 250, `${limit}`);
});

test("a key above its own limit is a 403 that says so, while its organization has credit", async () => {
  const minted = await gateway.key(rich, { limit: parseDollars("0.000001"), limitReset: "daily" });
  const { message, metadata } = await refused(withKey(minted.key), 403, "permission_denied");
  assert.match(message, "daily limit");
  assert.is(metadata["limit_source"], "openrouter_key_limit");
});

// --- What is asked

for (const { name, body, type, field } of [
  {
    name: "an unknown model",
    body: { ...good, model: "acme/okk" },
    type: "invalid_request",
    field: "model",
  },
  { name: "no model", body: hello, type: "invalid_request", field: "model" },
  {
    name: "a model that is a number",
    body: { ...good, model: 7 },
    type: "invalid_request",
    field: "model",
  },
  { name: "no messages", body: { model: "acme/ok" }, type: "invalid_prompt", field: "messages" },
  {
    name: "messages that are a text",
    body: { ...good, messages: "hi" },
    type: "invalid_prompt",
    field: "messages",
  },
  {
    name: "stream that is a text",
    body: { ...good, stream: "true" },
    type: "invalid_request",
    field: "stream",
  },
  {
    name: "max_tokens of 0",
    body: { ...good, max_tokens: 0 },
    type: "invalid_request",
    field: "max_tokens",
  },
  {
    name: "temperature of 3",
    body: { ...good, temperature: 3 },
    type: "invalid_request",
    field: "temperature",
  },
]) {
  test(`${name} is a 400 that names the field`, async () => {
    const { metadata } = await refused(gateway.chat(key, body), 400, type);
    assert.is(metadata["field"], field);
  });
}
test("an unknown model is told with the nearest name", async () => {
  assert.match(
    (await refused(gateway.chat(key, { ...good, model: "acme/okk" }), 400, "invalid_request"))
      .message,
    "Did you mean acme/ok",
  );
});

for (const { name, body } of [
  { name: "malformed JSON", body: '{"model":' },
  { name: "an empty body", body: "" },
  { name: "null", body: "null" },
  { name: "a list", body: "[]" },
  { name: "a text", body: '"hi"' },
  { name: "a number", body: "7" },
  { name: "bytes that are no UTF-8", body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
  {
    name: "a member that stands twice",
    body: '{"model":"acme/ok","model":"acme/ok-p100-c50","messages":[]}',
  },
  { name: "nesting of 100,000", body: `{"a":${"[".repeat(100_000)}` },
]) {
  test(`${name} is a 400`, async () => {
    await refused(gateway.chat(key, body), 400, "invalid_request");
  });
}

test("a compressed body is a 415", async () => {
  await refused(
    gateway.chat(key, gzipSync(JSON.stringify(good)), { "content-encoding": "gzip" }),
    415,
    "invalid_request",
  );
});

test("a body that says it is 33 MB is a 413 before it is sent", async () => {
  const answer = await raw(
    `POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: ${33 * 1024 * 1024}\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, '"error_type":"payload_too_large"');
  await alive();
});

test("a body that turns out to be 33 MB is a 413", async () => {
  const piece = Buffer.alloc(1024 * 1024, 32);
  const answer = await raw(
    `POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: chunked\r\n\r\n`,
    33,
    Buffer.concat([Buffer.from("100000\r\n"), piece, Buffer.from("\r\n")]),
  );
  assert.match(answer, /^HTTP\/1\.1 413 /);
  await alive();
});

for (const { name, head, status } of [
  {
    name: "two Host headers",
    head: "POST /api/v1/chat/completions HTTP/1.1\r\nhost: a\r\nhost: b\r\ncontent-length: 0\r\n\r\n",
    status: 400,
  },
  {
    name: "no Host header",
    head: "POST /api/v1/chat/completions HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
    status: 400,
  },
  {
    name: "two lengths",
    head: "POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    status: 400,
  },
  {
    name: "a length and chunks",
    head: "POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    status: 400,
  },
  {
    name: "a header of 20,000 bytes",
    head: `GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: ${"a".repeat(20_000)}\r\n\r\n`,
    status: 431,
  },
  {
    name: "an absolute target",
    head: "GET http://evil/healthz HTTP/1.1\r\nhost: x\r\n\r\n",
    status: 400,
  },
  {
    name: "what is not HTTP",
    head: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    status: 400,
  },
]) {
  test(`${name} is a ${status}`, async () => {
    assert.match(await raw(head), new RegExp(`^HTTP/1\\.1 ${status} `));
    await alive();
  });
}

for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
  test(`${method} is a 405 that says POST`, async () => {
    const { headers } = await refused(
      ask(url, { method, headers: { authorization: `Bearer ${key}` } }),
      405,
      "invalid_request",
    );
    assert.match(headers.allow ?? "", "POST");
  });
}

test("what the control plane would answer is a 503 while it is away, and inference goes on", async () => {
  await refused(ask(`http://127.0.0.1:${port}/api/v1/models`), 503, "provider_overloaded");
  assert.is((await gateway.chat(key, good)).status, 200);
  await gateway.finals(1);
});

// --- What providers do

for (const { name, model, status, type, asked = 1 } of [
  {
    name: "a provider that refuses the connection",
    model: "acme/refused",
    asked: 2,
    status: 502,
    type: "provider_unavailable",
  },
  {
    name: "a provider that resets the connection",
    model: "acme/reset",
    asked: 2,
    status: 502,
    type: "provider_unavailable",
  },
  { name: "a provider that never answers", model: "acme/hang", status: 504, type: "timeout" },
  {
    name: "a provider that limits our rate",
    model: "acme/status-429-retry-7",
    status: 429,
    type: "rate_limit_exceeded",
  },
  {
    name: "a provider's 500",
    model: "acme/status-500",
    status: 502,
    type: "provider_unavailable",
    asked: 2,
  },
  {
    name: "a provider's web page",
    model: "acme/status-502-html",
    asked: 2,
    status: 502,
    type: "provider_unavailable",
  },
  {
    name: "a mistake that the provider finds",
    model: "acme/status-400",
    status: 400,
    type: "invalid_request",
  },
  {
    name: "a provider that refuses our key",
    model: "acme/status-401",
    status: 502,
    type: "provider_unavailable",
  },
  {
    name: "a provider that wants our money",
    model: "acme/status-402",
    status: 502,
    type: "provider_unavailable",
  },
  {
    name: "an error before any content",
    model: "acme/error-first",
    asked: 2,
    status: 503,
    type: "provider_overloaded",
  },
]) {
  for (const stream of [false, true]) {
    test(`${name} is a ${status} ${stream ? "streamed" : "plain"}, and is free (B-6)`, async () => {
      const { message, metadata, headers } = await refused(
        gateway.chat(key, { ...good, model, stream }),
        status,
        type,
      );
      assert.ok(metadata["provider_name"]);
      assert.not(message.includes("secret-of-ours"));
      if (status === 429) assert.is(headers["retry-after"], "7");
      const [final] = await gateway.finals(1);
      assert.equal([final?.outcome, final?.charge], ["failed", "0"]);
      // The only endpoint is asked once more where that may help, unless it has just been benched.
      const attempts = final?.attempts.length ?? 0;
      const benched = stream || type === "provider_overloaded"; // by an earlier test
      assert.ok(attempts <= asked && attempts >= (benched ? 1 : asked), `${attempts}`);
    });
  }
}

test("when every model fails the last failure is told, with the ones before it (F-5)", async () => {
  const { metadata } = await refused(
    gateway.chat(key, {
      ...good,
      model: "acme/second",
      models: ["acme/status-500", "acme/status-429-retry-7"],
    }),
    429,
    "rate_limit_exceeded",
  );
  assert.equal(
    (metadata["previous_errors"] as { code: number }[]).map((one) => one.code),
    [502, 500],
  );
  assert.equal(
    (await gateway.finals(1))[0]?.attempts.map((attempt) => attempt.status),
    [null, 500, 429],
  );
});

test("a model that fails before content is replaced by the next, and only what answered is charged (F-2, F-6)", async () => {
  for (const stream of [false, true]) {
    const answer = await gateway.chat(key, {
      ...good,
      model: "acme/reset",
      models: ["acme/error-first", "acme/ok-p100-c50"],
      stream,
    });
    assert.is(answer.status, 200);
    assert.match(await answer.text(), '"model":"acme/ok-p100-c50"');
    const [final] = await gateway.finals(1);
    assert.equal(
      [final?.model, final?.requestedModel, final?.charge, final?.attempts.length],
      ["acme/ok-p100-c50", "acme/reset", "200000000", 3],
    );
  }
});

for (const { name, model } of [
  { name: "a provider that closes in the middle", model: "acme/cut-2" },
  { name: "a provider that resets in the middle", model: "acme/cutrst-2" },
  { name: "a provider that reports an error in the middle", model: "acme/error-event-2" },
  { name: "a provider that sends garbage in the middle", model: "acme/garbage-2" },
]) {
  test(`${name} of a stream is told inside it, with nothing after it, and is free (B-5)`, async () => {
    const answer = await gateway.chat(key, { ...good, model, stream: true });
    assert.is(answer.status, 200);
    const events = (await answer.rest()).flatMap((event) =>
      event.kind === "data" ? [event.data] : [],
    );
    assert.is(answer.ending(), "clean");
    const last = JSON.parse(events.at(-1) ?? "") as {
      error: { code: number; metadata: { error_type: string } };
      choices: { finish_reason: string }[];
    };
    assert.ok(last.error.code >= 500 && Number.isInteger(last.error.code));
    assert.is(last.choices[0]?.finish_reason, "error");
    const [final] = await gateway.finals(1);
    assert.equal([final?.outcome, final?.charge, final?.finishReason], ["broken", "0", "error"]);
    await alive();
  });
}

test("a plain answer that is cut is a 502 and free", async () => {
  await refused(gateway.chat(key, { ...good, model: "acme/cut-2" }), 502, "provider_unavailable");
  assert.is((await gateway.finals(1))[0]?.charge, "0");
});

test("an answer without a token and without a finish reason would be free; one with its finish reason is charged its prompt (B-5)", async () => {
  const answer = await gateway.chat(key, { ...good, model: "acme/empty-completion-c0" });
  assert.is(answer.status, 200);
  assert.is((await gateway.finals(1))[0]?.charge, "9000000");
});

test("an answer without usage is estimated and said to be, and never above what was held", async () => {
  for (const stream of [false, true]) {
    const answer = await gateway.chat(key, { ...good, model: "acme/no-usage", stream });
    await answer.text();
    const [final] = await gateway.finals(1);
    assert.is(final?.usageSource, "estimated");
    assert.ok(BigInt(final?.charge ?? 0) > 0n);
  }
});

test("a stream ends with its usage and [DONE], also when the provider leaves [DONE] out (B-12)", async () => {
  for (const model of ["acme/ok", "acme/no-done", "acme/tool-call"]) {
    const events = (
      await (await gateway.chat(key, { ...good, model, stream: true })).rest()
    ).flatMap((event) => (event.kind === "data" ? [event.data] : []));
    assert.is(events.at(-1), "[DONE]");
    const { usage, choices } = JSON.parse(events.at(-2) ?? "") as {
      usage: { cost: number; total_tokens: number };
      choices: unknown[];
    };
    assert.is(choices.length, 0);
    assert.ok(usage.cost > 0 && usage.total_tokens > 0);
    await gateway.finals(1);
  }
});

// --- Clients that leave

for (const how of ["fin", "rst"] as const) {
  test(`a client that leaves a stream by ${how} stops the provider, and pays for what it got (B-9)`, async () => {
    const before = upstream.served.length;
    const answer = await gateway.chat(key, {
      ...good,
      model: "acme/slow-20-chunks-200",
      stream: true,
    });
    for (let events = 0; events < 5; events++) await answer.next();
    answer.hangUp(how);
    await upstream.whenServed(before + 1);
    const served = upstream.served.at(-1);
    assert.is(served?.outcome, "aborted");
    assert.ok((served?.abortedAtChunk ?? 200) < 100);
    const [final] = await gateway.finals(1);
    assert.equal(
      [final?.outcome, final?.cancelled, final?.usageSource],
      ["hung-up", true, "estimated"],
    );
    const charge = BigInt(final?.charge ?? 0);
    assert.ok(charge > 0n && charge < 1_000_000_000n, `${charge}`);
    await alive();
  });
}

test("where leaving does not stop the provider's bill, the answer is read to its end and charged as reported (B-9)", async () => {
  const answer = await gateway.chat(key, { ...good, model: "acme/not-cancellable", stream: true });
  await answer.next();
  answer.hangUp("rst");
  const [final] = await gateway.finals(1);
  assert.equal(
    [final?.outcome, final?.usageSource, final?.charge],
    ["hung-up", "reported", String(9n * 1_000_000n + 30n * 2_000_000n)],
  );
});

test("a client that leaves before a plain answer still pays for it (B-10)", async () => {
  const gone = new AbortController();
  const before = upstream.requests.length;
  const asked = ask(url, {
    body: { ...good, model: "acme/slow-20-chunks-200" },
    headers: { authorization: `Bearer ${key}` },
    signal: gone.signal,
  }).catch(() => null);
  await upstream.whenRequested(before + 1);
  gone.abort();
  await asked;
  assert.ok(BigInt((await gateway.finals(1))[0]?.charge ?? 0) > 0n);
});

test("a client that leaves in the middle of its body is nobody's trouble", async () => {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    `POST /api/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: 1000\r\n\r\n{"model":`,
    () => socket.resetAndDestroy(),
  );
  await once(socket, "close");
  await alive();
});

test("a client that stops reading for a while gets every piece, in order, and nothing is kept waiting in a heap", async () => {
  const answer = await gateway.chat(key, { ...good, model: "acme/chunks-20000", stream: true });
  await answer.next();
  await new Promise((resolve) => setTimeout(resolve, 500)); // a stall is the thing itself: there is no event to await
  const events = (await answer.rest()).flatMap((event) =>
    event.kind === "data" ? [event.data] : [],
  );
  const pieces = events.filter((event) => event.includes('"content":" word'));
  assert.match(pieces.at(0) ?? "", "word4");
  assert.is(pieces.length, 20_000 - 4);
  assert.is(events.at(-1), "[DONE]");
  assert.is((await gateway.finals(1))[0]?.outcome, "complete");
  assert.not.match(gateway.log(), "MaxListeners");
});

test("what the provider gets is our key and nothing of the client's", () => {
  for (const { headers } of upstream.requests) {
    assert.is(headers.authorization, "Bearer sk-upstream-secret-of-ours");
    assert.is(headers["x-api-key"], undefined);
    assert.not(JSON.stringify(headers).includes("sk-tp-"));
  }
});

test("after all of this the process is the one that was started, and has logged no fault of its own", () => {
  assert.is(gateway.process.exitCode, null);
  assert.not.match(gateway.log(), '"level":"error"');
});

/** Sends bytes as they are and reads what comes back until the other side closes. `piece` is sent `times` after the head. */
async function raw(head: string, times = 0, piece = Buffer.alloc(0)): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
  });
  socket.on("error", () => {}); // a reset after the answer
  socket.write(head, "latin1");
  for (let sent = 0; sent < times; sent++) socket.write(piece);
  if (!socket.closed)
    await Promise.race([
      once(socket, "close"),
      new Promise((resolve) => setTimeout(resolve, 3_000)),
    ]);
  socket.destroy();
  return text;
}

test.run();
