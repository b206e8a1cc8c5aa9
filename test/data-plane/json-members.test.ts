// Editing a body in its own text: what is not edited stays as it was, byte for byte, and nothing hostile gets through.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  depthMax,
  editMembers,
  JsonLimitError,
  scanMembers,
  valuesMax,
} from "#data/operations/json-members.ts";

const test = suite("json members");
const edit = (text: string, edits: Record<string, string | null>) =>
  editMembers(text, scanMembers(text), new Map(Object.entries(edits)), new Set());

for (const { name, text, edits, expected } of [
  {
    name: "a member is replaced in its place",
    text: '{"a":1,"model":"x","b":2}',
    edits: { model: '"y"' },
    expected: '{"a":1,"model":"y","b":2}',
  },
  {
    name: "a member is dropped",
    text: '{"a":1,"model":"x","b":2}',
    edits: { model: null },
    expected: '{"a":1,"b":2}',
  },
  {
    name: "the only member is dropped",
    text: '{ "a" : [1, 2] }',
    edits: { a: null },
    expected: "{}",
  },
  {
    name: "a member that is not there is added",
    text: '{"a":1}',
    edits: { model: '"y"' },
    expected: '{"a":1,"model":"y"}',
  },
  {
    name: "a member is added to nothing",
    text: "{ }",
    edits: { model: '"y"' },
    expected: '{"model":"y"}',
  },
  {
    name: "dropping what is not there changes nothing",
    text: '{"a":1}',
    edits: { model: null },
    expected: '{"a":1}',
  },
  {
    name: "numbers, escapes and spaces inside a value stay as they were written",
    text: '{"a": 1.0e+02 ,"b":"\\u00e9\\/","c":[ 1,\n2 ],"model":"x"}',
    edits: { model: '"y"' },
    expected: '{"a": 1.0e+02,"b":"\\u00e9\\/","c":[ 1,\n2 ],"model":"y"}',
  },
  {
    name: "a name written with escapes is the name it spells",
    text: '{"mo\\u0064el":"x"}',
    edits: { model: '"y"' },
    expected: '{"mo\\u0064el":"y"}',
  },
  {
    name: "members of inner objects are nobody's business",
    text: '{"a":{"model":"x"},"model":"x"}',
    edits: { model: '"y"' },
    expected: '{"a":{"model":"x"},"model":"y"}',
  },
  {
    name: "braces, quotes and commas inside text are text",
    text: '{"a":"}\\",{\\\\","model":"x"}',
    edits: { model: '"y"' },
    expected: '{"a":"}\\",{\\\\","model":"y"}',
  },
  {
    name: "a 64-bit seed is not rounded",
    text: '{"seed":18446744073709551615,"model":"x"}',
    edits: { model: '"y"' },
    expected: '{"seed":18446744073709551615,"model":"y"}',
  },
] satisfies {
  name: string;
  text: string;
  edits: Record<string, string | null>;
  expected: string;
}[]) {
  test(name, () => assert.is(edit(text, edits), expected));
}

for (const { name, text } of [
  { name: "a member that stands twice (D46)", text: '{"model":"a","model":"b"}' },
  {
    name: "a member that stands twice, once in disguise (D46)",
    text: '{"model":"a","\\u006dodel":"b"}',
  },
  { name: "__proto__ that stands twice", text: '{"__proto__":1,"__proto__":2}' },
  {
    name: `nesting of ${depthMax + 1} (D44)`,
    text: `{"a":${"[".repeat(depthMax)}${"]".repeat(depthMax)}}`,
  },
  { name: "nesting of 4 million (D44)", text: "[".repeat(4_000_000) },
  { name: `an object nested 10,000 deep (D44)`, text: '{"a":'.repeat(10_000) },
  { name: "more than 100,000 values (D45)", text: `{"a":[${"1,".repeat(valuesMax)}1]}` },
  { name: "2 million empty objects (D45)", text: `[${"{},".repeat(2_000_000)}{}]` },
]) {
  test(`${name} is refused`, () =>
    assert.throws(
      () => scanMembers(text),
      (error: unknown) => error instanceof JsonLimitError,
    ));
}

test(`nesting of ${depthMax} is accepted`, () => {
  assert.is(scanMembers(`{"a":${"[".repeat(depthMax - 1)}${"]".repeat(depthMax - 1)}}`).length, 1);
});

const object = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 4 }), {
  maxKeys: 8,
  noNullPrototype: true,
});
const written = fc
  .tuple(object, fc.constantFrom(undefined, 1, "\t", "\r\n ".slice(2)))
  .map(([value, space]) => ({ value, text: JSON.stringify(value, null, space) }));

test("members say where every value stands, and its text is that value", () => {
  fc.assert(
    fc.property(written, ({ value, text }) => {
      const members = scanMembers(text);
      assert.equal(
        members.map((member) => member.name),
        Object.keys(JSON.parse(text) as object),
      );
      for (const member of members)
        assert.equal(
          JSON.parse(text.slice(member.valueStart, member.valueEnd)),
          JSON.parse(JSON.stringify(value))[member.name],
        );
    }),
    { numRuns: 300 },
  );
});

test("editing nothing but model leaves everything else equal, and the text of every other value the same", () => {
  fc.assert(
    fc.property(written, fc.string(), ({ text }, model) => {
      const edited = edit(text, { model: JSON.stringify(model) });
      const { model: _before, ...before } = JSON.parse(text) as Record<string, unknown>;
      const { model: after, ...rest } = JSON.parse(edited) as Record<string, unknown>;
      assert.is(after, model);
      assert.equal(rest, before);
      const values = (of: string) =>
        scanMembers(of)
          .filter((member) => member.name !== "model")
          .map((member) => of.slice(member.start, member.valueEnd));
      assert.equal(values(edited), values(text));
    }),
    { numRuns: 300 },
  );
});

test("text that is not JSON never makes the scan throw anything but its own refusal", () => {
  const scraps = fc.array(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      '"',
      "\\",
      ",",
      ":",
      "a",
      " ",
      "1",
      "\n",
      '"model"',
      "\\u00",
      "null",
      "\0",
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(
      scraps.map((parts) => parts.join("")),
      (text) => {
        try {
          for (const member of scanMembers(text))
            assert.ok(member.valueStart <= member.valueEnd && member.valueEnd <= text.length);
        } catch (error) {
          if (!(error instanceof JsonLimitError)) throw error;
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test("32 MB of quotes and backslashes are scanned in one pass", () => {
  for (const text of [`{"a":"${'\\"'.repeat(16_000_000)}"}`, `{"a":"${"\\".repeat(16_000_000)}`]) {
    const startedAt = performance.now();
    scanMembers(text);
    // A second on an idle machine; looking back over every backslash at every quote would take hours.
    assert.ok(performance.now() - startedAt < 60_000, `${performance.now() - startedAt} ms`);
  }
});

test.run();
