// Vertex's other publishers and ways to show a credential, before a gateway; Gemini on Vertex is in the conformance table.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat } from "#data/dialects/openai-chat.ts";
import { vertex } from "#data/providers/vertex.ts";
import { CannotEncode, type Upstream } from "#data/providers/wire-protocol.ts";
import { geminiKey, serviceAccount, startGeminiApi } from "#test/doubles/gemini-api.ts";
import { ask as request } from "#test/doubles/client.ts";
import { priceLine, smallGateway } from "../small-gateway.ts";

const test = suite("vertex");
const double = await startGeminiApi();
const gateway = await smallGateway();
const { key } = await gateway.key(await gateway.organization("100"));
const basePath = "/v1/projects/acme/locations/global";
const connect = (slug: string, credential: string, path: string) =>
  gateway.provider(slug, double.origin + path, {
    protocol: "vertex",
    key: credential,
    flags: { webSearch: true },
  });
await connect("account", serviceAccount(`${double.origin}/token`), basePath);
await connect("express", geminiKey, "/v1");
await connect("broken", serviceAccount("https://tokens.example.com/token"), basePath);

let models = 0;
async function ask(provider: string, upstreamModel: string, body: object = {}) {
  const id = `acme/v-${++models}`;
  await gateway.model(upstreamModel, { id, provider });
  await gateway.key(await gateway.organization("0")); // its change comes after the model's
  return gateway.chat(key, { model: id, messages: [{ role: "user", content: "Hi" }], ...body });
}
const contentOf = async (answer: Awaited<ReturnType<typeof ask>>): Promise<unknown> => {
  const body = (await answer.json()) as { choices?: { message: { content: unknown } }[] };
  return body.choices?.[0]?.message.content ?? JSON.stringify(body);
};

const ways = [
  { publisher: "Google", model: "google/gemini-3.5-flash--text", says: 'Hello, wörld 🙂 "well"\n' },
  {
    publisher: "Google, unnamed",
    model: "gemini-3.5-flash--text",
    says: 'Hello, wörld 🙂 "well"\n',
  },
  { publisher: "Anthropic", model: "anthropic/claude-opus-5-5@default", says: "Hello from Claude" },
  { publisher: "Anthropic, unnamed", model: "claude-opus-5-5", says: "Hello from Claude" },
  { publisher: "others", model: "deepseek-ai/deepseek-v3.2-maas", says: "Hello from the garden" },
];
for (const { publisher, model, says } of ways)
  test(`models of each publisher are spoken to in their own language: ${publisher}`, async () => {
    assert.is(await contentOf(await ask("account", model)), says);
    const streamed = await ask("account", model, { stream: true });
    let content = "";
    for (const event of await streamed.rest()) {
      if (event.kind !== "data" || event.data === "[DONE]") continue;
      const { choices = [] } = JSON.parse(event.data) as {
        choices?: { delta?: { content?: string } }[];
      };
      content += choices[0]?.delta?.content ?? "";
    }
    assert.is(content, says);
  });

test("a token that Google refuses is replaced and the request sent again, once", async () => {
  double.revokeTokens();
  const before = double.tokens.length;
  assert.is(await contentOf(await ask("account", "gemini-3.5-flash--text")), ways[0]?.says);
  assert.is(double.tokens.length, before + 1);
});

test("an API key is taken as it is: express mode", async () => {
  assert.is(await contentOf(await ask("express", "gemini-3.5-flash--text")), ways[0]?.says);
});

test("a key file that cannot be used is ours to repair: no 401 for the client, and the reason in the record", async () => {
  await gateway.finals(0);
  const answer = await ask("broken", "gemini-3.5-flash--text");
  assert.ok(answer.status >= 500, String(answer.status));
  await answer.text();
  const [final] = (await gateway.finals(1)).slice(-1);
  assert.match(JSON.stringify(final), "token_uri");
});

test("a client of Messages gets Claude's own answer, edited and not rebuilt, from Vertex too", async () => {
  const id = await gateway.model("claude-opus-5-5", { id: "acme/claude", provider: "account" });
  await gateway.key(await gateway.organization("0"));
  const send = (stream: boolean) =>
    request(`http://127.0.0.1:${gateway.port}/api/v1/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: {
        model: id,
        stream,
        max_tokens: 100,
        messages: [{ role: "user", content: "Hi" }],
      },
    });
  const whole = (await (await send(false)).json()) as Record<string, unknown>;
  assert.equal(whole["content"], [{ type: "text", text: "Hello from Claude" }]);
  assert.is(whole["model"], id);
  const events = (await (await send(true)).rest()).flatMap((event) =>
    event.kind === "data" ? [(JSON.parse(event.data) as { type: string }).type] : [],
  );
  assert.equal(events, [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
});

test("a client of Messages gets Gemini's signed calls, and gives them back as they were", async () => {
  const id = await gateway.model("gemini-3.5-flash--tools", {
    id: "acme/gemini",
    provider: "account",
  });
  await gateway.key(await gateway.organization("0"));
  const user = { role: "user", content: "Weather?" };
  const send = async (messages: object[]) => {
    const answer = await request(`http://127.0.0.1:${gateway.port}/api/v1/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: {
        model: id,
        max_tokens: 100,
        messages,
        tools: [{ name: "get_weather", input_schema: { type: "object" } }],
      },
    });
    return (await answer.json()) as { content: Record<string, unknown>[] };
  };
  const first = await send([user]);
  const call = first.content.find(({ type }) => type === "tool_use");
  assert.equal(call?.["input"], { city: "Oslo" }, JSON.stringify(first));
  const second = await send([
    user,
    { role: "assistant", content: first.content },
    {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: call?.["id"], content: "18 degrees" }],
    },
  ]);
  assert.match(JSON.stringify(second), "18 degrees");
  const sent = JSON.stringify(double.requests.at(-1)?.body);
  assert.match(sent, "thoughtSignature");
  assert.not.match(sent, "skip_thought_signature_validator");
});

test("pictures that are made are shown, and billed by their tokens; searches by the query", async () => {
  const charge = [
    priceLine("input", "1"),
    priceLine("output", "2"),
    priceLine("image_output", "30"),
    priceLine("web_search", "14000"), // per million: 0.014 USD for one
  ];
  const bill = async (upstreamModel: string, body: object) => {
    const id = await gateway.model(upstreamModel, {
      id: `acme/${upstreamModel.split("--")[1]}`,
      provider: "account",
      charge,
    });
    await gateway.key(await gateway.organization("0"));
    await gateway.finals(0);
    const answer = await gateway.chat(key, {
      model: id,
      messages: [{ role: "user", content: "Hi" }],
      ...body,
    });
    const said = (await answer.json()) as {
      choices: { message: Record<string, unknown> }[];
      usage: { cost: number; completion_tokens: number };
    };
    await gateway.finals(1);
    return { message: said.choices[0]?.message ?? {}, usage: said.usage };
  };
  const picture = await bill("gemini-3-pro-image--picture", { modalities: ["image", "text"] });
  assert.equal(picture.message["images"], [
    { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
  ]);
  assert.is(picture.usage.completion_tokens, 1_294);
  // 9 × 1 + 4 × 2 + 1,290 × 30 microdollars
  assert.is(picture.usage.cost, 0.038717);
  const search = await bill("gemini-3.5-flash--search", { web_search_options: {} });
  assert.is((search.message["annotations"] as unknown[]).length, 1);
  assert.is(search.usage.cost, 0.028017); // two queries, 9 and 4 tokens
});

const upstreamOf = (model: string, more: Partial<Upstream> = {}): Upstream => ({
  model,
  flags: {},
  outputTokensMax: null,
  outputTokensLimit: 1_000,
  serviceTier: null,
  media: new Map(),
  ...more,
});
const askOf = (body: object = {}) =>
  openaiChat.decode(
    Buffer.from(
      JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }], ...body }),
    ),
  );

for (const { model, stream, path } of [
  {
    model: "google/gemini-3.8-flash",
    stream: false,
    path: "/publishers/google/models/gemini-3.8-flash:generateContent",
  },
  {
    model: "gemini-3.8-flash",
    stream: true,
    path: "/publishers/google/models/gemini-3.8-flash:streamGenerateContent?alt=sse",
  },
  { model: "endpoints/123", stream: false, path: "/endpoints/123:generateContent" },
  {
    model: "anthropic/claude-opus-5-5@default",
    stream: true,
    path: "/publishers/anthropic/models/claude-opus-5-5@default:streamRawPredict",
  },
  {
    model: "claude-haiku-4-5@20251001",
    stream: false,
    path: "/publishers/anthropic/models/claude-haiku-4-5@20251001:rawPredict",
  },
  {
    model: "openai/gpt-oss-120b-maas",
    stream: true,
    path: "/endpoints/openapi/chat/completions",
  },
])
  test(`the path follows from the model's name: ${model}${stream ? ", streamed" : ""}`, () => {
    assert.is(vertex.encode(askOf({ stream }), upstreamOf(model)).path, path);
  });

test("a name that would leave its place in the path is refused", () => {
  for (const model of ["google/../x", "google//", "anthropic/.."])
    assert.throws(
      () => vertex.encode(askOf(), upstreamOf(model)),
      (cause: unknown) => cause instanceof CannotEncode && cause.field === "model",
    );
});

test("a tier is asked for in a header, and what was served is told in the contract's words", () => {
  const asked = askOf({ service_tier: "flex" });
  const { headers, body } = vertex.encode(
    asked,
    upstreamOf("gemini-3.8-flash", { serviceTier: "flex" }),
  );
  assert.equal(headers, { "x-vertex-ai-llm-shared-request-type": "flex" });
  assert.not.match(String(body), "serviceTier");
  const decoded = vertex.decodeWhole(
    JSON.stringify({
      candidates: [{ content: { parts: [{ text: "Hi" }] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 1, trafficType: "ON_DEMAND_FLEX" },
    }),
    asked,
    upstreamOf("gemini-3.8-flash"),
  );
  assert.is("whole" in decoded && decoded.whole["service_tier"], "flex");
});

test("Claude is not asked here for what Google's policy has off: its own schema format and strict tools", () => {
  const { body } = vertex.encode(
    askOf({
      response_format: {
        type: "json_schema",
        json_schema: { name: "a", schema: { type: "object", properties: {} } },
      },
    }),
    upstreamOf("anthropic/claude-opus-4-5"),
  );
  const sent = JSON.parse(String(body)) as Record<string, unknown>;
  assert.is(sent["anthropic_version"], "vertex-2023-10-16");
  assert.is(sent["model"], undefined);
  assert.is(sent["output_config"], undefined);
  assert.is((sent["tools"] as unknown[]).length, 1);
});

test("refusals are read in the words of whoever refuses", () => {
  const of = (status: number, body: object) =>
    vertex.decodeFailure(status, {}, JSON.stringify(body)).kind;
  const anthropicError = (type: string, message = "m") => ({
    type: "error",
    error: { type, message },
  });
  assert.is(of(529, anthropicError("overloaded_error")), "overloaded");
  assert.is(
    of(400, anthropicError("invalid_request_error", "prompt is too long: 2 > 1")),
    "context-length",
  );
  assert.is(
    of(429, { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Resource exhausted." } }),
    "rate-limit",
  );
});

test.after(async () => {
  await gateway.close();
  await double.close();
});
test.run();
