// Flags of providers: what is refused and with which words, what is read, and that the docs have the same ones.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { anyProtocolFlags } from "#schema/flags/any-protocol.ts";
import { checkFlags, protocolFlags } from "#schema/flags/check-flags.ts";
import {
  boolean,
  flagReader,
  members,
  number,
  text,
  word,
  words,
  type FlagList,
} from "#schema/flags/flag.ts";
import { wireProtocols, type WireProtocolName } from "#schema/wire-protocols.ts";
import { shippedProviders } from "#control/shipped-catalogue/providers.ts";
import { listFiles } from "#test/read-source.ts";

const test = suite("flags");
const root = join(import.meta.dirname, "../..");
const dataPlane = listFiles(root)
  .filter((path) => path.startsWith("data-plane/") && path.endsWith(".ts"))
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("");

const list = {
  word: word(["a", "b"], "a", ""),
  words: words(["a", "b"], null, ""),
  none: words(["a", "b"], [], ""),
  boolean: boolean(null, ""),
  whole: number({ least: 1, most: 5 }, null, ""),
  number: number({ least: 0, most: 1, whole: false }, 0.5, ""),
  text: text({ pattern: /^\/\w+$/, like: "/x" }, "/", ""),
  members: members("{}", "", (name) => name !== "no"),
} satisfies FlagList;
const absent = {
  word: "a",
  words: null,
  none: [],
  boolean: null,
  whole: null,
  number: 0.5,
  text: "/",
  members: null,
};
test("what is absent, null or of another kind is read as absent", () => {
  const read = flagReader(list);
  assert.equal(read({}), absent);
  assert.equal(read(Object.fromEntries(Object.keys(list).map((name) => [name, null]))), absent);
  assert.equal(
    read({
      word: "c",
      words: ["a", "a"],
      none: ["c"],
      boolean: "true",
      whole: 1.5,
      number: 2,
      text: "x",
      members: { no: 1 },
      other: 1,
    }),
    absent,
  );
});
test("what is there is read as it is, once for each row", () => {
  const read = flagReader(list);
  const row = {
    word: "b",
    words: ["b"],
    none: ["a"],
    boolean: false,
    whole: 5,
    number: 0,
    text: "/x",
    members: { yes: [1] },
  };
  assert.equal(read(row), row);
  assert.is(read(row), read(row));
});

for (const { name, flags, problems } of [
  {
    name: "flags of the protocol, of all protocols, and null",
    flags: { seedField: "random_seed", auth: "none", unsupported: null },
    problems: [],
  },
  {
    name: "another spelling",
    flags: { seed_field: "seed" },
    problems: ["is no flag of openai-chat; did you mean seedField?"],
  },
  {
    name: "another protocol's",
    flags: { apiVersion: "x" },
    problems: ["is a flag of azure-openai, not of openai-chat"],
  },
  {
    name: "a wrong word",
    flags: { seedField: "s" },
    problems: ['expected seed, random_seed; got "s"'],
  },
  {
    name: "a name of JavaScript's own",
    flags: { constructor: 1 },
    problems: [/^is no flag of openai-chat; it has assistantContentAsString, auth, /],
  },
  {
    name: "a header that is ours to set",
    flags: { headers: { Authorization: "x" } },
    problems: [/^expected members such as/],
  },
  {
    name: "more than fits",
    flags: { extraBody: { a: "x".repeat(20_000) } },
    problems: ["expected at most 10000 characters of JSON"],
  },
] as { name: string; flags: Record<string, unknown>; problems: (string | RegExp)[] }[]) {
  test(`${name}: ${problems.length === 0 ? "accepted" : "refused with what is meant"}`, () => {
    const found = checkFlags("openai-chat", flags).map(({ message }) => message);
    assert.is(found.length, problems.length, found.join("; "));
    for (const [index, message] of found.entries()) {
      const expected = problems[index];
      if (expected instanceof RegExp) assert.match(message, expected);
      else assert.is(message, expected);
    }
  });
}
test("the flags of shipped providers are ones that can be written", () => {
  for (const { slug, protocol, flags } of shippedProviders)
    assert.equal(checkFlags(protocol, flags), [], slug);
});

test("the flags that every protocol has are those of docs/configuration.md", () => {
  const said = flagsIn("docs/configuration.md", "### Provider flags");
  assert.equal(said.toSorted(), Object.keys(anyProtocolFlags).toSorted());
});
/** Made from others: their flags are on the pages of those. */
const madeFrom: Partial<Record<WireProtocolName, WireProtocolName[]>> = {
  "azure-openai": ["openai-chat"],
  vertex: ["openai-chat", "anthropic-messages", "gemini-generate-content"],
};
for (const protocol of wireProtocols) {
  const elsewhere = (madeFrom[protocol] ?? []).flatMap((other) =>
    Object.keys(protocolFlags[other]),
  );
  const own = Object.keys(protocolFlags[protocol]).filter((name) => !elsewhere.includes(name));
  if (own.length === 0) continue;
  test(`the flags of ${protocol} are those of its page`, () => {
    assert.equal(flagsIn(`docs/providers/${protocol}.md`, "# ").toSorted(), own.toSorted());
  });
}
test("every flag that the gateway reads by its name is declared", () => {
  const read = dataPlane.matchAll(/\bflags(?:\[|\?\.\[)"(\w+)"\]/g);
  const declared = new Set(
    [anyProtocolFlags, ...Object.values(protocolFlags)].flatMap(Object.keys),
  );
  const unknown = [...read].flatMap(([, flag = ""]) => (declared.has(flag) ? [] : [flag]));
  assert.equal([...new Set(unknown)], []);
});

/** The first column of the tables whose first heading is `flag`, behind a heading of the page. */
function flagsIn(path: string, behind: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  const lines = text.slice(text.indexOf(behind)).split("\n");
  let isFlags = false;
  return lines.flatMap((line) => {
    if (!line.startsWith("|")) isFlags = false;
    else if (/^\| *flag *\|/.test(line)) isFlags = true;
    const name = /^\| *`(\w+)` *\|/.exec(line)?.[1];
    return isFlags && name !== undefined ? [name] : [];
  });
}

test.run();
