// Which of a provider's keys a request goes by; and rows that cannot be used take only themselves out.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { byNextKey, drawKeys } from "#data/provider-keys.ts";
import { buildSnapshot, type Credential, type Provider } from "#data/snapshot.ts";
import type { FailureKind } from "#data/operations/chat.ts";
import type { ProviderId, ProviderKeyId } from "#schema/ids.ts";
import { credentialContext, seal } from "#schema/secrets.ts";
import { randomOf } from "#test/torture/random.ts";

const test = suite("provider keys");
const uniform = (seed: number) => {
  const random = randomOf(seed);
  return () => random.next();
};
const key = (id: string, weight = 1): Credential => ({ id, key: `sk-${id}`, weight });
const none = () => false;

test("keys are drawn by their weights", () => {
  const random = uniform(7);
  const firsts = new Map<string, number>();
  const draws = 20_000;
  for (let at = 0; at < draws; at++) {
    const [first] = drawKeys([key("a", 1), key("b", 3), key("c", 6)], { isBenched: none, random });
    firsts.set(first?.id ?? "", (firsts.get(first?.id ?? "") ?? 0) + 1);
  }
  for (const [id, share] of [
    ["a", 0.1],
    ["b", 0.3],
    ["c", 0.6],
  ] as const)
    assert.ok(Math.abs((firsts.get(id) ?? 0) / draws - share) < 0.02, `${id}: ${firsts.get(id)}`);
});

test("each key is drawn once, whatever the weights and the random source", () => {
  const random = uniform(11);
  for (let round = 0; round < 2_000; round++) {
    const keys = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, at) =>
      key(`k${at}`, Math.floor(random() * 3)),
    );
    const drawn = drawKeys(keys, { isBenched: () => random() < 0.3, random });
    assert.equal(drawn.map(({ id }) => id).toSorted(), keys.map(({ id }) => id).toSorted());
  }
  for (const edge of [0, 0.999_999_999_999])
    assert.is(
      drawKeys([key("a"), key("b", 0)], { isBenched: none, random: () => edge })[0]?.id,
      "a",
    );
});

test("a key of weight 0 comes behind the others, and a benched one behind that", () => {
  const random = uniform(3);
  for (let round = 0; round < 200; round++) {
    const drawn = drawKeys([key("benched", 9), key("reserve", 0), key("a"), key("b")], {
      isBenched: ({ id }) => id === "benched",
      random,
    });
    assert.equal(
      drawn.slice(2).map(({ id }) => id),
      ["reserve", "benched"],
    );
  }
});

const failures: Record<FailureKind, boolean> = {
  auth: true,
  billing: true,
  "rate-limit": true,
  overloaded: false,
  timeout: false,
  server: false,
  "context-length": false,
  "content-policy": false,
  "payload-too-large": false,
  "invalid-request": false,
  unsupported: false,
  "model-gone": false,
  "client-gone": false,
};
for (const [kind, goesOn] of Object.entries(failures) as [FailureKind, boolean][]) {
  test(`after ${kind} the provider's next key is ${goesOn ? "" : "not "}tried`, () => {
    const failure = { kind, status: 400, text: "", retryAfterSeconds: null };
    const next = byNextKey({ credential: key("a"), otherKeys: [key("b"), key("c")] }, failure);
    assert.is(next?.credential.id, goesOn ? "b" : undefined);
    assert.is(byNextKey({ credential: key("a"), otherKeys: [] }, failure), null);
  });
}

// --- Rows to a snapshot.
const ours = "ab".repeat(32);
const another = "cd".repeat(32);
const providerId = "prov_1" as ProviderId;
const origin = "https://api.acme.test";
const sealed = (name: string, masterKey: string, of = { origin, boundTo: origin }) => {
  const id = `pkey_${name}` as ProviderKeyId;
  return {
    id,
    provider_id: providerId,
    name,
    sealed_key: seal(`sk-${name}`, credentialContext(id, of.boundTo), masterKey),
    origin: of.origin,
    weight: 1,
    status: "active" as "active" | "disabled",
  };
};
type Rows = Parameters<typeof buildSnapshot>[0];

function snapshotOf(
  keys: Rows["providerKeys"],
  { baseUrl = `${origin}/v1`, masterKeys = ours as Parameters<typeof buildSnapshot>[1] } = {},
) {
  const rows: Rows = {
    takenAtMs: 0,
    providers: [
      {
        id: providerId,
        slug: "acme",
        name: "Acme",
        protocol: "openai-chat",
        base_url: baseUrl,
        allow_private_network: false,
        flags: {},
      },
    ],
    providerKeys: keys,
    models: [
      {
        id: "acme/one",
        name: "One",
        context_length: 1_000,
        max_output_tokens: null,
        tokenizer: "other",
        input_modalities: ["text"],
        output_modalities: ["text"],
        supported_parameters: [],
      },
    ],
    endpoints: [
      {
        id: "ep_1" as Rows["endpoints"][number]["id"],
        model_id: "acme/one",
        provider_id: providerId,
        upstream_model: "one",
        protocol: null,
        flags: {},
        tag: null,
        supported_parameters: null,
        data_policy: null,
        context_length: null,
        max_output_tokens: null,
        quantization: null,
        cancellable: true,
      },
    ],
    prices: [],
    policies: [],
    steps: [],
    credentials: [],
    unpriced: [],
  };
  const snapshot = buildSnapshot(rows, masterKeys);
  const provider: Provider | undefined = snapshot.models.get("acme/one")?.endpoints[0]?.provider;
  return { problems: snapshot.problems, keys: provider?.credentials.map(({ key: text }) => text) };
}

test("a key that does not open benches itself, says so, and leaves the others", () => {
  const { keys, problems } = snapshotOf([sealed("good", ours), sealed("lost", another)]);
  assert.equal(keys, ["sk-good"]);
  assert.is(problems.length, 1);
  assert.match(problems[0] ?? "", /key lost of provider acme does not open: .*another MASTER_KEY/);
  assert.not.ok(problems.join().includes("sk-"));
});

test("both master keys open while one takes the other's place", () => {
  const rows = [sealed("old", another), sealed("new", ours)];
  assert.equal(snapshotOf(rows, { masterKeys: [ours, another] }).keys, ["sk-old", "sk-new"]);
});

test("a provider that has keys, none of which can be used, is not called without one", () => {
  assert.equal(snapshotOf([sealed("lost", another)]).keys, []);
  assert.equal(snapshotOf([{ ...sealed("off", ours), status: "disabled" }]).keys, []);
  assert.equal(snapshotOf([]).keys, [null], "and one that needs none is");
});

test("a key is not used for another host than it was given for, even if a row says it may be", () => {
  const moved = snapshotOf([sealed("a", ours)], { baseUrl: "https://evil.test/v1" });
  assert.equal(moved.keys, []);
  assert.match(
    moved.problems[0] ?? "",
    /was given for https:\/\/api.acme.test, not for https:\/\/evil.test/,
  );
  // Whoever can write to the database cannot bind it to another host: the seal holds the first.
  const forged = sealed("a", ours, { origin: "https://evil.test", boundTo: origin });
  assert.equal(snapshotOf([forged], { baseUrl: "https://evil.test/v1" }).keys, []);
});

test("a base URL that is none takes out its provider and nothing else", () => {
  const { keys, problems } = snapshotOf([], { baseUrl: "nonsense" });
  assert.is(keys, undefined);
  assert.match(problems[0] ?? "", /provider acme: base_url "nonsense" is not a URL/);
});

test.run();
