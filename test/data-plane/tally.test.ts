// What was delivered, counted by ourselves: what a charge is made from when a provider reports nothing, or a client leaves.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { charactersOf, count, estimateCounts, openTally } from "#data/tally.ts";
import type { StreamEvent } from "#data/operations/chat.ts";

const test = suite("tally");

for (const { name, value, characters } of [
  { name: "text", value: { role: "assistant", content: "Hello" }, characters: 5 },
  {
    name: "text in parts",
    value: {
      content: [
        { type: "text", text: "Hel" },
        { type: "text", text: "lo" },
      ],
    },
    characters: 5,
  },
  {
    name: "a tool call's name and arguments",
    value: {
      tool_calls: [
        { index: 0, id: "call_1", type: "function", function: { name: "f", arguments: "{}" } },
      ],
    },
    characters: 3,
  },
  { name: "a refusal", value: { content: null, refusal: "No" }, characters: 2 },
  { name: "reasoning", value: { reasoning_content: "Hm" }, characters: 2 },
  {
    name: "reasoning that stands under two names, once,",
    value: { reasoning_content: "Hm", reasoning: "Hm" },
    characters: 2,
  },
  {
    name: "reasoning and its details, once,",
    value: {
      reasoning: "Hm",
      reasoning_details: [{ type: "reasoning.text", text: "Hm", signature: "x".repeat(500) }],
    },
    characters: 2,
  },
  {
    name: "enciphered reasoning as nothing",
    value: { reasoning_details: [{ type: "reasoning.encrypted", data: "x".repeat(500) }] },
    characters: 0,
  },
  {
    name: "sound by its transcript",
    value: { audio: { id: "a", data: "x".repeat(500), transcript: "Hi" } },
    characters: 2,
  },
  { name: "null", value: null, characters: 0 },
]) {
  test(`${name} counts as ${characters} characters`, () =>
    assert.is(charactersOf(value), characters));
}

test("four characters are a token, and a part of one is a whole one", () => {
  assert.equal(estimateCounts(9, 0), { input: 9n, output: 0n, request: 1n });
  assert.equal(estimateCounts(9, 5), { input: 9n, output: 2n, request: 1n });
});

const usage = (output: bigint | null): StreamEvent => ({
  kind: "usage",
  usage: { counts: output === null ? null : { input: 9n, output }, raw: String(output) },
});
for (const { name, events, raw } of [
  {
    name: "usage that grows holds as it was told last (M-7)",
    events: [usage(1n), usage(5n)],
    raw: "5",
  },
  {
    name: "usage that cannot be believed does not replace one that can",
    events: [usage(5n), usage(null)],
    raw: "5",
  },
  {
    name: "usage that can be believed replaces one that cannot",
    events: [usage(null), usage(5n)],
    raw: "5",
  },
  {
    name: "usage that cannot be believed is kept where there is no other",
    events: [usage(null)],
    raw: "null",
  },
]) {
  test(name, () => {
    const tally = openTally();
    for (const event of events) count(tally, event);
    assert.is(tally.usage?.raw, raw);
  });
}

test.run();
