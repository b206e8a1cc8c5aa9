// When an answer is kept, for how long, and which requests are the same: without a gateway.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { questionText, withoutSpaces } from "#data/response-cache/same-question.ts";
import { cacheWish, type PresetCaching } from "#data/response-cache/wish.ts";

const test = suite("the same question");

const on = { "x-openrouter-cache": "true" };
const off = { "x-openrouter-cache": "false" };
const preset = (enabled: boolean | null, ttlSeconds: number | null = null): PresetCaching => ({
  enabled,
  ttlSeconds,
});
for (const { name, headers, by, ttl } of [
  { name: "without header and preset nothing is kept", headers: {}, by: null, ttl: null },
  { name: "the header true keeps for 300 seconds", headers: on, by: null, ttl: 300 },
  {
    name: "the header's case and spaces do not matter",
    headers: { "x-openrouter-cache": " TRUE " },
    by: null,
    ttl: 300,
  },
  {
    name: "another word in the header is none",
    headers: { "x-openrouter-cache": "yes" },
    by: null,
    ttl: null,
  },
  { name: "a preset's true keeps", headers: {}, by: preset(true), ttl: 300 },
  {
    name: "the header's false wins over a preset's true",
    headers: off,
    by: preset(true),
    ttl: null,
  },
  {
    name: "a preset's false wins over the header's true",
    headers: on,
    by: preset(false),
    ttl: null,
  },
  {
    name: "a preset that says nothing leaves it to the header",
    headers: on,
    by: preset(null),
    ttl: 300,
  },
  {
    name: "a preset's time holds where the header has none",
    headers: on,
    by: preset(true, 60),
    ttl: 60,
  },
  {
    name: "the header's time wins over the preset's",
    headers: { ...on, "x-openrouter-cache-ttl": "90" },
    by: preset(true, 60),
    ttl: 90,
  },
  ...[
    ["60abc", 60],
    ["abc", 300],
    ["", 300],
    ["-5", 300],
    ["0", 1],
    ["1.9", 1],
    ["86400", 86_400],
    ["86401", 86_400],
    ["9".repeat(400), 86_400],
  ].map(([text, seconds]) => ({
    name: `a TTL of "${String(text).slice(0, 8)}" is ${seconds} seconds`,
    headers: { ...on, "x-openrouter-cache-ttl": String(text) },
    by: null,
    ttl: Number(seconds),
  })),
])
  test(`C-1: ${name}`, () => {
    assert.is(cacheWish(headers, by ?? undefined)?.ttlSeconds ?? null, ttl);
  });

test("C-4: clearing works only while caching is on", () => {
  const clear = { "x-openrouter-cache-clear": "true" };
  assert.is(cacheWish({ ...on, ...clear })?.clear, true);
  assert.is(cacheWish(on)?.clear, false);
  assert.is(cacheWish(clear), null);
  assert.is(cacheWish({ ...off, ...clear }), null);
});

const ask = (text: string, more: Partial<Parameters<typeof questionText>[1]> = {}) => ({
  dialect: "openai-chat" as const,
  operation: "chat" as const,
  stream: false,
  models: ["acme/a"],
  text,
  ...more,
});
const body = '{"model":"acme/a","messages":[{"role":"user","content":"a  b"}]}';
const same = questionText("key_1", ask(body));

for (const { name, other, equal } of [
  {
    name: "another key asks another question",
    other: questionText("key_2", ask(body)),
    equal: false,
  },
  {
    name: "streamed is another",
    other: questionText("key_1", ask(body, { stream: true })),
    equal: false,
  },
  {
    name: "another kind of endpoint is another",
    other: questionText("key_1", ask(body, { dialect: "openai-responses" })),
    equal: false,
  },
  {
    name: "other models are another",
    other: questionText("key_1", ask(body, { models: ["acme/a", "acme/b"] })),
    equal: false,
  },
  {
    name: "a feature that a header switches on makes it another",
    other: questionText("key_1", ask(body, { anthropicBetas: ["context-1m"] })),
    equal: false,
  },
  {
    name: "spaces between tokens do not matter",
    other: questionText(
      "key_1",
      ask(`\n${body.replaceAll(":", " : ").replaceAll(",", ",\t\r\n")} `),
    ),
    equal: true,
  },
  {
    name: "spaces in a text do",
    other: questionText("key_1", ask(body.replace("a  b", "a b"))),
    equal: false,
  },
  {
    name: "the order of members does",
    other: questionText(
      "key_1",
      ask('{"messages":[{"role":"user","content":"a  b"}],"model":"acme/a"}'),
    ),
    equal: false,
  },
])
  test(`C-2: ${name}`, () => assert.is(other === same, equal));

test("C-2: any JSON without its spaces is what JSON.stringify writes, whatever its strings hold", () => {
  const seed = 20_261_125;
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom(1, "\t", "\r\n ", "  "),
      (value, indent) => {
        const spaced = JSON.stringify(value, null, indent);
        const want = JSON.stringify(value);
        assert.is(withoutSpaces(Buffer.from(spaced)).toString(), want);
      },
    ),
    { numRuns: 5_000, seed },
  );
  for (const text of ['{"a":"\\\\"  ,  "b" : "\\" x"}', '"open', '{"a', "  ", '"\\'])
    assert.type(withoutSpaces(Buffer.from(text)).toString(), "string");
  assert.is(
    withoutSpaces(Buffer.from('{"a":"\\\\"  ,  "b" : "\\" x"}')).toString(),
    '{"a":"\\\\","b":"\\" x"}',
  );
});

test.run();
