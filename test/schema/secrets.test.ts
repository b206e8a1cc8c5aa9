// Keys that a typo cannot turn into another key, and credentials that open nowhere but where they were sealed.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hashKey, isWellFormedKey, mintKey, seal, unseal } from "#schema/secrets.ts";

const test = suite("secrets");
const masterKey = "ab".repeat(32);

for (const { kind, prefix } of [
  { kind: "inference", prefix: "sk-tp-v1-" },
  { kind: "management", prefix: "sk-tp-mgmt-v1-" },
] as const) {
  test(`a minted ${kind} key is well formed, and its label gives away no more than six characters`, () => {
    const { key, hash, label } = mintKey(kind);
    assert.ok(key.startsWith(prefix));
    assert.ok(isWellFormedKey(key));
    assert.is(hash, hashKey(key));
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.is(label, `${prefix}${key.slice(prefix.length, prefix.length + 3)}…${key.slice(-3)}`);
  });

  test(`a ${kind} key with one wrong character is refused without a look-up`, () => {
    const { key } = mintKey(kind);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: key.length - 1 }),
        fc.constantFrom("0", "a", "Z", "9", "_", "-", "~"),
        (at, character) => {
          fc.pre(key[at] !== character);
          assert.not(isWellFormedKey(key.slice(0, at) + character + key.slice(at + 1)));
        },
      ),
    );
  });

  test(`a ${kind} key with two neighbours swapped is refused`, () => {
    const { key } = mintKey(kind);
    for (let at = prefix.length; at + 1 < key.length; at++) {
      const swapped = key.slice(0, at) + (key[at + 1] ?? "") + (key[at] ?? "") + key.slice(at + 2);
      if (swapped !== key) assert.not(isWellFormedKey(swapped));
    }
  });
}

for (const { name, key } of [
  { name: "nothing", key: "" },
  { name: "a bare prefix", key: "sk-tp-v1-" },
  { name: "a key of OpenRouter", key: `sk-or-v1-${"a".repeat(64)}` },
  { name: "a key with a space after it", key: `${mintKey("inference").key} ` },
  { name: "a key without its last character", key: mintKey("inference").key.slice(0, -1) },
  {
    name: "an inference key under the prefix of a management key",
    key: mintKey("inference").key.replace("sk-tp-v1-", "sk-tp-mgmt-v1-"),
  },
]) {
  test(`${name} is not a well-formed key`, () => assert.not(isWellFormedKey(key)));
}

test("no two keys are the same", () =>
  assert.is(new Set(Array.from({ length: 1000 }, () => mintKey("inference").key)).size, 1000));

test("any credential opens as it was sealed, and no two seals of it look alike", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (secret, context) => {
      const sealed = seal(secret, context, masterKey);
      assert.is(unseal(sealed, context, masterKey), secret);
      assert.is.not(seal(secret, context, masterKey), sealed);
    }),
    { numRuns: 50 },
  );
});

const sealed = seal("sk-upstream-secret", "openai", masterKey);
for (const { name, open } of [
  { name: "moved to another provider", open: () => unseal(sealed, "openai-2", masterKey) },
  { name: "under another MASTER_KEY", open: () => unseal(sealed, "openai", "cd".repeat(32)) },
  {
    name: "with its body changed",
    open: () =>
      unseal(
        sealed.replace(
          /\.(.)([\w-]+)\.([\w-]+)$/,
          (_all, first, rest, tag) => `.${first === "A" ? "B" : "A"}${rest}.${tag}`,
        ),
        "openai",
        masterKey,
      ),
  },
  {
    name: "with its tag cut to four bytes",
    open: () => unseal(sealed.replace(/\.[\w-]+$/, ".AAAAAA"), "openai", masterKey),
  },
  {
    name: "of another version",
    open: () => unseal(sealed.replace("v2.", "v3."), "openai", masterKey),
  },
  { name: "that is none", open: () => unseal("hello", "openai", masterKey) },
]) {
  test(`a sealed credential ${name} does not open`, () => assert.throws(open));
}

test("what is sealed does not show the secret", () => assert.not(sealed.includes("upstream")));

test.run();
