// Ids: what we made is read back as it was, and what we did not make is refused.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  generationIdOf,
  generationTimeMs,
  generationUuid,
  type IdKind,
  mintGenerationId,
  mintId,
  parseId,
  prefixes,
  randomBase62,
  uuidFloor,
} from "#schema/ids.ts";

const test = suite("ids");

for (const kind of Object.keys(prefixes) as IdKind[]) {
  test(`a minted ${kind} id is read back as one, and as no other kind`, () => {
    const id = mintId(kind);
    assert.is(parseId(kind, id), id);
    for (const other of Object.keys(prefixes) as IdKind[]) {
      if (other !== kind) assert.is(parseId(other, id), null);
    }
  });
}

for (const { name, text } of [
  { name: "nothing", text: "" },
  { name: "a bare prefix", text: "org_" },
  { name: "a prefix without its underscore", text: "orgabc" },
  { name: "SQL", text: "org_a'; drop table keys; --" },
  { name: "a path", text: "org_../../etc" },
  { name: "a letter that only looks like one of ours", text: "org_аbc" },
  { name: "a line feed at the end", text: "org_abc\n" },
  { name: "more than 40 characters", text: `org_${"a".repeat(41)}` },
  { name: "another case", text: "ORG_abc" },
]) {
  test(`${name} is no organization id`, () => assert.is(parseId("organization", text), null));
}

test("a generation id and its UUID are one value in two spellings, at any time", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 36 }), (atMs) => {
      const id = mintGenerationId(atMs);
      const uuid = generationUuid(id) ?? "";
      assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.is(generationIdOf(uuid), id);
      assert.is(generationTimeMs(uuid), atMs);
      assert.ok(uuid >= uuidFloor(atMs));
      assert.ok(uuid < uuidFloor(atMs + 1));
    }),
  );
});

test("two generations of one millisecond have two ids", () => {
  assert.is(new Set(Array.from({ length: 1000 }, () => mintGenerationId(5))).size, 1000);
});

const good = mintGenerationId(1_700_000_000_123);
for (const { name, text } of [
  { name: "nothing", text: "" },
  { name: "a UUID", text: generationUuid(good) ?? "" },
  { name: "OpenAI's form", text: "chatcmpl-9Z" },
  { name: "a generation id with another second", text: good.replace("1700000000", "1700000001") },
  { name: "a generation id with a zero before its seconds", text: good.replace("gen-", "gen-0") },
  { name: "a generation id that is one short", text: good.slice(0, -1) },
  { name: "a generation id with padding", text: `${good}==` },
  { name: "a generation id and more", text: `${good} ` },
  { name: "bits that base64 would drop", text: good.slice(0, -1) + "_" },
]) {
  test(`${name} is no generation id`, () => assert.is(generationUuid(text), null));
}

test("no text at all makes the parser of generation ids throw", () => {
  fc.assert(fc.property(fc.string(), (text) => generationUuid(`gen-${text}`) === null));
});

test("random base-62 text has the length asked for and every character about equally often", () => {
  const text = randomBase62(62_000);
  assert.is(text.length, 62_000);
  const counts = [...Map.groupBy(text, (character) => character).values()].map((all) => all.length);
  assert.is(counts.length, 62);
  // 1000 expected each, standard deviation 31: eight of them is once in 10¹⁵ runs.
  for (const count of counts) assert.ok(count > 750 && count < 1250, `${count}`);
});

test.run();
