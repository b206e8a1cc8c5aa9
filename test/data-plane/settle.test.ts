// What a provider says beside its numbers is kept as far as Postgres takes it, and never stops a settlement.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { usageText } from "#data/settle.ts";
import { smallLedger } from "#test/schema/small-ledger.ts";

const ledger = await smallLedger({ connectionsMax: 1 });
const test = suite("settle");
test.after(() => ledger.close());

for (const { name, usage, kept } of [
  { name: "numbers", usage: { prompt_tokens: 1 }, kept: { prompt_tokens: 1 } },
  { name: "NUL in a text", usage: { note: "a\0b" }, kept: { note: "ab" } },
  { name: "half a character", usage: { note: "a\ud800b" }, kept: { note: "a\ufffdb" } },
  { name: "a control character", usage: { note: "a\u0001b" }, kept: { note: "a\u0001b" } },
  { name: "a backslash before the letters of NUL", usage: { note: "\\u0000" }, kept: null },
  { name: "NUL in a name", usage: { "a\0": 1 }, kept: null },
  { name: "half a character in a name", usage: { "\udfff": 1 }, kept: null },
  { name: "10,000 characters", usage: { note: "x".repeat(10_000) }, kept: null },
  { name: "nothing", usage: undefined, kept: null },
]) {
  test(`usage with ${name} is kept as far as jsonb takes it`, async () => {
    const text = usageText(usage);
    assert.equal(JSON.parse(text), kept);
    await ledger.client`select ${text}::text::jsonb`;
  });
}

test.run();
