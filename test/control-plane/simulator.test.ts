import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import OpenAI from "openai";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createSimulator } from "#control/simulator/serve.ts";
import { exampleOfSchema } from "#control/simulator/example-of-schema.ts";
import { cutToTokens } from "#control/simulator/count-tokens.ts";
import { ask } from "#test/doubles/client.ts";
import { freePort } from "#test/free-port.ts";

const simulator = suite("simulator");
const server = createSimulator({ wordGapMs: 0 });
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "none", maxRetries: 0 });
simulator.after(() => {
  server.close();
  server.closeAllConnections();
});

const hello = [
  { role: "user" as const, content: "Hello there, how are you doing on this fine day?" },
];
const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" }, note: { type: "string" } },
      required: ["city", "days"],
    },
  },
};

simulator("an answer says that it is the simulator, and what it was asked", async () => {
  const answer = await client.chat.completions.create({ model: "sim-small", messages: hello });
  const content = answer.choices[0]?.message.content ?? "";
  assert.match(content, "Turnpike simulator: no model was asked");
  assert.match(content, "48 characters");
  assert.match(content, '"Hello there, how are you doing on this …"');
  assert.is(answer.choices[0]?.finish_reason, "stop");
  assert.is(answer.usage?.prompt_tokens, 4 + 12);
  assert.is(answer.usage?.prompt_tokens_details?.cached_tokens, 0);
  assert.is(answer.usage?.completion_tokens, Math.ceil(Buffer.byteLength(content) / 4));
});

simulator("the same request gets the same answer", async () => {
  const [first, second] = await Promise.all(
    [0, 1].map(() => client.chat.completions.create({ model: "sim-large", messages: hello })),
  );
  assert.equal(first?.choices, second?.choices);
});

simulator("a stream is the whole answer in words, with usage when asked", async () => {
  const whole = await client.chat.completions.create({ model: "sim-free", messages: hello });
  const stream = await client.chat.completions.create({
    model: "sim-free",
    messages: hello,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let chunks = 0;
  let usage: unknown = null;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    chunks += 1;
    usage = chunk.usage ?? usage;
  }
  assert.is(text, whole.choices[0]?.message.content);
  assert.equal(usage, whole.usage);
  assert.ok(chunks > 20);
});

simulator("max_tokens cuts, and says length", async () => {
  for (const stream of [false, true]) {
    const body = { model: "sim-small", messages: hello, max_tokens: 5, stream };
    const text = await (await ask(`${origin}/v1/chat/completions`, { body })).text();
    assert.match(text, '"finish_reason":"length"');
  }
  const answer = await client.chat.completions.create({
    model: "sim-small",
    messages: hello,
    max_tokens: 5,
  });
  assert.is(answer.usage?.completion_tokens, 5);
  assert.is(answer.choices[0]?.message.content, "This is the Turnpike");
});

simulator("a stop sequence ends the answer and is not part of it", async () => {
  const answer = await client.chat.completions.create({
    model: "sim-small",
    messages: hello,
    stop: ["model", ":"],
  });
  assert.is(answer.choices[0]?.message.content, "This is the Turnpike simulator");
  assert.is(answer.choices[0]?.finish_reason, "stop");
});

simulator("a required tool is called with its required fields, whole and streamed", async () => {
  const ask = {
    model: "sim-small",
    messages: hello,
    tools: [weather],
    tool_choice: "required" as const,
  };
  const whole = await client.chat.completions.create(ask);
  const call = whole.choices[0]?.message.tool_calls?.[0];
  assert.is(call?.type === "function" && call.function.arguments, '{"city":"example","days":1}');
  assert.is(whole.choices[0]?.finish_reason, "tool_calls");

  const streamed = await client.chat.completions.stream(ask).finalChatCompletion();
  const streamedCall = streamed.choices[0]?.message.tool_calls?.[0];
  assert.is(streamedCall?.type === "function" && streamedCall.function.name, "get_weather");
  assert.is(
    streamedCall?.type === "function" && streamedCall.function.arguments,
    '{"city":"example","days":1}',
  );
});

simulator("tools that may be used are left alone", async () => {
  const answer = await client.chat.completions.create({
    model: "sim-small",
    messages: hello,
    tools: [weather],
  });
  assert.match(answer.choices[0]?.message.content ?? "", "simulator");
});

simulator("JSON is valid JSON, and follows the schema's required fields", async () => {
  const plain = await client.chat.completions.create({
    model: "sim-small",
    messages: hello,
    response_format: { type: "json_object" },
  });
  assert.is(
    (JSON.parse(plain.choices[0]?.message.content ?? "") as { simulator: boolean }).simulator,
    true,
  );
  const schema = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] };
  const shaped = await client.chat.completions.create({
    model: "sim-small",
    messages: hello,
    response_format: { type: "json_schema", json_schema: { name: "x", schema } },
  });
  assert.is(shaped.choices[0]?.message.content, '{"ok":true}');
});

for (const { name, body, status, param } of [
  { name: "broken JSON", body: '{"model":', status: 400, param: null },
  { name: "a list for a body", body: "[]", status: 400, param: null },
  { name: "no model", body: { messages: hello }, status: 400, param: "model" },
  {
    name: "no messages",
    body: { model: "sim-small", messages: [] },
    status: 400,
    param: "messages",
  },
  {
    name: "a message without a role",
    body: { model: "sim-small", messages: [{}] },
    status: 400,
    param: "messages[0].role",
  },
  {
    name: "a number for content",
    body: { model: "sim-small", messages: [{ role: "user", content: 3 }] },
    status: 400,
    param: "messages[0].content",
  },
  {
    name: "two answers",
    body: { model: "sim-small", messages: hello, n: 2 },
    status: 400,
    param: "n",
  },
  {
    name: "no tokens at all",
    body: { model: "sim-small", messages: hello, max_tokens: 0 },
    status: 400,
    param: "max_tokens",
  },
  {
    name: "a required tool without tools",
    body: { model: "sim-small", messages: hello, tool_choice: "required" },
    status: 400,
    param: "tool_choice",
  },
  {
    name: "an unknown model",
    body: { model: "gpt-5", messages: hello },
    status: 404,
    param: "model",
  },
]) {
  simulator(`${name} is refused in OpenAI's words`, async () => {
    const answer = await ask(`${origin}/v1/chat/completions`, { body });
    const { error } = (await answer.json()) as {
      error: { message: string; type: string; param: string | null };
    };
    assert.is(answer.status, status);
    assert.is(error.type, "invalid_request_error");
    assert.is(error.param, param);
    assert.ok(error.message.length > 10);
  });
}

simulator("it lists its models and says that it is alive", async () => {
  const models = await client.models.list();
  assert.equal(
    models.data.map(({ id }) => id),
    ["sim-small", "sim-large", "sim-free"],
  );
  assert.is((await ask(`${origin}/healthz`)).status, 200);
  assert.is((await ask(`${origin}/nowhere`)).status, 404);
});

simulator("a cut never halves a character, and a schema that refers to itself ends", () => {
  assert.is(cutToTokens("aé€😀", 2), "aé€");
  const endless: { [name: string]: unknown } = { type: "object", required: ["next"] };
  endless["properties"] = { next: endless };
  assert.ok(JSON.stringify(exampleOfSchema(endless)).length < 1_000);
});

for (const { name, end } of [
  { name: "on SIGTERM it finishes what it streams and exits 0", end: "SIGTERM" as const },
  {
    name: "when its parent is gone it finishes what it streams and exits 0",
    end: "stdin" as const,
  },
]) {
  simulator(name, async () => {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "../../control-plane/simulator/main.ts")],
      {
        stdio: ["pipe", "inherit", "inherit"],
        env: { ...process.env, PORT: String(port), HOST: "127.0.0.1" },
      },
    );
    const exited = once(child, "exit");
    try {
      await untilReady(`http://127.0.0.1:${port}/healthz`);
      const body = { model: "sim-small", messages: hello, stream: true };
      const answer = await ask(`http://127.0.0.1:${port}/v1/chat/completions`, { body });
      await answer.next();
      child.kill("SIGINT");
      if (end === "stdin") child.stdin.end();
      else child.kill(end);
      const events = await answer.rest();
      assert.equal(events.at(-1), { kind: "data", event: null, data: "[DONE]" });
      assert.equal(await exited, [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
}

simulator.run();

async function untilReady(url: string): Promise<void> {
  for (;;) {
    const ready = await ask(url).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
