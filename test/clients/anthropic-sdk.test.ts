// Anthropic's own client in front of a running gateway, as its users point it here: `baseURL` is the origin with `/api`.
// Behind the gateway stand Anthropic's API (what is said there passes byte for byte) and OpenAI's (it is translated both ways).
import Anthropic from "@anthropic-ai/sdk";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseDollars } from "#schema/money/amount.ts";
import {
  anthropicKey,
  said,
  signatureOf,
  startAnthropicApi,
  thought,
} from "#test/doubles/anthropic-api.ts";
import { ask } from "#test/doubles/client.ts";
import { openaiKey, startOpenaiApi } from "#test/doubles/openai-api.ts";
import { priceLine, smallGateway } from "../data-plane/small-gateway.ts";

const gateway = await smallGateway();
const anthropicApi = await startAnthropicApi();
const openaiApi = await startOpenaiApi();
await gateway.provider("anthropic", `${anthropicApi.origin}/v1`, {
  protocol: "anthropic-messages",
  key: anthropicKey,
  flags: { firstContentTimeoutMs: 5_000 },
});
await gateway.provider("openai", `${openaiApi.origin}/v1`, {
  key: openaiKey,
  flags: { firstContentTimeoutMs: 5_000, reasoningEcho: "reasoning_content" },
});
const charge = [
  priceLine("input", "1"),
  priceLine("cache_read", "0.1"),
  priceLine("cache_write_5m", "1.25"),
  priceLine("cache_write_1h", "2"),
  priceLine("output", "4"),
];
for (const script of [
  ..."text tools cache search refusal echo cut rate-limited overloaded too-large broken".split(" "),
  ..."overloaded-midway parallel json".split(" "),
])
  await gateway.model(`claude-mid-${script}`, { provider: "anthropic", charge });
for (const script of ["text", "tools", "parallel", "thinking-tools", "cut", "json"])
  await gateway.model(script, { provider: "openai", charge });
const { key } = await gateway.key(await gateway.organization("100"));
const bounded = await gateway.key(await gateway.organization("100"), {
  limit: parseDollars("0.000001"),
});
await gateway.model("hang");
const poor = await gateway.key(await gateway.organization("0"));

const baseURL = `http://127.0.0.1:${gateway.port}/api`;
const clientWith = (apiKey: string) => new Anthropic({ apiKey, baseURL, maxRetries: 0 });
const client = clientWith(key);
const hello = { max_tokens: 300, messages: [{ role: "user" as const, content: "Hello" }] };
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const weather: Anthropic.Tool = {
  name: "weather",
  description: "tells the weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const textOf = ({ content }: Anthropic.Message): string =>
  content.map((block) => (block.type === "text" ? block.text : "")).join("");
const costOf = ({ usage }: Anthropic.Message): unknown =>
  (usage as unknown as Record<string, unknown>)["cost"];

const plain = suite("@anthropic-ai/sdk: messages");

for (const { model, text, cost } of [
  { model: "acme/claude-mid-text", text: said, cost: 0.00004 },
  { model: "acme/text", text: 'Grüß Gott, "world"! 🌍 plain words follow here', cost: 0.00006 },
]) {
  plain(`${model}: a plain answer has text, stop reason, usage and cost`, async () => {
    const message = await client.messages.create({ model, ...hello });
    assert.is(message.type, "message");
    assert.is(message.role, "assistant");
    assert.match(message.id, /^gen-/);
    assert.is(message.model, model);
    assert.is(textOf(message), text);
    assert.is(message.stop_reason, "end_turn");
    assert.is(costOf(message), cost);
  });

  plain(`${model}: a stream adds up to the same message`, async () => {
    const kinds: string[] = [];
    let told: unknown = null;
    const stream = client.messages.stream({ model, ...hello });
    stream.on("streamEvent", (event) => {
      kinds.push(event.type);
      if (event.type === "message_delta") told = Object.entries(event.usage);
    });
    const message = await stream.finalMessage();
    assert.is(textOf(message), text);
    assert.match(message.id, /^gen-/);
    assert.is(message.model, model);
    assert.is(message.stop_reason, "end_turn");
    assert.is(message.usage.output_tokens, model === "acme/text" ? 10 : 7);
    assert.is(message.usage.input_tokens, model === "acme/text" ? 20 : 12);
    assert.equal(new Map(told as [string, unknown][]).get("cost"), cost);
    assert.is(kinds[0], "message_start");
    assert.is(kinds.at(-2), "message_delta");
    assert.is(kinds.at(-1), "message_stop");
  });

  plain(
    `${model}: create with stream: true gives events one by one, each block after the other`,
    async () => {
      let open: number | null = null;
      let blocks = 0;
      for await (const event of await client.messages.create({ model, ...hello, stream: true })) {
        if (event.type === "content_block_start") {
          assert.is(open, null);
          assert.is(event.index, blocks++);
          open = event.index;
        } else if (event.type === "content_block_delta") assert.is(event.index, open);
        else if (event.type === "content_block_stop") {
          assert.is(event.index, open);
          open = null;
        }
      }
      assert.is(open, null);
      assert.ok(blocks > 0);
    },
  );
}

plain("x-api-key is a credential as good as a bearer token", async () => {
  const answer = await ask(`${baseURL}/v1/messages`, {
    body: { model: "acme/text", ...hello },
    headers: { "x-api-key": key, "anthropic-version": "2023-06-01" },
  });
  assert.is(answer.status, 200);
  assert.match(String(answer.headers["x-generation-id"]), /^gen-/);
});

plain("what is cached is told and charged apart", async () => {
  const message = await client.messages.create({ model: "acme/claude-mid-cache", ...hello });
  const { usage } = message;
  assert.is(usage.input_tokens, 10);
  assert.is(usage.cache_read_input_tokens, 2_000);
  assert.is(usage.cache_creation_input_tokens, 300);
  assert.equal(usage.cache_creation, {
    ephemeral_5m_input_tokens: 100,
    ephemeral_1h_input_tokens: 200,
  });
  assert.is(costOf(message), (10 + 200 + 125 + 400 + 200) / 1e6);
});

plain("citations and the provider's own tools come through", async () => {
  const stream = client.messages.stream({
    model: "acme/claude-mid-search",
    ...hello,
    tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }],
  });
  const message = await stream.finalMessage();
  assert.equal(
    message.content.map(({ type }) => type),
    ["server_tool_use", "web_search_tool_result", "text", "text"],
  );
  const last = message.content.at(-1);
  assert.ok(last?.type === "text" && last.citations?.[0]?.type === "web_search_result_location");
});

plain("a refusal is a stop reason with its details, and costs nothing", async () => {
  const message = await client.messages.create({ model: "acme/claude-mid-refusal", ...hello });
  assert.is(message.stop_reason, "refusal");
  assert.is(message.stop_details?.category, "cyber");
  assert.is(costOf(message), 0);
});

plain.run();

const bytes = suite("@anthropic-ai/sdk: what reaches Anthropic");

bytes(
  "is what the client wrote, to the byte, but for the model and what is the gateway's",
  async () => {
    const rest =
      '"messages": [ {"role":"user","content":[{"text":"H\\u00e9llo","type":"text", "cache_control":{"ttl":"1h","type":"ephemeral"}}]}],\n "temperature":1.0,"max_tokens": 3e2 ,"metadata":{"user_id":"u-1"}';
    const text = `{"model":"acme/claude-mid-text","provider":{"order":["anthropic"]}, ${rest}, "session_id":"s"}`;
    const answer = await ask(`${baseURL}/v1/messages`, {
      body: text,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    });
    assert.is(answer.status, 200, await answer.text());
    const sent = anthropicApi.requests.at(-1);
    assert.is(
      sent?.bytes.toString("utf8"),
      `{"model":"claude-mid-text",${rest.replace(",\n ", ",").replace(" ,", ",")}}`,
    );
    assert.is(sent?.headers["x-api-key"], anthropicKey);
    assert.is(sent?.headers["authorization"], undefined);
    assert.is(sent?.headers["anthropic-version"], "2023-06-01");
  },
);

bytes("carries the client's betas, and a field that needs one", async () => {
  const answer = await ask(`${baseURL}/v1/messages?beta=true`, {
    body: { model: "acme/claude-mid-text", ...hello, context_management: { edits: [] } },
    headers: {
      "x-api-key": key,
      "anthropic-beta": "context-management-2025-06-27,interleaved-thinking-2025-05-14",
    },
  });
  assert.is(answer.status, 200, await answer.text());
  assert.is(
    anthropicApi.requests.at(-1)?.headers["anthropic-beta"],
    "context-management-2025-06-27,interleaved-thinking-2025-05-14",
  );
});

bytes("numbers of a tool's input come back as the provider wrote them", async () => {
  const answer = await ask(`${baseURL}/v1/messages`, {
    body: { model: "acme/claude-mid-tools", ...hello, tools: [weather] },
    headers: { "x-api-key": key },
  });
  const text = await answer.text();
  assert.match(text, '"input":{"city":"Zürich","day":0,"quote\\"d":[1.5,null,"a\\\\b"]}');
});

bytes.run();

const tools = suite("@anthropic-ai/sdk: tools and thoughts");

for (const { model, expected } of [
  { model: "acme/claude-mid-tools", expected: /^Seen: toolu_00AbCd=rain$/ },
  { model: "acme/tools", expected: /^It is rain\.$/ },
]) {
  for (const streamed of [false, true]) {
    tools(`${model}: a loop of call and result, ${streamed ? "streamed" : "plain"}`, async () => {
      const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Weather?" }];
      for (let turn = 0; turn < 3; turn++) {
        const params = { model, max_tokens: 300, tools: [weather], messages };
        const message = streamed
          ? await client.messages.stream(params).finalMessage()
          : await client.messages.create(params);
        messages.push({ role: "assistant", content: message.content });
        if (message.stop_reason !== "tool_use") {
          assert.match(textOf(message), expected);
          return;
        }
        messages.push({
          role: "user",
          content: message.content.flatMap((block) =>
            block.type === "tool_use"
              ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "rain" }]
              : [],
          ),
        });
      }
      assert.unreachable("the loop did not end");
    });
  }
}

tools("acme/parallel: two calls are two blocks, one after the other", async () => {
  const message = await client.messages
    .stream({ model: "acme/parallel", ...hello, tools: [weather], tool_choice: { type: "any" } })
    .finalMessage();
  assert.equal(
    message.content.map((block) => (block.type === "tool_use" ? block.input : null)),
    [{ city: "Wien" }, { city: "Graz" }],
  );
});

tools(
  "a failed result, and a picture in one, are taken by a provider that has no word for them",
  async () => {
    const message = await client.messages.create({
      model: "acme/tools",
      max_tokens: 300,
      tools: [weather],
      messages: [
        { role: "user", content: "Weather?" },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Wien" } }],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "toolu_1",
              is_error: true,
              content: [
                { type: "text", text: "no such city" },
                { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
              ],
            },
          ],
        },
      ],
    });
    assert.ok(message.content.length > 0);
    const sent = openaiApi.requests.at(-1);
    assert.ok(sent);
    const { messages } = sent.body as { messages: Record<string, unknown>[] };
    assert.equal(messages.slice(-2), [
      {
        role: "tool",
        tool_call_id: "toolu_1",
        content: [
          { type: "text", text: "no such city" },
          { type: "text", text: "(What it shows follows the results.)" },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "Shown by the result of toolu_1:" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
        ],
      },
    ]);
  },
);

for (const streamed of [false, true])
  tools(`Claude's thoughts come back unchanged, ${streamed ? "streamed" : "plain"}`, async () => {
    const params = {
      model: "acme/claude-mid-tools",
      max_tokens: 900,
      tools: [weather],
      thinking: { type: "adaptive" as const, display: "summarized" as const },
    };
    const question: Anthropic.MessageParam = { role: "user", content: "Weather?" };
    const first = streamed
      ? await client.messages.stream({ ...params, messages: [question] }).finalMessage()
      : await client.messages.create({ ...params, messages: [question] });
    const [block] = first.content;
    assert.equal(block, { type: "thinking", thinking: thought, signature: signatureOf(thought) });
    const second = await client.messages.create({
      ...params,
      messages: [
        question,
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "toolu_00AbCd", content: "rain" }],
        },
      ],
    });
    assert.is(textOf(second), "Seen: toolu_00AbCd=rain");
  });

for (const streamed of [false, true])
  tools(
    `another provider's thoughts go out as a block and come back to it, ${streamed ? "streamed" : "plain"}`,
    async () => {
      const params = { model: "acme/thinking-tools", max_tokens: 900, tools: [weather] };
      const question: Anthropic.MessageParam = { role: "user", content: "Weather?" };
      const first = streamed
        ? await client.messages.stream({ ...params, messages: [question] }).finalMessage()
        : await client.messages.create({ ...params, messages: [question] });
      const [block] = first.content;
      assert.ok(block?.type === "thinking", JSON.stringify(first.content));
      assert.is(block.thinking, "First the city, then the weather.");
      const second = await client.messages.create({
        ...params,
        messages: [
          question,
          { role: "assistant", content: first.content },
          {
            role: "user",
            content: [{ type: "tool_result", tool_use_id: "call_1", content: "rain" }],
          },
        ],
      });
      assert.is(textOf(second), "remembered: First the city, then the weather.");
      // A switch to Claude in the middle: what it has not signed is left out, or it would refuse all of it.
      const switched = await client.messages.create({
        ...params,
        model: "acme/claude-mid-tools",
        messages: [
          question,
          { role: "assistant", content: first.content },
          {
            role: "user",
            content: [{ type: "tool_result", tool_use_id: "call_1", content: "rain" }],
          },
        ],
      });
      assert.is(textOf(switched), "Seen: call_1=rain");
    },
  );

tools("structured output is parsed whoever answers", async () => {
  const schema = {
    type: "object" as const,
    properties: { answer: { type: "integer" } },
    required: ["answer"],
    additionalProperties: false,
  };
  const output = { output_config: { format: { type: "json_schema" as const, schema } } };
  const native = await client.messages.create({
    model: "acme/claude-mid-json",
    ...hello,
    ...output,
  });
  assert.equal(JSON.parse(textOf(native)), { name: "Ada", age: 36 });
  const other = await client.messages.create({ model: "acme/json", ...hello, ...output });
  assert.equal(JSON.parse(textOf(other)), { answer: 42 });
});

tools.run();

const counts = suite("@anthropic-ai/sdk: count_tokens");

counts("answers how long a prompt is, for free", async () => {
  const before = anthropicApi.requests.length;
  const short = await client.messages.countTokens({
    model: "acme/claude-mid-text",
    messages: [{ role: "user", content: "Hello" }],
  });
  const long = await client.messages.countTokens({
    model: "acme/claude-mid-text",
    system: "word ".repeat(1_000),
    tools: [weather],
    messages: [{ role: "user", content: "Hello" }],
  });
  assert.ok(short.input_tokens > 0);
  assert.ok(long.input_tokens > 900, String(long.input_tokens));
  assert.is(anthropicApi.requests.length, before);
  const free = await clientWith(poor.key).messages.countTokens({
    model: "acme/claude-mid-text",
    messages: [{ role: "user", content: "Hello" }],
  });
  assert.ok(free.input_tokens > 0);
});

counts("wants a key", async () => {
  const failed = await failureOf(
    clientWith("sk-tp-v1-nobody").messages.countTokens({
      model: "acme/claude-mid-text",
      messages: [{ role: "user", content: "Hello" }],
    }),
  );
  assert.instance(failed, Anthropic.AuthenticationError);
});

counts.run();

const errors = suite("@anthropic-ai/sdk: errors");

async function failureOf(
  work: PromiseLike<unknown>,
): Promise<InstanceType<typeof Anthropic.APIError>> {
  try {
    await work;
  } catch (cause) {
    if (cause instanceof Anthropic.APIError) return cause;
    throw cause;
  }
  return assert.unreachable("it was answered") as never;
}

for (const { name, model = "acme/text", more = {}, apiKey = key, status, type, of } of [
  {
    name: "a field that is wrong",
    more: { temperature: 7 },
    status: 400,
    type: "invalid_request_error",
    of: Anthropic.BadRequestError,
  },
  {
    name: "a model that is not there",
    model: "acme/nothing",
    status: 400,
    type: "invalid_request_error",
    of: Anthropic.BadRequestError,
  },
  {
    name: "a key that is none",
    apiKey: "sk-tp-v1-nobody",
    status: 401,
    type: "authentication_error",
    of: Anthropic.AuthenticationError,
  },
  {
    name: "no credit",
    apiKey: poor.key,
    status: 402,
    type: "billing_error",
    of: Anthropic.PaymentRequiredError,
  },
  {
    name: "a key whose limit is used up",
    apiKey: bounded.key,
    status: 403,
    type: "permission_error",
    of: Anthropic.PermissionDeniedError,
  },
  {
    name: "a provider that never answers",
    model: "acme/hang",
    status: 504,
    type: "timeout_error",
    of: Anthropic.GatewayTimeoutError,
  },
  {
    name: "preferences that leave nothing",
    more: { provider: { only: ["nobody"] } },
    status: 404,
    type: "not_found_error",
    of: Anthropic.NotFoundError,
  },
  {
    name: "a request that the provider finds too large",
    model: "acme/claude-mid-too-large",
    status: 413,
    type: "request_too_large",
    of: Anthropic.ContentTooLargeError,
  },
  {
    name: "a rate limit of the provider's",
    model: "acme/claude-mid-rate-limited",
    status: 429,
    type: "rate_limit_error",
    of: Anthropic.RateLimitError,
  },
  {
    name: "an overload of the provider's",
    model: "acme/claude-mid-overloaded",
    status: 503,
    type: "overloaded_error",
    of: Anthropic.ServiceUnavailableError,
  },
  {
    name: "a failure of the provider's",
    model: "acme/claude-mid-broken",
    status: 502,
    type: "api_error",
    of: Anthropic.InternalServerError,
  },
])
  errors(`${name} is the client's own kind of error: ${status} ${type}`, async () => {
    const failed = await failureOf(
      clientWith(apiKey).messages.create({ model, ...hello, ...more }),
    );
    assert.instance(failed, of);
    assert.is(failed.status, status, failed.message);
    assert.is(failed.type, type);
    assert.ok((failed.apiMessage ?? "").length > 10);
    // The same where a stream was asked for and has not begun.
    const streamed = await failureOf(
      clientWith(apiKey)
        .messages.stream({ model, ...hello, ...more })
        .finalMessage(),
    );
    assert.is(streamed.status, status);
  });

for (const model of ["acme/cut", "acme/claude-mid-cut", "acme/claude-mid-overloaded-midway"])
  errors(`${model}: a stream that breaks ends in an error, never in a message`, async () => {
    let text = "";
    const stream = client.messages.stream({ model, ...hello });
    stream.on("text", (piece) => (text += piece));
    const failed = await failureOf(stream.finalMessage());
    if (!model.endsWith("cut")) assert.ok(text.length > 0, "what came before was delivered");
    assert.match(String(failed.type), /^(api_error|overloaded_error)$/);
  });

errors.after(async () => {
  await gateway.close();
  await anthropicApi.close();
  await openaiApi.close();
});
errors.run();
