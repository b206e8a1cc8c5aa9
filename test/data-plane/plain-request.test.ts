// The plain way in says what the general way says, for every body that it takes; and what it sends on is the same request.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeAny, openaiChat } from "#data/dialects/openai-chat.ts";
import type { ChatAsk } from "#data/operations/chat.ts";
import { readPlain } from "#data/operations/plain-request.ts";
import { encodeBody } from "#data/providers/openai-chat-body.ts";
import { encodePlain } from "#data/providers/openai-chat-plain.ts";
import { Refusal } from "#data/refusal.ts";

const test = suite("plain request");
const seen = (ask: ChatAsk) => ({
  body: ask.body,
  members: ask.members,
  text: ask.text,
  models: ask.models,
  stream: ask.stream,
  outputTokensMax: ask.outputTokensMax,
  promptTokensBound: ask.promptTokensBound,
  promptTokensEstimate: ask.promptTokensEstimate,
  images: ask.images,
  searchesBound: ask.searchesBound,
  reasoning: ask.reasoning,
  serviceTier: ask.serviceTier,
  preferences: ask.preferences,
  parameters: [...ask.parameters].toSorted(),
  user: ask.user,
  session: ask.session,
});
const upstream = (flags: Record<string, unknown> = {}) => ({
  model: "theirs/big-1",
  flags,
  outputTokensMax: null,
  outputTokensLimit: 4_096,
  serviceTier: null,
  media: new Map(),
});
const usual = {
  model: "acme/big",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: 'Say "hello"\n in \u00fcber 5 \\ languages' },
  ],
  temperature: 0.5,
  max_tokens: 100,
};

test("an everyday request takes the plain way, streamed or not, ASCII or not", () => {
  for (const body of [
    usual,
    { ...usual, stream: true },
    { ...usual, stream: true, stream_options: { include_usage: true } },
    { ...usual, messages: [{ content: "漢字 🙂", role: "user" }] },
    { ...usual, top_p: 1, seed: -7, user: "u-1", frequency_penalty: 1e-3 },
  ])
    assert.ok(readPlain(Buffer.from(JSON.stringify(body))), JSON.stringify(body));
});

for (const { name, text } of [
  {
    name: "a member twice",
    text: '{"model":"a","model":"b","messages":[{"role":"user","content":"x"}]}',
  },
  {
    name: "a role twice",
    text: '{"model":"a","messages":[{"role":"user","role":"user","content":"x"}]}',
  },
  {
    name: "a member that is not plain",
    text: '{"model":"a","tools":[],"messages":[{"role":"user","content":"x"}]}',
  },
  {
    name: "a name with an escape",
    text: '{"m\\u006fdel":"a","messages":[{"role":"user","content":"x"}]}',
  },
  {
    name: "parts",
    text: '{"model":"a","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}',
  },
  {
    name: "a bare line break in a text",
    text: '{"model":"a","messages":[{"role":"user","content":"x\ny"}]}',
  },
  {
    name: "an escape that JSON does not have",
    text: '{"model":"a","messages":[{"role":"user","content":"\\x41"}]}',
  },
  { name: "half an escape", text: '{"model":"a","messages":[{"role":"user","content":"\\u00"}]}' },
  {
    name: "an attachment",
    text: '{"model":"a","messages":[{"role":"user","content":"data:image/png;base64,x"}]}',
  },
  {
    name: "a quoted attachment",
    text: '{"model":"a","messages":[{"role":"user","content":"see \\"data:x\\""}]}',
  },
  {
    name: "a number with a zero in front",
    text: '{"model":"a","temperature":01,"messages":[{"role":"user","content":"x"}]}',
  },
  {
    name: "something behind it",
    text: '{"model":"a","messages":[{"role":"user","content":"x"}]}x',
  },
  { name: "no end", text: '{"model":"a","messages":[{"role":"user","content":"x"}]' },
  { name: "no messages", text: '{"model":"a","messages":[]}' },
  { name: "no model", text: '{"messages":[{"role":"user","content":"x"}]}' },
  { name: "nothing", text: "" },
])
  test(`a body with ${name} is read in the general way`, () => {
    assert.is(readPlain(Buffer.from(text)), null);
  });

test("bytes that are not UTF-8 are read in the general way", () => {
  const bytes = Buffer.from(JSON.stringify({ ...usual, user: "xx" }));
  bytes[bytes.indexOf("xx")] = 0xff;
  assert.is(readPlain(bytes), null);
});

const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    "a",
    '"',
    "\\",
    "\\u0041",
    "data:",
    '"data:x"',
    "line\nbreak",
    "tab\t",
    "\u0000",
    "漢",
    "\ud800",
  ),
);
const plainMessage = fc.record({
  role: fc.constantFrom("system", "user", "assistant"),
  content: anyText,
});
const plainBody = fc.record(
  {
    model: fc.constantFrom("acme/big", "ä/ö", "a b"),
    messages: fc.array(plainMessage, { minLength: 1, maxLength: 4 }),
    stream: fc.boolean(),
    stream_options: fc.record({ include_usage: fc.boolean() }),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    top_p: fc.constantFrom(0, 0.1, 1),
    max_tokens: fc.integer({ min: 1, max: 5_000 }),
    max_completion_tokens: fc.integer({ min: 1, max: 5_000 }),
    seed: fc.integer(),
    user: fc.string(),
  },
  { requiredKeys: ["model", "messages"] },
);
/** Something that is not plain, or not right. */
const anyOddity = fc.record(
  {
    model: anyText,
    messages: fc.array(
      fc.record(
        {
          role: fc.constantFrom("user", "tool", "developer", "robot"),
          content: fc.constantFrom(null, [], 1, "x"),
          name: anyText,
        },
        { requiredKeys: ["role", "content"] },
      ),
      { maxLength: 2 },
    ),
    stream: fc.constantFrom<unknown>(null, "true"),
    temperature: fc.oneof(fc.double(), fc.constantFrom(-0, 1e21, 1e-7)),
    max_tokens: fc.constantFrom(0, -1, 1.5, 1e9, null),
    service_tier: fc.constantFrom("flex", "auto"),
  },
  { requiredKeys: [] },
);
const anyBody = fc
  .tuple(plainBody, fc.option(anyOddity, { freq: 1, nil: {} }), fc.nat(3))
  .map(([body, odd, chance]) => (chance === 0 ? { ...body, ...odd } : body));
/** Bodies as clients write them, with spaces, and now and then with a character too many, too few or another. */
const anyBytes = fc
  .tuple(
    anyBody,
    fc.constantFrom(0, 0, 0, 1),
    fc.nat(),
    fc.constantFrom("", "", "", ",", '"', "\\", "}", " ", "0"),
  )
  .map(([body, spaces, place, other]) => {
    const text = JSON.stringify(body, null, spaces ? " " : undefined).replaceAll(
      "\n",
      spaces ? " " : "\n",
    );
    const at = place % (text.length + 1);
    return Buffer.from(
      other === "" ? text : text.slice(0, at) + other + text.slice(at + (place % 2)),
    );
  });

test("whatever takes the plain way is what the general way reads, and goes on as the same request", () => {
  let plain = 0;
  fc.assert(
    fc.property(
      anyBytes,
      fc.constantFrom<Record<string, unknown>>(
        {},
        { tokenLimitField: "max_completion_tokens" },
        { usageInStream: "always" },
      ),
      (bytes, flags) => {
        let ask: ChatAsk | null = null;
        let refused: unknown = null;
        try {
          ask = openaiChat.decode(bytes, {});
        } catch (cause) {
          refused = cause;
        }
        if (!ask) {
          assert.instance(refused, Refusal);
          assert.throws(
            () => decodeAny(bytes),
            (cause: unknown) => cause instanceof Refusal,
          );
          return;
        }
        if (!ask.plain) return;
        plain++;
        assert.equal(seen(ask), seen(decodeAny(bytes)));
        const copied = encodePlain(ask, upstream(flags));
        if (!copied) return;
        const general = JSON.parse(encodeBody(decodeAny(bytes), upstream(flags)));
        assert.equal(JSON.parse((copied.bytes ?? copied.body).toString()), general);
      },
    ),
    { numRuns: 20_000 },
  );
  assert.ok(plain > 1_000, `${plain} bodies were plain`);
});

test.run();
