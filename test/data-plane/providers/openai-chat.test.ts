// OpenAI's chat as its many speakers speak it: each flag to what is sent, each provider's way of answering to what comes out.
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat as dialect } from "#data/dialects/openai-chat.ts";
import type { ChatAsk, StreamEvent, ToolCallDelta } from "#data/operations/chat.ts";
import { azureOpenai } from "#data/providers/azure-openai.ts";
import { openaiChat } from "#data/providers/openai-chat.ts";
import { CannotEncode, type Upstream } from "#data/providers/wire-protocol.ts";
import { sseParser } from "#data/upstream/sse.ts";
import { openaiChatFlags } from "#schema/flags/openai-chat.ts";
import { seeded, slices } from "#test/doubles/strict-server.ts";

const test = suite("openai chat, with flags");

const hi = [{ role: "user", content: "hi" }];
const askOf = (body: object): ChatAsk =>
  dialect.decode(Buffer.from(JSON.stringify({ model: "acme/big-1", messages: hi, ...body })));
const upstreamOf = (flags: object, more: Partial<Upstream> = {}): Upstream => ({
  model: "big-1",
  flags: flags as Upstream["flags"],
  outputTokensMax: null,
  outputTokensLimit: 8_192,
  serviceTier: null,
  media: new Map(),
  ...more,
});
type Body = Record<string, unknown>;
const sent = (flags: object, body: object, more: Partial<Upstream> = {}): Body =>
  JSON.parse(openaiChat.encode(askOf(body), upstreamOf(flags, more)).body) as Body;
const sentFromElsewhere = (flags: object, body: object, more: Partial<Upstream> = {}): Body => {
  const asked = askOf(body);
  const { plain: _plain, ...rest } = asked;
  const other: ChatAsk = {
    ...rest,
    body: asked.body,
    dialect: "openai-responses",
    text: "",
    members: [],
  };
  return JSON.parse(openaiChat.encode(other, upstreamOf(flags, more)).body) as Body;
};

const call = (id: string, name = "weather") => ({
  id,
  type: "function",
  function: { name, arguments: "{}" },
});
const tool = {
  type: "function",
  function: { name: "weather", strict: true, parameters: { type: "object" } },
};
const toolTurn = (assistant: object, id = "call_1") => [
  ...hi,
  { role: "assistant", content: null, tool_calls: [call(id)], ...assistant },
  { role: "tool", tool_call_id: id, content: "sunny" },
];
const details = (format: string) => [
  { type: "reasoning.text", text: "I thought", format, index: 0 },
  { type: "reasoning.encrypted", data: "x", format, index: 1 },
];
const schema = { type: "object", properties: { a: { type: "string" } } };
const answerSchema = {
  response_format: { type: "json_schema", json_schema: { name: "n", schema } },
};

/** What of the body is looked at: these members and no others of them. */
const cases: {
  name: string;
  flags: object;
  body: object;
  more?: Partial<Upstream>;
  members: Body;
}[] = [
  // Limits
  {
    name: "tokenLimitField",
    flags: { tokenLimitField: "max_completion_tokens" },
    body: { max_tokens: 9 },
    members: { max_completion_tokens: 9, max_tokens: undefined },
  },
  {
    name: "maxTokensReserve leaves out what only repeats the maximum",
    flags: { maxTokensReserve: true },
    body: {},
    more: { outputTokensMax: 8_192 },
    members: { max_tokens: undefined },
  },
  {
    name: "maxTokensReserve sends what says more",
    flags: { maxTokensReserve: true },
    body: {},
    more: { outputTokensMax: 100 },
    members: { max_tokens: 100 },
  },
  {
    name: "maxTokensReserve sends what the client says",
    flags: { maxTokensReserve: true },
    body: { max_tokens: 8_192 },
    more: { outputTokensMax: 8_192 },
    members: { max_tokens: 8_192 },
  },
  // Streams
  {
    name: "usage that has to be asked for",
    flags: {},
    body: { stream: true },
    members: { stream_options: { include_usage: true } },
  },
  {
    name: "usage that comes unasked",
    flags: { usageInStream: "x_groq" },
    body: { stream: true, stream_options: { include_usage: true } },
    members: { stream_options: undefined },
  },
  {
    name: "padding that is not wanted",
    flags: { includeObfuscation: false },
    body: { stream: true },
    members: { stream_options: { include_usage: true, include_obfuscation: false } },
  },
  // Reasoning
  {
    name: "effort",
    flags: {},
    body: { reasoning: { effort: "high" } },
    members: { reasoning_effort: "high", reasoning: undefined },
  },
  {
    name: "the nearest effort above (P-2)",
    flags: { reasoningEfforts: ["low", "medium", "high"] },
    body: { reasoning: { effort: "xhigh" } },
    members: { reasoning_effort: "high" },
  },
  {
    name: "the nearest effort below (P-2)",
    flags: { reasoningEfforts: ["low", "medium", "high"] },
    body: { reasoning_effort: "minimal" },
    members: { reasoning_effort: "low" },
  },
  {
    name: "the lesser of two near ones",
    flags: { reasoningEfforts: ["low", "high"] },
    body: { reasoning: { effort: "medium" } },
    members: { reasoning_effort: "low" },
  },
  {
    name: "never none for somebody who wants thoughts",
    flags: { reasoningEfforts: ["none", "high"] },
    body: { reasoning: { effort: "minimal" } },
    members: { reasoning_effort: "high" },
  },
  {
    name: "a budget as the nearest effort (P-1)",
    flags: {},
    body: { max_tokens: 1_000, reasoning: { max_tokens: 480 } },
    members: { reasoning_effort: "medium" },
  },
  {
    name: "thinking without saying how much",
    flags: { reasoningEfforts: ["none", "low", "medium", "high"] },
    body: { reasoning: { enabled: true } },
    members: { reasoning_effort: "medium" },
  },
  {
    name: "thinking without saying how much, where no effort is known,",
    flags: {},
    body: { reasoning: { enabled: true } },
    members: { reasoning_effort: undefined },
  },
  {
    name: "no thinking",
    flags: {},
    body: { reasoning: { enabled: false } },
    members: { reasoning_effort: "none" },
  },
  {
    name: "only whether thoughts are shown",
    flags: {},
    body: { reasoning: { exclude: true } },
    members: { reasoning_effort: undefined, reasoning: undefined },
  },
  {
    name: "no effort beside tools",
    flags: { effortWithTools: false },
    body: { tools: [tool], reasoning: { effort: "high" } },
    members: { reasoning_effort: undefined },
  },
  {
    name: "effort none beside tools",
    flags: { effortWithTools: false },
    body: { tools: [tool], reasoning: { effort: "none" } },
    members: { reasoning_effort: "none" },
  },
  {
    name: "thinkingType, on",
    flags: { reasoningIn: "thinkingType" },
    body: { reasoning: { effort: "high" } },
    members: { thinking: { type: "enabled" }, reasoning_effort: undefined },
  },
  {
    name: "thinkingType with efforts (DeepSeek)",
    flags: { reasoningIn: "thinkingType", reasoningEfforts: ["low", "medium", "high", "max"] },
    body: { reasoning: { effort: "xhigh" } },
    members: { thinking: { type: "enabled" }, reasoning_effort: "high" },
  },
  {
    name: "thinkingType, off",
    flags: { reasoningIn: "thinkingType", reasoningEfforts: ["low", "high"] },
    body: { reasoning: { effort: "none" } },
    members: { thinking: { type: "disabled" }, reasoning_effort: undefined },
  },
  {
    name: "thinkingType with more in it (Z.ai)",
    flags: { reasoningIn: "thinkingType", thinkingMembers: { clear_thinking: false } },
    body: { reasoning: { enabled: true } },
    members: { thinking: { type: "enabled", clear_thinking: false } },
  },
  {
    name: "thinkingType with a budget (Fireworks)",
    flags: { reasoningIn: "thinkingType", reasoningBudgetField: "budget_tokens" },
    body: { reasoning: { max_tokens: 2_000 } },
    members: { thinking: { type: "enabled", budget_tokens: 2_000 } },
  },
  {
    name: "an effort as a budget (P-1)",
    flags: { reasoningIn: "enableThinking", reasoningBudgetField: "thinking_budget" },
    body: { max_tokens: 1_000, reasoning: { effort: "low" } },
    members: { enable_thinking: true, thinking_budget: 200 },
  },
  {
    name: "enableThinking, off",
    flags: { reasoningIn: "enableThinking" },
    body: { reasoning: { effort: "none" } },
    members: { enable_thinking: false },
  },
  {
    name: "a template's switch beside the client's own",
    flags: { reasoningIn: "chatTemplateKwargs", thinkingKwarg: "thinking" },
    body: { chat_template_kwargs: { a: 1 }, reasoning: { enabled: true } },
    members: { chat_template_kwargs: { a: 1, thinking: true } },
  },
  {
    name: "a template's switch under Baseten's name",
    flags: { reasoningIn: "chatTemplateArgs" },
    body: { reasoning: { enabled: false } },
    members: { chat_template_args: { enable_thinking: false } },
  },
  {
    name: "reasoningEnabled (Together)",
    flags: { reasoningIn: "reasoningEnabled", reasoningEfforts: ["low", "medium", "high"] },
    body: { reasoning: { effort: "high" } },
    members: { reasoning: { enabled: true }, reasoning_effort: "high" },
  },
  {
    name: "reasoningObject (OpenRouter)",
    flags: { reasoningIn: "reasoningObject" },
    body: { reasoning: { max_tokens: 2_000 } },
    members: { reasoning: { max_tokens: 2_000 }, reasoning_effort: undefined },
  },
  {
    name: "reasoningObject of a client's older spelling",
    flags: { reasoningIn: "reasoningObject" },
    body: { reasoning_effort: "high" },
    members: { reasoning: { effort: "high" }, reasoning_effort: undefined },
  },
  {
    name: "string",
    flags: { reasoningIn: "string" },
    body: { reasoning: { effort: "low" } },
    members: { thinking: "low", reasoning_effort: undefined },
  },
  {
    name: "promptMode (Magistral)",
    flags: { reasoningIn: "promptMode" },
    body: { reasoning: { effort: "low" } },
    members: { prompt_mode: "reasoning", reasoning_effort: undefined },
  },
  {
    name: "none",
    flags: { reasoningIn: "none" },
    body: { reasoning: { effort: "low" } },
    members: { reasoning_effort: undefined, reasoning: undefined },
  },
  {
    name: "thinkingNeedsStream in a plain answer (Alibaba)",
    flags: { reasoningIn: "enableThinking", thinkingNeedsStream: true },
    body: {},
    members: { enable_thinking: false },
  },
  {
    name: "thinkingNeedsStream in a stream",
    flags: { reasoningIn: "enableThinking", thinkingNeedsStream: true },
    body: { stream: true, reasoning: { enabled: true } },
    members: { enable_thinking: true },
  },
  // What goes back
  {
    name: "thoughts of the past, which strict providers refuse,",
    flags: {},
    body: {
      messages: toolTurn({
        reasoning: "a",
        reasoning_details: details("unknown"),
        annotations: [],
      }),
    },
    members: { messages: toolTurn({}) },
  },
  {
    name: "reasoningEcho",
    flags: { reasoningEcho: "reasoning_content" },
    body: { messages: toolTurn({ reasoning: "a", reasoning_details: details("unknown") }) },
    members: { messages: toolTurn({ reasoning_content: "I thought" }) },
  },
  {
    name: "reasoningEcho of a text alone",
    flags: { reasoningEcho: "reasoning" },
    body: { messages: toolTurn({ reasoning: "a" }) },
    members: { messages: toolTurn({ reasoning: "a" }) },
  },
  {
    name: "another's thoughts (P-4)",
    flags: { reasoningEcho: "reasoning_content" },
    body: {
      messages: toolTurn({ reasoning: "a", reasoning_details: details("anthropic-claude-v1") }),
    },
    members: { messages: toolTurn({}) },
  },
  {
    name: "thoughts that have to be there (Kimi, MiMo)",
    flags: { reasoningEcho: "reasoning_content", reasoningEchoRequired: true },
    body: { messages: toolTurn({}) },
    members: { messages: toolTurn({ reasoning_content: "" }) },
  },
  {
    name: "reasoning_details to who knows them (OpenRouter)",
    flags: { reasoningEcho: "reasoning_details" },
    body: { messages: toolTurn({ reasoning_details: details("anthropic-claude-v1") }) },
    members: { messages: toolTurn({ reasoning_details: details("anthropic-claude-v1") }) },
  },
  {
    name: "thoughts as a part (Mistral)",
    flags: { reasoningEcho: "thinking_part" },
    body: { messages: [...hi, { role: "assistant", content: "so", reasoning: "hm" }, ...hi] },
    members: {
      messages: [
        ...hi,
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
            { type: "text", text: "so" },
          ],
        },
        ...hi,
      ],
    },
  },
  // Messages
  {
    name: "the role developer",
    flags: {},
    body: { messages: [{ role: "developer", content: "be brief" }, ...hi] },
    members: { messages: [{ role: "system", content: "be brief" }, ...hi] },
  },
  {
    name: "the role developer where it is known",
    flags: { systemRole: "developer" },
    body: { messages: [{ role: "developer", content: "be brief" }, ...hi] },
    members: { messages: [{ role: "developer", content: "be brief" }, ...hi] },
  },
  {
    name: "cache marks where they are not known",
    flags: {},
    body: {
      tools: [{ ...tool, cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }],
        },
      ],
    },
    members: {
      tools: [tool],
      messages: [{ role: "user", content: [{ type: "text", text: "a" }] }],
    },
  },
  {
    name: "cache marks where they are",
    flags: { cacheMarks: "keep" },
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }],
        },
      ],
    },
    members: {
      messages: [
        {
          role: "user",
          content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }],
        },
      ],
    },
  },
  {
    name: "emptyAssistantContent as an empty text",
    flags: { emptyAssistantContent: "empty" },
    body: { messages: toolTurn({}) },
    members: { messages: toolTurn({ content: "" }) },
  },
  {
    name: "emptyAssistantContent as null",
    flags: { emptyAssistantContent: "null" },
    body: { messages: toolTurn({ content: "" }) },
    members: { messages: toolTurn({ content: null }) },
  },
  {
    name: "an empty list of calls",
    flags: {},
    body: { messages: [...hi, { role: "assistant", content: "a", tool_calls: [] }, ...hi] },
    members: { messages: [...hi, { role: "assistant", content: "a" }, ...hi] },
  },
  {
    name: "assistantContentAsString",
    flags: { assistantContentAsString: true },
    body: {
      messages: [
        ...hi,
        {
          role: "assistant",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
        ...hi,
      ],
    },
    members: { messages: [...hi, { role: "assistant", content: "ab" }, ...hi] },
  },
  {
    name: "mergeSameRole (Perplexity)",
    flags: { mergeSameRole: true },
    body: {
      messages: [
        ...hi,
        { role: "user", content: [{ type: "text", text: "you" }] },
        { role: "assistant", content: "a" },
        { role: "assistant", content: "b" },
      ],
    },
    members: {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "hi" },
            { type: "text", text: "you" },
          ],
        },
        { role: "assistant", content: "a\n\nb" },
      ],
    },
  },
  {
    name: "a prefill that is marked (Mistral)",
    flags: { prefill: "prefix" },
    body: { messages: [...hi, { role: "assistant", content: "Well" }] },
    members: { messages: [...hi, { role: "assistant", content: "Well", prefix: true }] },
  },
  {
    name: "pictures that are fetched for it",
    flags: { remoteMedia: "inline" },
    body: {
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "https://x.example/a.png", detail: "low" } },
          ],
        },
      ],
    },
    more: {
      media: new Map([["https://x.example/a.png", { mediaType: "image/png", base64: "AA==" }]]),
    },
    members: {
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } },
          ],
        },
      ],
    },
  },
  // Tools
  {
    name: "no tools",
    flags: {},
    body: { tools: [], tool_choice: "auto", parallel_tool_calls: true },
    members: { tools: undefined, tool_choice: undefined, parallel_tool_calls: undefined },
  },
  {
    name: "any for required (Mistral)",
    flags: { toolChoice: "any" },
    body: { tools: [tool], tool_choice: "required" },
    members: { tool_choice: "any" },
  },
  {
    name: "auto where it cannot be said",
    flags: { toolChoice: "auto-only" },
    body: { tools: [tool], tool_choice: "auto" },
    members: { tool_choice: undefined, tools: [tool] },
  },
  {
    name: "none where it cannot be said",
    flags: { toolChoice: "auto-only" },
    body: { tools: [tool], tool_choice: "none" },
    members: { tool_choice: undefined, tools: undefined },
  },
  {
    name: "strict tools where there are none (NVIDIA)",
    flags: { unsupported: ["strict_tools"] },
    body: { tools: [tool] },
    members: {
      tools: [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }],
    },
  },
  {
    name: "tools that the conversation has used",
    flags: { toolHistoryNeedsTools: true },
    body: { messages: toolTurn({}) },
    members: {
      tools: [
        {
          type: "function",
          function: { name: "weather", parameters: { type: "object", properties: {} } },
        },
      ],
    },
  },
  {
    name: "ids that are fit",
    flags: { toolCallIdFormat: "mistral9" },
    body: { messages: toolTurn({}, "Abc123xyZ") },
    members: { messages: toolTurn({}, "Abc123xyZ") },
  },
  // Parameters
  {
    name: "what it does not have",
    flags: {
      unsupported: ["seed", "top_k", "logit_bias", "parallel_tool_calls", "response_format"],
    },
    body: {
      seed: 1,
      top_k: 2,
      logit_bias: {},
      tools: [tool],
      parallel_tool_calls: true,
      response_format: { type: "json_object" },
      top_p: 0.5,
    },
    members: {
      seed: undefined,
      top_k: undefined,
      logit_bias: undefined,
      parallel_tool_calls: undefined,
      response_format: undefined,
      top_p: 0.5,
    },
  },
  {
    name: "a schema where there is only JSON (DeepSeek)",
    flags: { unsupported: ["structured_outputs"] },
    body: answerSchema,
    members: {
      response_format: { type: "json_object" },
      messages: [
        {
          role: "system",
          content: `Answer with JSON only, which fits this JSON schema:\n${JSON.stringify(schema)}`,
        },
        ...hi,
      ],
    },
  },
  {
    name: "a schema where there is neither",
    flags: { unsupported: ["response_format"] },
    body: { ...answerSchema, messages: [{ role: "system", content: "Be brief." }, ...hi] },
    members: {
      response_format: undefined,
      messages: [
        {
          role: "system",
          content: `Be brief.\n\nAnswer with JSON only, which fits this JSON schema:\n${JSON.stringify(schema)}`,
        },
        ...hi,
      ],
    },
  },
  {
    name: "seedField",
    flags: { seedField: "random_seed" },
    body: { seed: 7 },
    members: { random_seed: 7, seed: undefined },
  },
  {
    name: "stopAsArray",
    flags: { stopAsArray: true },
    body: { stop: "END" },
    members: { stop: ["END"] },
  },
  {
    name: "logprobsAsInteger (Together)",
    flags: { logprobsAsInteger: true },
    body: { logprobs: true, top_logprobs: 3 },
    members: { logprobs: 3, top_logprobs: undefined },
  },
  {
    name: "logprobsAsInteger, off",
    flags: { logprobsAsInteger: true },
    body: { logprobs: false },
    members: { logprobs: undefined },
  },
  {
    name: "temperatureMax",
    flags: { temperatureMax: 1 },
    body: { temperature: 1.7 },
    members: { temperature: 1 },
  },
  {
    name: "extraBody",
    flags: { extraBody: { tool_stream: true, reasoning_split: true } },
    body: { reasoning_split: false },
    members: { tool_stream: true, reasoning_split: false },
  },
  {
    name: "sessionAffinityHeader as a member",
    flags: { sessionAffinityHeader: "prompt_cache_key" },
    body: { session_id: "s-1" },
    members: { prompt_cache_key: digestOf("s-1"), session_id: undefined },
  },
  {
    name: "sessionAffinityHeader beside the client's own",
    flags: { sessionAffinityHeader: "prompt_cache_key" },
    body: { session_id: "s-1", prompt_cache_key: "mine" },
    members: { prompt_cache_key: "mine" },
  },
];
for (const { name, flags, body, more = {}, members } of cases) {
  test(`${name}: ${JSON.stringify(flags)}`, () => {
    for (const made of [sent(flags, body, more), sentFromElsewhere(flags, body, more)])
      assert.equal(
        Object.fromEntries(Object.keys(members).map((member) => [member, made[member]])),
        members,
      );
  });
}
function digestOf(session: string): string {
  return createHash("sha256").update(`turnpike session ${session}`).digest("hex").slice(0, 32);
}

test("every flag is shown above, or is one of how it is addressed or read", () => {
  const shown = new Set(cases.flatMap(({ flags }) => Object.keys(flags)));
  const elsewhere = [
    "path",
    "headers",
    "reasoningMandatory",
    "reasoningOut",
    "reasoningFormat",
    "promptExcludesCached",
    "completionExcludesReasoning",
  ];
  assert.equal(
    Object.keys(openaiChatFlags).filter((flag) => !shown.has(flag) && !elsewhere.includes(flag)),
    [],
  );
});

for (const { name, flags, body, field } of [
  {
    name: "thinking off where it cannot be (P-2)",
    flags: { reasoningMandatory: true },
    body: { reasoning: { effort: "none" } },
    field: "reasoning.effort",
  },
  {
    name: "thinking off where no such effort is known",
    flags: { reasoningEfforts: ["low", "high"] },
    body: { reasoning: { enabled: false } },
    field: "reasoning.enabled",
  },
  {
    name: "a forced call where there is none (P-6)",
    flags: { toolChoice: "auto-only" },
    body: { tools: [tool], tool_choice: "required" },
    field: "tool_choice",
  },
  {
    name: "a named call where there is none",
    flags: { unsupported: ["tool_choice"] },
    body: { tools: [tool], tool_choice: { type: "function", function: { name: "weather" } } },
    field: "tool_choice",
  },
  {
    name: "tools where there are none",
    flags: { unsupported: ["tools"] },
    body: { tools: [tool] },
    field: "tools",
  },
  {
    name: "a prefill where there is none",
    flags: { prefill: "refuse" },
    body: { messages: [...hi, { role: "assistant", content: "Well" }] },
    field: "messages[1]",
  },
  {
    name: "a picture that nobody fetched",
    flags: { remoteMedia: "inline" },
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "https://x.example/a.png" } }],
        },
      ],
    },
    field: "messages[0].content[0].image_url.url",
  },
]) {
  test(`${name} is not for this endpoint, and the field is named`, () => {
    try {
      sent(flags, body);
    } catch (error) {
      assert.ok(error instanceof CannotEncode, String(error));
      assert.is(error instanceof CannotEncode ? error.field : null, field);
      return;
    }
    assert.unreachable();
  });
}

test("where nothing is asked of it, what the client wrote reaches the provider byte for byte", () => {
  const messages = `[ {"role":"user" , "content":"caf\\u00e9 1.0e3"},{"role":"assistant","content":"a"}, {"content":[{"text":"x","type":"text"}],"role":"user"} ]`;
  const text = `{"messages":${messages}, "temperature" : 0.70,"model":"acme/big-1","x":{"y":[1,  2]}}`;
  const { body } = openaiChat.encode(dialect.decode(Buffer.from(text)), upstreamOf({}));
  assert.is(
    body,
    `{"messages":${messages},"temperature" : 0.70,"model":"big-1","x":{"y":[1,  2]}}`,
  );
});
test("the path, headers and the session are as the flags say", () => {
  const flags = {
    path: "/v2/{model}/chat",
    headers: { "OpenAI-Project": "team/x" },
    sessionAffinityHeader: "x-session-affinity",
  };
  const { path, headers } = openaiChat.encode(
    askOf({ session_id: "s-1" }),
    upstreamOf(flags, { model: "a/b c" }),
  );
  assert.is(path, "/v2/a%2Fb%20c/chat");
  assert.equal(headers, { "openai-project": "team/x", "x-session-affinity": digestOf("s-1") });
  const plain = openaiChat.encode(askOf({}), upstreamOf({}));
  assert.equal([plain.path, plain.headers], ["/chat/completions", {}]);
  assert.is(plain.body, JSON.stringify({ model: "big-1", messages: hi }));
});
test("Azure is asked by model behind its newer path, and by deployment behind its older one", () => {
  const path = (flags: object) =>
    azureOpenai.encode(askOf({}), upstreamOf(flags, { model: "my deployment" })).path;
  assert.is(path({}), "/chat/completions");
  assert.is(
    path({ apiVersion: "2024-10-21" }),
    "/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21",
  );
  assert.is(azureOpenai.auth, "api-key");
});
test("Mistral's ids of calls are nine letters and digits, the same each time, and go back to the client's in the answer", () => {
  const flags = { toolCallIdFormat: "mistral9" };
  const messages = [...toolTurn({}, "toolu_01-long-id"), ...toolTurn({}, "call_2").slice(1)];
  const made = sent(flags, { messages })["messages"] as {
    tool_calls?: { id: string }[];
    tool_call_id?: string;
  }[];
  const ids = made.map((message) => message.tool_calls?.[0]?.id ?? message.tool_call_id);
  const [, first = "", , second = ""] = ids;
  assert.match(first, /^[A-Za-z0-9]{9}$/);
  assert.match(second, /^[A-Za-z0-9]{9}$/);
  assert.not(first === second);
  assert.equal(ids, [undefined, first, first, second, second]);
  assert.equal(sent(flags, { messages })["messages"], made);
  const answer = {
    choices: [{ message: { tool_calls: [call(first)] }, finish_reason: "tool_calls" }],
  };
  const decoded = openaiChat.decodeWhole(
    JSON.stringify(answer),
    askOf({ messages }),
    upstreamOf(flags),
  );
  assert.ok("whole" in decoded);
  const [choice] = decoded.whole.choices ?? [];
  assert.match(JSON.stringify(choice?.message?.["tool_calls"]), /"id":"toolu_01-long-id"/);
});

// What comes out.

type Said = {
  content: string;
  reasoning: string;
  details: unknown[];
  calls: ToolCallDelta[];
  finish: unknown;
  native: unknown;
  usage: unknown[];
  failure: string | null;
  done: boolean;
};
function gather(events: readonly StreamEvent[]): Said {
  const said: Said = {
    content: "",
    reasoning: "",
    details: [],
    calls: [],
    finish: null,
    native: null,
    usage: [],
    failure: null,
    done: false,
  };
  for (const event of events) {
    if (event.kind === "text") said.content += event.text;
    if (event.kind === "usage") said.usage.push(event.usage.counts);
    if (event.kind === "failure") said.failure = event.failure.kind;
    if (event.kind === "done") said.done = true;
    if (event.kind !== "chunk") continue;
    for (const { delta = {}, finish_reason: finish, native_finish_reason: native } of event.chunk
      .choices ?? []) {
      said.content += delta.content ?? "";
      said.reasoning += delta.reasoning ?? "";
      said.details.push(...(delta.reasoning_details ?? []));
      said.calls.push(...(delta.tool_calls ?? []));
      said.finish = finish ?? said.finish;
      said.native = native ?? said.native;
    }
  }
  return said;
}
const streamed = (flags: object, data: readonly (object | string)[]): Said => {
  const decode = openaiChat.decoder(askOf({ stream: true }), upstreamOf(flags));
  return gather(
    data.flatMap((one) => decode(typeof one === "string" ? one : JSON.stringify(one), "")),
  );
};
const delta = (said: object, finish: string | null = null, more: object = {}) => ({
  id: "c-1",
  choices: [{ index: 0, delta: said, finish_reason: finish }],
  ...more,
});
const whole = (flags: object, answer: object) =>
  openaiChat.decodeWhole(JSON.stringify(answer), askOf({}), upstreamOf(flags));

for (const { name, flags = {}, deltas, content = "", reasoning } of [
  {
    name: "reasoning_content (DeepSeek)",
    deltas: [
      { reasoning_content: "hm", content: null },
      { content: "so", reasoning_content: null },
    ],
    content: "so",
    reasoning: "hm",
  },
  {
    name: "reasoning (Groq)",
    deltas: [{ reasoning: "hm" }, { content: "so" }],
    content: "so",
    reasoning: "hm",
  },
  {
    name: "both at once, which are one (Chutes)",
    deltas: [{ reasoning_content: "hm", reasoning: "hm" }],
    reasoning: "hm",
  },
  {
    name: "the first that is not empty",
    deltas: [{ reasoning_content: "", reasoning: "", reasoning_text: "hm" }],
    reasoning: "hm",
  },
  {
    name: "<think> in the text, cut anywhere",
    flags: { reasoningOut: "think" },
    deltas: ["\n<th", "ink>h", "m</", "thi", "nk>\n", "\nso", " <b>"].map((piece) => ({
      content: piece,
    })),
    content: "so <b>",
    reasoning: "hm",
  },
  {
    name: "<think> that is not there",
    flags: { reasoningOut: "think" },
    deltas: [{ content: "<" }, { content: "b>" }, { content: "</think>" }],
    content: "<b></think>",
    reasoning: "",
  },
  {
    name: "<think> left out at the beginning (R1's template)",
    flags: { reasoningOut: "thinkOpen" },
    deltas: [{ content: "hm" }, { content: "</think>so" }],
    content: "so",
    reasoning: "hm",
  },
  {
    name: "<think> there after all",
    flags: { reasoningOut: "thinkOpen" },
    deltas: [{ content: "<think>hm</think>so" }],
    content: "so",
    reasoning: "hm",
  },
  {
    name: "thoughts that never end",
    flags: { reasoningOut: "think" },
    deltas: [{ content: "<think>hm </thi" }],
    content: "",
    reasoning: "hm </thi",
  },
  {
    name: "Mistral's parts",
    deltas: [
      { content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] },
      {
        content: [
          { type: "text", text: "so" },
          { type: "reference", reference_ids: [1] },
        ],
      },
    ],
    content: "so",
    reasoning: "hm",
  },
] as { name: string; flags?: object; deltas: object[]; content?: string; reasoning: string }[]) {
  test(`thoughts as ${name} are reasoning, and what is said is content`, () => {
    const said = streamed(flags, [...deltas.map((one) => delta(one)), delta({}, "stop"), "[DONE]"]);
    assert.equal(
      [said.content, said.reasoning, said.finish, said.done],
      [content, reasoning, "stop", true],
    );
    const texts = said.details.map((one) => (one as { text: string }).text);
    assert.is(texts.join(""), reasoning);
  });
}
test("thoughts of a plain answer come out the same way", () => {
  for (const [flags, message] of [
    [{}, { content: "so", reasoning_content: "hm" }],
    [{ reasoningOut: "think" }, { content: "<think>hm</think>\n\nso" }],
    [
      {},
      {
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
          { type: "text", text: "so" },
        ],
      },
    ],
  ] as [object, object][]) {
    const decoded = whole(flags, {
      choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
    });
    assert.ok("whole" in decoded);
    assert.equal(decoded.whole.choices?.[0]?.message, {
      role: "assistant",
      content: "so",
      reasoning: "hm",
      reasoning_details: [{ type: "reasoning.text", text: "hm", format: "unknown", index: 0 }],
    });
  }
});
test("reasoning_details of a provider that has them stay as they are, and say the reasoning too (MiniMax)", () => {
  const given = [
    { type: "reasoning.text", id: "r", format: "MiniMax-response-v1", index: 0, text: "hm" },
  ];
  const said = streamed({}, [delta({ reasoning_details: given }), delta({}, "stop")]);
  assert.equal([said.reasoning, said.details], ["hm", given]);
});
test("plain text takes the short way behind thoughts in the text, and none before it has ended", () => {
  const decode = openaiChat.decoder(askOf({ stream: true }), upstreamOf({ reasoningOut: "think" }));
  const kinds = ["<think>", "hm", "hm", "</think>", "so", " it", " is"].flatMap((content) =>
    decode(JSON.stringify(delta({ content })), "").map(({ kind }) => kind),
  );
  assert.equal(kinds, ["chunk", "chunk", "chunk", "chunk", "chunk", "text", "text"]);
});

for (const { name, word, called = false, finish } of [
  { name: "Together", word: "eos", finish: "stop" },
  { name: "Mistral", word: "model_length", finish: "length" },
  { name: "Z.ai", word: "sensitive", finish: "content_filter" },
  { name: "an older OpenAI", word: "function_call", finish: "tool_calls" },
  { name: "a word that nobody knows", word: "tired", finish: "stop" },
  { name: "a forced call", word: "stop", called: true, finish: "tool_calls" },
]) {
  test(`${name}: ${word} is ${finish}, and stays beside it`, () => {
    const said = streamed({}, [
      delta(called ? { tool_calls: [{ ...call("a"), index: 0 }] } : { content: "x" }),
      delta({}, word),
    ]);
    assert.equal([said.finish, said.native], [finish, word]);
    const decoded = whole(
      {},
      {
        choices: [
          { message: called ? { tool_calls: [call("a")] } : { content: "x" }, finish_reason: word },
        ],
      },
    );
    assert.ok("whole" in decoded);
    const [choice] = decoded.whole.choices ?? [];
    assert.equal([choice?.finish_reason, choice?.native_finish_reason], [finish, word]);
  });
}
test("an empty finish reason is none: the stream goes on", () =>
  assert.is(
    streamed({}, [{ choices: [{ index: 0, delta: { content: "a" }, finish_reason: "" }] }]).finish,
    null,
  ));

for (const { name, event, kind } of [
  {
    name: "DeepSeek runs out of resources",
    event: delta({ content: "a" }, "insufficient_system_resource"),
    kind: "overloaded",
  },
  { name: "Z.ai's network fails", event: delta({}, "network_error"), kind: "server" },
  {
    name: "MiniMax's base_resp is not zero",
    event: { choices: null, base_resp: { status_code: 1002, status_msg: "rate limit" } },
    kind: "rate-limit",
  },
  {
    name: "xAI sends a code and a text",
    event: { code: "503", error: "The service is overloaded" },
    kind: "overloaded",
  },
  {
    name: "Groq stops with an error",
    event: { choices: [], x_groq: { error: "over capacity" } },
    kind: "overloaded",
  },
  {
    name: "vLLM sends an error as an object",
    event: { object: "error", message: "boom", type: "InternalServerError", code: 500 },
    kind: "server",
  },
  {
    name: "FastAPI sends a detail",
    event: { detail: "Model busy, retry later" },
    kind: "overloaded",
  },
  {
    name: "OpenRouter ends with an error beside a choice",
    event: { ...delta({}, "error"), error: { code: 502, message: "Provider disconnected" } },
    kind: "server",
  },
]) {
  test(`inside of a success, ${name}: ${kind}`, () => {
    assert.is(streamed({}, [event]).failure, kind);
    const decoded = whole({}, event);
    assert.is("kind" in decoded ? decoded.kind : null, kind);
  });
}
test("a base_resp of zero is a success (MiniMax), and its last chunk does not say everything again", () => {
  const said = streamed({}, [
    delta({ content: "a" }, null, { base_resp: { status_code: 0, status_msg: "" } }),
    {
      choices: [{ index: 0, finish_reason: "stop", message: { content: "a" } }],
      base_resp: { status_code: 0 },
    },
  ]);
  assert.equal([said.content, said.finish, said.failure], ["a", "stop", null]);
});
test("an event named error is a failure, and one without data is nothing", () => {
  const decode = openaiChat.decoder(askOf({ stream: true }), upstreamOf({}));
  assert.is(gather(decode('{"message":"overloaded"}', "error")).failure, "overloaded");
  assert.equal(decode("", ""), []);
});

test("a call comes with index, id, type and name, whichever of them a provider leaves out (xAI)", () => {
  const fn = (name: string, given: unknown) => ({ function: { name, arguments: given } });
  const said = streamed({}, [
    delta({ tool_calls: [{ id: "a", ...fn("weather", '{"x":1}') }] }),
    delta({ tool_calls: [{ id: "b", ...fn("time", { y: 2 }) }, { ...fn("sun", null) }] }),
    delta({}, "tool_calls"),
  ]);
  assert.equal(
    said.calls.map(({ index, type }) => [index, type]),
    [
      [0, "function"],
      [1, "function"],
      [2, "function"],
    ],
  );
  assert.equal(
    said.calls.map((one) => one.function),
    [
      { name: "weather", arguments: '{"x":1}' },
      { name: "time", arguments: '{"y":2}' },
      { name: "sun", arguments: "" },
    ],
  );
  assert.equal(
    said.calls.slice(0, 2).map(({ id }) => id),
    ["a", "b"],
  );
  assert.match(said.calls[2]?.id ?? "", /^call_[0-9a-f]{24}$/);
});
test("pieces of a call's arguments without an index go to the call before", () => {
  const said = streamed({}, [
    delta({ tool_calls: [{ id: "a", function: { name: "weather", arguments: "" } }] }),
    delta({ tool_calls: [{ function: { arguments: '{"x"' } }] }),
  ]);
  assert.equal(
    said.calls.map(({ index }) => index),
    [0, 0],
  );
});

// Usage, trap by trap (contract/providers.md 0.4). More of them in openai-usage.test.ts.
for (const { name, events, counts } of [
  {
    name: "xAI's completion leaves reasoning out",
    events: [
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 4,
          total_tokens: 44,
          completion_tokens_details: { reasoning_tokens: 30 },
        },
      },
    ],
    counts: { input: 10n, output: 4n, reasoning: 30n, request: 1n },
  },
  {
    name: "DeepInfra's Gemini leaves reasoning out, which shows when it is more",
    events: [
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 4,
          total_tokens: 14,
          completion_tokens_details: { reasoning_tokens: 30 },
        },
      },
    ],
    counts: { input: 10n, output: 4n, reasoning: 30n, request: 1n },
  },
  {
    name: "Groq's comes as x_groq, unasked",
    events: [
      delta({}, "stop", {
        x_groq: { id: "r", usage: { prompt_tokens: 10, completion_tokens: 4 } },
      }),
    ],
    counts: { input: 10n, output: 4n, request: 1n },
  },
  {
    name: "old Moonshot's comes beside its choice",
    events: [
      {
        choices: [
          {
            index: 0,
            delta: {},
            finish_reason: "stop",
            usage: { prompt_tokens: 10, completion_tokens: 4, cached_tokens: 6 },
          },
        ],
      },
    ],
    counts: { input: 4n, cache_read: 6n, output: 4n, request: 1n },
  },
  {
    name: "DeepSeek's hits are inside the prompt",
    events: [
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 4,
          prompt_cache_hit_tokens: 6,
          prompt_cache_miss_tokens: 4,
        },
      },
    ],
    counts: { input: 4n, cache_read: 6n, output: 4n, request: 1n },
  },
  {
    name: "Mistral's details have no s",
    events: [
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 4,
          prompt_token_details: { cached_tokens: 6 },
        },
      },
    ],
    counts: { input: 4n, cache_read: 6n, output: 4n, request: 1n },
  },
  {
    name: "Perplexity's grows with each chunk, and the last holds",
    events: [1, 2, 4].map((tokens) =>
      delta({ content: "a" }, tokens === 4 ? "stop" : null, {
        usage: { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens },
      }),
    ),
    counts: { input: 10n, output: 4n, request: 1n },
  },
  {
    name: "a prompt that leaves cached tokens out shows by its total",
    events: [
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 4,
          total_tokens: 20,
          prompt_tokens_details: { cached_tokens: 6 },
        },
      },
    ],
    counts: { input: 10n, cache_read: 6n, output: 4n, request: 1n },
  },
]) {
  test(`usage: ${name}`, () => assert.equal(streamed({}, events).usage.at(-1), counts));
}

test("Azure's chunks without choices or deltas say nothing and break nothing", () => {
  const said = streamed({}, [
    { id: "", choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
    delta({ content: "a" }),
    { id: "", choices: [{ index: 0, finish_reason: null, content_filter_results: {} }] },
    delta({}, "stop"),
  ]);
  assert.equal([said.content, said.finish, said.failure], ["a", "stop", null]);
});

test("no bytes make parser and decoder throw, hang, or say more than they were given", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seeded(seed);
  const pick = <One>(from: readonly One[]): One => from[Math.floor(random() * from.length)] as One;
  const pieces = [
    'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n',
    'data: {"id":"c","choices":[{"index":0,"delta":{"content":"<think>"}}]}\n\n',
    'data: {"choices":[{"delta":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":{}}}]}}]}\n\n',
    'data: {"choices":[{"delta":{"tool_calls":[{"index":-1e9,"function":null},null,7]}}]}\n\n',
    'data: {"choices":[{"index":1e9,"delta":[],"finish_reason":7}]}\n\n',
    'data: {"choices":[{"delta":{"content":[{"type":"thinking","thinking":7},null]}}],"usage":{"prompt_tokens":-1}}\n\n',
    'data: {"choices":[{"delta":{"reasoning_details":[null,7,{"text":7}]}}]}\n\n',
    'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n',
    'data: {"error":[]}\n\n',
    "event: error\ndata: 7\n\n",
    "data: [DONE]\n\n",
    ": keep-alive\n\n",
    "data: \n\n",
    "data: {",
    "\u0000\uffff",
    "\r\n\r",
  ];
  const flags = ["fields", "think", "thinkOpen"].map((reasoningOut) =>
    upstreamOf({ reasoningOut, toolCallIdFormat: "mistral9" }),
  );
  const ask = askOf({ stream: true });
  for (let round = 0; round < 20_000; round++) {
    const decode = openaiChat.decoder(ask, pick(flags));
    let events = 0;
    const parser = sseParser((data, name) => {
      for (const event of decode(data, name)) {
        events++;
        if (event.kind === "chunk") assert.ok((event.chunk.choices?.length ?? 0) <= 16);
      }
    });
    let bytes = Buffer.from(
      Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(pieces)).join(""),
    );
    if (random() < 0.3) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
    if (random() < 0.3) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    try {
      for (const slice of slices(bytes, random)) parser.feed(slice);
      parser.end();
      openaiChat.decodeWhole(bytes.toString().replaceAll("data: ", ""), ask, pick(flags));
      for (const one of bytes.toString().split("\n\n"))
        openaiChat.decodeWhole(one.replace("data: ", ""), ask, pick(flags));
    } catch (cause) {
      throw new Error(`seed ${seed}, round ${round}: ${bytes.toString()}`, { cause });
    }
    assert.ok(events < 40);
  }
});

test.run();
