// The judge is judged: a run in which all is well, and the same with one lie planted, which must be found.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { randomOf } from "./random.ts";
import { briefFaultsOf, faultKinds, faultsOf } from "./schedule.ts";
import {
  type Allowance,
  type Asked,
  type Booked,
  type Evidence,
  findingsOf,
  isClean,
  type Served,
  type Spooled,
} from "./verdict.ts";

const rates = { input: 300_000n, cacheRead: 50_000n, output: 1_000_000n };
const usage = { input: 11n, cacheRead: 4n, output: 7n };
const charge = 7n * 300_000n + 4n * 50_000n + 7n * 1_000_000n;

const asked: Asked = {
  tag: "low-1-1",
  account: "low",
  model: "torture/a",
  status: 200,
  generation: "gen-1",
  whole: true,
  shown: 0.0000093,
  ceiling: 20_000_000n,
};
const served: Served = { tag: asked.tag, provider: "acme", answer: "chatcmpl-1", usage };
const booked: Booked = {
  generation: "gen-1",
  tag: asked.tag,
  model: asked.model,
  provider: "acme",
  upstreamAnswer: "chatcmpl-1",
  outcome: "complete",
  reported: true,
  charge,
};
// A client that saw no head of an answer, whose gateway died.
const lostSight: Asked = {
  ...asked,
  tag: "low-1-2",
  status: null,
  generation: null,
  whole: false,
  shown: null,
};
const recovered: Booked = {
  ...booked,
  generation: "gen-2",
  tag: "low-1-2",
  provider: null,
  upstreamAnswer: null,
  outcome: "recovered",
  reported: false,
  charge: 5n,
};
const servedInVain: Served = { ...served, tag: "low-1-2", answer: "chatcmpl-2", usage: null };

/** A final that takes its charge of the credit of `low`, and one of the requests a minute. */
const credit = "alw_credit 1970-01-01T00:00:00.000Z";
const minute = "alw_rate 2026-11-25T13:00:00.000Z";
const spooledOf = (generation: string, amount: bigint): Spooled => ({
  generation,
  charge: amount,
  draws: [{ window: credit, amount }],
});
const creditOf = (limit: bigint, used: bigint): Allowance => ({
  account: "low",
  unit: "picodollars",
  window: credit,
  limit,
  used,
});
const hurried: Asked = { ...asked, tag: "hurried-1-1", account: "hurried", generation: "gen-h" };
const ofHurried = {
  asked: [asked, lostSight, hurried],
  served: [served, servedInVain, { ...served, tag: hurried.tag, answer: "chatcmpl-h" }],
  booked: [
    booked,
    recovered,
    { ...booked, tag: hurried.tag, generation: "gen-h", upstreamAnswer: "chatcmpl-h" },
  ],
  allowances: [
    creditOf(charge + 5n, charge + 5n),
    { account: "hurried", unit: "requests", window: minute, limit: 1n, used: 1n },
  ],
} satisfies Partial<Evidence>;
const takesOne: Spooled = {
  generation: "gen-h",
  charge,
  draws: [{ window: minute, amount: 1n }],
};

const sound: Evidence = {
  rates: new Map([["torture/a", rates]]),
  asked: [asked, lostSight],
  served: [served, servedInVain],
  booked: [booked, recovered],
  spooled: [spooledOf("gen-1", charge), spooledOf("gen-2", 5n)],
  allowances: [creditOf(charge + 5n, charge + 5n)],
  watched: { looks: 9, exceeded: [] },
  lost: new Set(),
  mustBeEmpty: new Map([["reconcile finds 0 differences", []]]),
};

const verdict = suite("verdict");

verdict("a run in which all is well is clean, a limit used to its last picodollar included", () => {
  const findings = findingsOf(sound);
  assert.equal(
    findings.filter(({ violations }) => violations.length > 0),
    [],
  );
  assert.ok(isClean(findings));
  assert.ok(
    findings.every(
      ({ looked, sentence }) =>
        looked > 0 || /^(reconcile|a failed|every generation takes one)/.test(sentence),
    ),
  );
});

verdict("a run in which a key's requests a minute are all used is clean", () => {
  const spooled = [...sound.spooled, takesOne];
  assert.ok(isClean(findingsOf({ ...sound, ...ofHurried, spooled })));
});

verdict(
  "what only a spool knew of that was thrown away is nobody's fault, and nothing else is excused",
  () => {
    const evidence = {
      ...sound,
      booked: [recovered],
      spooled: [spooledOf("gen-2", 5n)],
      allowances: [creditOf(charge + 5n, 5n)],
    };
    assert.ok(isClean(findingsOf({ ...evidence, lost: new Set([asked.tag]) })));
    assert.not(isClean(findingsOf({ ...evidence, lost: new Set([lostSight.tag]) })));
  },
);

const without = { ...booked, generation: "gen-9" };
for (const { lie, kind, finds, evidence } of [
  {
    lie: "a whole answer that is not booked",
    kind: "lost",
    finds: /an answer that a client saw whole/,
    evidence: { booked: [recovered] },
  },
  {
    lie: "a whole answer without an id",
    kind: "lost",
    finds: /an answer that a client saw whole/,
    evidence: { asked: [{ ...asked, generation: null }, lostSight] },
  },
  {
    lie: "a broken answer whose id its client knows, and which is not booked",
    kind: "lost",
    finds: /a client was told of/,
    evidence: { asked: [asked, { ...lostSight, generation: "gen-3", status: 502 }] },
  },
  {
    lie: "two clients' generations swapped",
    kind: "lost",
    finds: /a client was told of/,
    evidence: {
      booked: [
        { ...booked, tag: recovered.tag },
        { ...recovered, tag: booked.tag },
      ],
    },
  },
  {
    lie: "a served request that is not booked and that no client saw answered",
    kind: "lost",
    finds: /a request that a provider took/,
    evidence: { booked: [booked] },
  },
  {
    lie: "a final that stayed in its spool",
    kind: "lost",
    finds: /a final in a spool/,
    evidence: { spooled: [...sound.spooled, spooledOf("gen-3", 0n)] },
  },
  {
    lie: "a final that is booked at another charge than was spooled",
    kind: "lost",
    finds: /a final in a spool/,
    evidence: { spooled: [spooledOf("gen-1", charge - 1n)] },
  },
  {
    lie: "a generation that is booked twice",
    kind: "doubled",
    finds: /a generation is booked once/,
    evidence: { booked: [booked, booked, recovered] },
  },
  {
    lie: "a request that is booked twice, under two ids",
    kind: "doubled",
    finds: /a request is one generation/,
    evidence: { booked: [booked, without, recovered] },
  },
  {
    lie: "a generation with a final in two spools",
    kind: "doubled",
    finds: /one final in all spools/,
    evidence: { spooled: [...sound.spooled, spooledOf("gen-2", 5n)] },
  },
  {
    lie: "a charge that is one picodollar above what was shown",
    kind: "wrong",
    finds: /at the charge it showed/,
    evidence: { booked: [{ ...booked, charge: charge + 1n }, recovered] },
  },
  {
    lie: "a complete answer that was charged and shown one token too many",
    kind: "wrong",
    finds: /costs price times tokens/,
    evidence: { served: [{ ...served, usage: { ...usage, output: 6n } }, servedInVain] },
  },
  {
    lie: "a complete answer that carries another request's tokens",
    kind: "wrong",
    finds: /costs price times tokens/,
    evidence: {
      served: [
        { ...served, tag: "low-1-2" },
        { ...servedInVain, tag: asked.tag },
      ],
    },
  },
  {
    lie: "a complete answer that no provider served",
    kind: "wrong",
    finds: /nothing is charged that no provider served/,
    evidence: { served: [servedInVain] },
  },
  {
    lie: "a generation that nobody asked for",
    kind: "wrong",
    finds: /nobody asked for/,
    evidence: { booked: [booked, recovered, { ...without, tag: "stranger" }] },
  },
  {
    lie: "a broken answer that is charged",
    kind: "wrong",
    finds: /failed or broken/,
    evidence: { booked: [booked, { ...recovered, outcome: "broken" }] },
  },
  {
    lie: "a recovered answer that is dearer than its hold",
    kind: "wrong",
    finds: /above what was held/,
    evidence: { booked: [booked, { ...recovered, charge: 20_000_001n }] },
  },
  {
    lie: "a limit that is exceeded by one picodollar",
    kind: "wrong",
    finds: /no limit or credit is exceeded/,
    evidence: { allowances: [creditOf(charge + 4n, charge + 5n)] },
  },
  {
    lie: "a limit that was not told of a charge",
    kind: "wrong",
    finds: /is used what its generations were charged/,
    evidence: { allowances: [creditOf(charge + 5n, charge)] },
  },
  {
    lie: "a limit of which more is used than any final took",
    kind: "wrong",
    finds: /is used what the finals in spools draw/,
    evidence: { ...ofHurried, spooled: sound.spooled },
  },
  {
    lie: "a generation that took none of its key's requests a minute",
    kind: "wrong",
    finds: /takes one of its key's requests a minute/,
    evidence: {
      ...ofHurried,
      spooled: [...sound.spooled, { ...takesOne, draws: [] }],
    },
  },
  {
    lie: "a limit that was exceeded for a moment",
    kind: "wrong",
    finds: /at any moment/,
    evidence: { watched: { looks: 9, exceeded: ["2 used of 1"] } },
  },
  {
    lie: "a watcher who never looked",
    kind: "wrong",
    finds: /at any moment/,
    evidence: { watched: { looks: 0, exceeded: [] } },
  },
  {
    lie: "a client with requests left that is told that it asks too often",
    kind: "wrong",
    finds: /our own faults/,
    evidence: { asked: [asked, { ...lostSight, account: "low", status: 429 }] },
  },
  {
    lie: "a client with ample credit that is told to pay",
    kind: "wrong",
    finds: /our own faults/,
    evidence: { asked: [asked, { ...lostSight, account: "ample", status: 402 }] },
  },
  {
    lie: "a known key that is told that it is unknown",
    kind: "wrong",
    finds: /our own faults/,
    evidence: { asked: [asked, { ...lostSight, status: 401 }] },
  },
  {
    lie: "a difference in the books",
    kind: "wrong",
    finds: /reconcile/,
    evidence: { mustBeEmpty: new Map([["reconcile finds 0 differences", ["off by 1"]]]) },
  },
] satisfies { lie: string; kind: string; finds: RegExp; evidence: Partial<Evidence> }[]) {
  verdict(`it finds ${lie}`, () => {
    const findings = findingsOf({ ...sound, ...evidence });
    assert.not(isClean(findings));
    const found = findings.filter(
      (one) => one.violations.length > 0 && one.kind === kind && finds.test(one.sentence),
    );
    assert.is(found.length, 1, findings.flatMap(({ violations }) => violations).join("\n"));
  });
}

verdict("a lie in one of thousands is found, and only it", () => {
  const many = Array.from({ length: 5_000 }, (_, at) => ({
    asked: { ...asked, tag: `low-${at}`, generation: `gen-${at}` },
    served: { ...served, tag: `low-${at}`, answer: `chatcmpl-${at}` },
    booked: {
      ...booked,
      tag: `low-${at}`,
      generation: `gen-${at}`,
      upstreamAnswer: `chatcmpl-${at}`,
    },
  }));
  const total = charge * 5_000n;
  const evidence: Evidence = {
    ...sound,
    asked: many.map((one) => one.asked),
    served: many.map((one) => one.served),
    booked: many.map((one) => one.booked),
    spooled: many.map((one) => spooledOf(one.booked.generation, charge)),
    allowances: [creditOf(total, total)],
  };
  assert.ok(isClean(findingsOf(evidence)));
  const lost = findingsOf({
    ...evidence,
    booked: evidence.booked.filter(({ tag }) => tag !== "low-4711"),
  });
  assert.equal(
    lost.map(({ violations }) => violations.length).filter((count) => count > 0),
    [1, 1, 1, 1, 1], // seen whole, told of, served, spooled; and the credit that it used
  );
});

const schedule = suite("schedule");
const given = { seed: 42, durationMs: 600_000, perMinute: 60 };

schedule("the same seed does the same, another seed something else", () => {
  assert.equal(faultsOf(given), faultsOf(given));
  assert.not.equal(faultsOf(given), faultsOf({ ...given, seed: 43 }));
  const numbers = (seed: number, stream: number) => {
    const random = randomOf(seed, stream);
    return Array.from({ length: 4 }, () => random.next());
  };
  assert.equal(numbers(1, 2), numbers(1, 2));
  assert.not.equal(numbers(1, 2), numbers(1, 3));
});

schedule("there are as many faults as were asked for, of every kind, in order and in time", () => {
  const faults = faultsOf(given);
  assert.ok(Math.abs(faults.length - 600) < 60, String(faults.length));
  assert.equal(new Set(faults.map(({ kind }) => kind)), new Set(Object.keys(faultKinds)));
  for (const [at, { atMs, choice, kind, heldMs }] of faults.entries()) {
    assert.ok(atMs >= (faults[at - 1]?.atMs ?? 0) && atMs < given.durationMs);
    assert.ok(choice >= 0 && choice < 1);
    assert.ok(kind.startsWith("stop-") ? heldMs >= 1_000 && heldMs <= 3_000 : heldMs === 0);
  }
});

schedule(
  "a short run kills every process as often as was asked for, the worker early enough to settle",
  () => {
    for (let seed = 1; seed <= 50; seed++) {
      const faults = briefFaultsOf({ seed, durationMs: 20_000, kills: 6 });
      assert.equal(faults, briefFaultsOf({ seed, durationMs: 20_000, kills: 6 }));
      for (const kind of ["kill-gateway", "kill-control-plane", "kill-postgres"])
        assert.is(faults.filter((one) => one.kind === kind).length, 6, kind);
      for (const [at, { atMs }] of faults.entries())
        assert.ok(atMs >= (faults[at - 1]?.atMs ?? 0) && atMs < 20_000);
    }
  },
);

verdict.run();
schedule.run();
