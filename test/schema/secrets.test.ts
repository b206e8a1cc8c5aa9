// Keys that a typo cannot turn into another key, and credentials that open nowhere but where they were sealed.
import { createCipheriv, randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  hashKey,
  isWellFormedKey,
  keyedDigest,
  labelOfSecret,
  masterKeyId,
  mintKey,
  parseMasterKeys,
  seal,
  sealBytes,
  sealedUnder,
  unseal,
  unsealBytes,
} from "#schema/secrets.ts";

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

/** As versions wrote it before a master key had an id. */
function sealedAsBefore(secret: string, context: string, under: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(under, "hex"), nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  const parts = [nonce, body, cipher.getAuthTag()].map((part) => part.toString("base64url"));
  return ["v1", ...parts].join(".");
}

test("the form of before opens for either context that it may have had, and under either master key", () => {
  const other = "cd".repeat(32);
  const before = sealedAsBefore("sk-old", "openai", other);
  assert.is(unseal(before, ["new context", "openai"], [masterKey, other]), "sk-old");
  assert.throws(() => unseal(before, ["new context"], [masterKey, other]));
  assert.throws(() => unseal(before, ["openai"], masterKey));
  assert.is(sealedUnder(before), null);
});

test("of two master keys the first seals, and both open", () => {
  const other = "cd".repeat(32);
  const now = seal("sk-1", "c", [other, masterKey]);
  assert.is(sealedUnder(now), masterKeyId(other));
  assert.is(unseal(now, "c", [masterKey, other]), "sk-1");
  assert.is(unseal(sealed, "openai", [other, masterKey]), "sk-upstream-secret");
  assert.throws(() => unseal(now, "c", masterKey), /another MASTER_KEY/);
});

test("a sealed value's context is not guessed at: only the first holds for one with a master key's id", () => {
  assert.throws(() => unseal(sealed, ["something else", "openai"], masterKey));
});

test("sealed bytes open for their context and key, under either master key, and in no other way", () => {
  const other = "cd".repeat(32);
  const secret = Buffer.from("an answer \0 with bytes \u00ff");
  const now = sealBytes(secret, "c", masterKey);
  assert.is(now.length, secret.length + 37);
  assert.not.ok(now.includes("answer"));
  assert.not.equal(sealBytes(secret, "c", masterKey), now, "twice the same looks different");
  assert.equal(unsealBytes(now, "c", masterKey), secret);
  assert.equal(unsealBytes(now, "c", [other, masterKey]), secret);
  assert.equal(unsealBytes(sealBytes(Buffer.alloc(0), "c", masterKey), "c", masterKey).length, 0);
  assert.throws(() => unsealBytes(now, "d", masterKey));
  assert.throws(() => unsealBytes(now, "c", other), /another MASTER_KEY/);
  for (let at = 0; at < now.length; at++) {
    const changed = Buffer.from(now);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => unsealBytes(changed, "c", masterKey), undefined, `byte ${at}`);
    assert.throws(() => unsealBytes(now.subarray(0, at), "c", masterKey));
  }
});

test("a keyed digest is another one for another text, purpose or master key", () => {
  const digests = [
    keyedDigest("a", masterKey)("text"),
    keyedDigest("a", masterKey)("text2"),
    keyedDigest("b", masterKey)("text"),
    keyedDigest("a", "cd".repeat(32))("text"),
  ];
  assert.is(new Set(digests).size, 4);
  assert.is(keyedDigest("a", [masterKey, "cd".repeat(32)])("text"), digests[0]);
});

test("master keys are read from text, and a wrong one is not repeated", () => {
  assert.equal(parseMasterKeys("AB".repeat(32), undefined), masterKey);
  assert.equal(parseMasterKeys(masterKey, "cd".repeat(32)), [masterKey, "cd".repeat(32)]);
  for (const [one, also, name] of [
    [undefined, undefined, /^MASTER_KEY: /],
    ["secret-but-short", undefined, /^MASTER_KEY: /],
    [masterKey, "nope-nope", /^MASTER_KEY_ALSO: /],
  ] as const)
    assert.throws(
      () => parseMasterKeys(one, also),
      (error: Error) => name.test(error.message) && !/secret|nope/.test(error.message),
    );
});

test("a short secret's label shows nothing, a long one's its ends", () => {
  assert.is(labelOfSecret("short"), "…");
  assert.is(labelOfSecret("sk-0123456789abcdefghij"), "sk-…ghij");
});

test("what is sealed does not show the secret", () => assert.not(sealed.includes("upstream")));

test.run();
