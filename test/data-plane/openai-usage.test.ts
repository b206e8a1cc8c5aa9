// Usage as providers that speak OpenAI's chat report it (contract/providers.md 1.2): disjoint counts, whatever they call them
// and whatever they put inside what.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeWhole } from "#data/providers/openai-chat-answer.ts";
import { decodeEvent } from "#data/providers/openai-chat-events.ts";
import { parseUsage } from "#data/providers/openai-usage.ts";
import { completionMeters, type Counts, meters, promptMeters, sum } from "#schema/meters.ts";
import { picodollars } from "#schema/money/amount.ts";
import { charge } from "#schema/money/price.ts";

const test = suite("openai usage");

for (const { name, raw, flags = {}, counts } of [
  {
    name: "plain counts",
    raw: { prompt_tokens: 9, completion_tokens: 4 },
    counts: { input: 9n, output: 4n, request: 1n },
  },
  {
    name: "cached tokens inside the prompt",
    raw: { prompt_tokens: 100, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 60 } },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "cached tokens outside the prompt, by flag",
    raw: { prompt_tokens: 100, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 60 } },
    flags: { promptExcludesCached: true },
    counts: { input: 100n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "more cached tokens than prompt tokens, which can only be outside",
    raw: { prompt_tokens: 10, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 60 } },
    counts: { input: 10n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "written cache tokens",
    raw: {
      prompt_tokens: 100,
      completion_tokens: 4,
      prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 20 },
    },
    counts: { input: 70n, cache_read: 10n, cache_write_5m: 20n, output: 4n, request: 1n },
  },
  {
    name: "cached tokens under DeepSeek's name",
    raw: { prompt_tokens: 100, completion_tokens: 4, prompt_cache_hit_tokens: 60 },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "reasoning inside the completion",
    raw: {
      prompt_tokens: 9,
      completion_tokens: 40,
      completion_tokens_details: { reasoning_tokens: 30 },
    },
    counts: { input: 9n, output: 10n, reasoning: 30n, request: 1n },
  },
  {
    name: "reasoning outside the completion, by flag",
    raw: {
      prompt_tokens: 9,
      completion_tokens: 40,
      completion_tokens_details: { reasoning_tokens: 30 },
    },
    flags: { completionExcludesReasoning: true },
    counts: { input: 9n, output: 40n, reasoning: 30n, request: 1n },
  },
  {
    name: "more reasoning than completion, which can only be outside",
    raw: {
      prompt_tokens: 9,
      completion_tokens: 4,
      completion_tokens_details: { reasoning_tokens: 30 },
    },
    counts: { input: 9n, output: 4n, reasoning: 30n, request: 1n },
  },
  {
    name: "details of null",
    raw: {
      prompt_tokens: 9,
      completion_tokens: 4,
      prompt_tokens_details: null,
      completion_tokens_details: null,
    },
    counts: { input: 9n, output: 4n, request: 1n },
  },
  {
    name: "xAI's reasoning, outside the completion and inside the total,",
    raw: {
      prompt_tokens: 10_120,
      completion_tokens: 1_499,
      total_tokens: 14_428,
      prompt_tokens_details: { cached_tokens: 128, audio_tokens: 0, image_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 2_809, audio_tokens: 0 },
      num_sources_used: 0,
    },
    counts: { input: 9_992n, cache_read: 128n, output: 1_499n, reasoning: 2_809n, request: 1n },
  },
  {
    name: "xAI's reasoning, larger than a completion of two tokens,",
    raw: {
      prompt_tokens: 12,
      completion_tokens: 2,
      total_tokens: 331,
      completion_tokens_details: { reasoning_tokens: 317 },
    },
    counts: { input: 12n, output: 2n, reasoning: 317n, request: 1n },
  },
  {
    name: "reasoning that a total proves to be inside, though a total of another provider would not,",
    raw: {
      prompt_tokens: 9,
      completion_tokens: 40,
      total_tokens: 49,
      completion_tokens_details: { reasoning_tokens: 30 },
    },
    counts: { input: 9n, output: 10n, reasoning: 30n, request: 1n },
  },
  {
    name: "DeepSeek's hits and misses",
    raw: {
      prompt_tokens: 100,
      completion_tokens: 4,
      total_tokens: 104,
      prompt_cache_hit_tokens: 60,
      prompt_cache_miss_tokens: 40,
      prompt_tokens_details: { cached_tokens: 60 },
    },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "Moonshot's cached tokens at the top",
    raw: { prompt_tokens: 100, completion_tokens: 4, total_tokens: 104, cached_tokens: 60 },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "Mistral's num_cached_tokens",
    raw: { prompt_tokens: 100, completion_tokens: 4, total_tokens: 104, num_cached_tokens: 60 },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "Mistral's prompt_token_details, without an s,",
    raw: { prompt_tokens: 100, completion_tokens: 4, prompt_token_details: { cached_tokens: 60 } },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "Together's cached tokens beside details that say none",
    raw: {
      prompt_tokens: 100,
      completion_tokens: 4,
      cached_tokens: 60,
      prompt_tokens_details: { cached_tokens: 0 },
    },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "Alibaba's tokens of a cache that was made",
    raw: {
      prompt_tokens: 100,
      completion_tokens: 4,
      prompt_tokens_details: {
        cached_tokens: 10,
        cache_creation_input_tokens: 20,
        cache_type: "ephemeral",
      },
    },
    counts: { input: 70n, cache_read: 10n, cache_write_5m: 20n, output: 4n, request: 1n },
  },
  {
    name: "Anthropic's caches behind an adapter, of five minutes and of an hour, outside the prompt",
    raw: {
      prompt_tokens: 30,
      completion_tokens: 4,
      total_tokens: 134,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 40,
      cache_creation: { ephemeral_5m_input_tokens: 25, ephemeral_1h_input_tokens: 15 },
    },
    counts: {
      input: 30n,
      cache_read: 60n,
      cache_write_5m: 25n,
      cache_write_1h: 15n,
      output: 4n,
      request: 1n,
    },
  },
  {
    name: "the same inside the prompt",
    raw: {
      prompt_tokens: 130,
      completion_tokens: 4,
      total_tokens: 134,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 40,
    },
    counts: { input: 30n, cache_read: 60n, cache_write_5m: 40n, output: 4n, request: 1n },
  },
  {
    name: "Perplexity's citations, searches and reasoning of a deep research",
    raw: {
      prompt_tokens: 33,
      completion_tokens: 7_163,
      total_tokens: 7_196,
      citation_tokens: 20_016,
      num_search_queries: 18,
      reasoning_tokens: 73_997,
    },
    counts: {
      input: 20_049n,
      output: 7_163n,
      reasoning: 73_997n,
      web_search: 18n,
      request: 1n,
    },
  },
  {
    name: "Perplexity's plain search",
    raw: {
      prompt_tokens: 14,
      completion_tokens: 310,
      total_tokens: 324,
      search_context_size: "low",
      cost: { total_cost: 0.006 },
    },
    counts: { input: 14n, output: 310n, request: 1n },
  },
  {
    name: "searches that OpenRouter's tools did",
    raw: { prompt_tokens: 9, completion_tokens: 4, server_tool_use: { web_search_requests: 2 } },
    counts: { input: 9n, output: 4n, web_search: 2n, request: 1n },
  },
  {
    name: "OpenAI's audio, in and out,",
    raw: {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 20, audio_tokens: 30, text_tokens: 70 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 40, text_tokens: 10 },
    },
    counts: {
      input: 50n,
      cache_read: 20n,
      audio_input: 30n,
      output: 10n,
      audio_output: 40n,
      request: 1n,
    },
  },
  {
    name: "OpenAI's predictions, which are completion whether they came true or not,",
    raw: {
      prompt_tokens: 9,
      completion_tokens: 40,
      completion_tokens_details: {
        accepted_prediction_tokens: 10,
        rejected_prediction_tokens: 20,
      },
    },
    counts: { input: 9n, output: 40n, request: 1n },
  },
  {
    name: "Google's total without a completion",
    raw: { prompt_tokens: 9, total_tokens: 59 },
    counts: { input: 9n, output: 50n, request: 1n },
  },
  {
    name: "a part that a flag says is inside, and is larger,",
    raw: {
      prompt_tokens: 10,
      completion_tokens: 4,
      prompt_tokens_details: { cached_tokens: 60 },
      completion_tokens_details: { reasoning_tokens: 30 },
    },
    flags: { promptExcludesCached: false, completionExcludesReasoning: false },
    counts: { input: 0n, cache_read: 10n, output: 0n, reasoning: 4n, request: 1n },
  },
  {
    name: "zeros",
    raw: { prompt_tokens: 0, completion_tokens: 0 },
    counts: { input: 0n, output: 0n, request: 1n },
  },
] satisfies { name: string; raw: unknown; flags?: Record<string, unknown>; counts: Counts }[]) {
  test(`${name} are counted once each (contract B-2)`, () =>
    assert.equal(parseUsage(raw, flags), { counts, raw }));
}

for (const raw of [
  undefined,
  null,
  "9",
  9,
  [],
  {},
  { prompt_tokens: 9 },
  { completion_tokens: 4 },
  { prompt_tokens: -1, completion_tokens: 4 },
  { prompt_tokens: 1.5, completion_tokens: 4 },
  { prompt_tokens: "9", completion_tokens: 4 },
  { prompt_tokens: 9, completion_tokens: 1e12 },
  { prompt_tokens: NaN, completion_tokens: 4 },
  { prompt_tokens: null, completion_tokens: null },
]) {
  test(`usage of ${JSON.stringify(raw)} is not believed`, () =>
    assert.is(parseUsage(raw, {}), null));
}

// --- Where it is said

const said = { prompt_tokens: 9, completion_tokens: 4 };
const choice = {
  index: 0,
  delta: {},
  message: { role: "assistant", content: "x" },
  finish_reason: "stop",
};
for (const { name, answer } of [
  { name: "beside the choices", answer: { choices: [choice], usage: said } },
  { name: "under Groq's name", answer: { choices: [choice], x_groq: { id: "x", usage: said } } },
  {
    name: "under both of Groq's names",
    answer: { choices: [choice], usage: said, x_groq: { usage: said } },
  },
  {
    name: "in the first choice, as old models of Moonshot do it,",
    answer: { choices: [{ ...choice, usage: said }] },
  },
]) {
  test(`usage ${name} is found, plain and streamed, once`, () => {
    const counts = { input: 9n, output: 4n, request: 1n };
    const whole = decodeWhole(JSON.stringify(answer), {});
    assert.equal("usage" in whole && whole.usage, { counts, raw: said });
    const events = decodeEvent(JSON.stringify(answer), {});
    assert.equal(
      events.filter((event) => event.kind === "usage"),
      [{ kind: "usage", usage: { counts, raw: said } }],
    );
  });
}

for (const { name, usage, kept } of [
  {
    name: "usage that cannot be believed is kept, without counts",
    usage: { prompt_tokens: -1, completion_tokens: 4 },
    kept: true,
  },
  { name: "usage of null is none", usage: null, kept: false },
  { name: "an empty usage is none", usage: {}, kept: false },
]) {
  test(name, () => {
    const whole = decodeWhole(JSON.stringify({ choices: [choice], usage }), {});
    assert.equal("usage" in whole && whole.usage, kept ? { counts: null, raw: usage } : null);
  });
}

// --- What holds for all of it

type Use = Record<
  "input" | "read" | "written" | "forAnHour" | "output" | "reasoning" | "audioIn" | "audioOut",
  number
>;
const use: fc.Arbitrary<Use> = fc.record({
  input: fc.nat(5_000),
  read: fc.nat(5_000),
  written: fc.nat(5_000),
  forAnHour: fc.nat(5_000),
  output: fc.nat(5_000),
  reasoning: fc.nat(5_000),
  audioIn: fc.nat(500),
  audioOut: fc.nat(500),
});

/** One use as each kind of provider reports it. */
const dialects: Record<string, (use: Use) => { raw: object; flags?: object }> = {
  "everything inside": (one) => report(one, { cached: true, reasoning: true }),
  "everything inside, without a total": (one) =>
    withoutTotal(report(one, { cached: true, reasoning: true })),
  "reasoning outside": (one) => report(one, { cached: true, reasoning: false }),
  "cached outside": (one) => report(one, { cached: false, reasoning: true }),
  "both outside": (one) => report(one, { cached: false, reasoning: false }),
  "both outside by flag, without a total": (one) => ({
    ...withoutTotal(report(one, { cached: false, reasoning: false })),
    flags: { promptExcludesCached: true, completionExcludesReasoning: true },
  }),
  "everything inside by flag": (one) => ({
    ...report(one, { cached: true, reasoning: true }),
    flags: { promptExcludesCached: false, completionExcludesReasoning: false },
  }),
};

function report(one: Use, inside: { cached: boolean; reasoning: boolean }): { raw: object } {
  const cached = one.read + one.written + one.forAnHour;
  const prompt = one.input + one.audioIn + (inside.cached ? cached : 0);
  const completion = one.output + one.audioOut + (inside.reasoning ? one.reasoning : 0);
  return {
    raw: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: one.input + one.audioIn + cached + one.output + one.audioOut + one.reasoning,
      prompt_tokens_details: {
        cached_tokens: one.read,
        cache_write_tokens: one.written + one.forAnHour,
        audio_tokens: one.audioIn,
      },
      cache_creation: { ephemeral_1h_input_tokens: one.forAnHour },
      completion_tokens_details: { reasoning_tokens: one.reasoning, audio_tokens: one.audioOut },
    },
  };
}
const withoutTotal = ({ raw }: { raw: object }): { raw: object } => ({
  raw: { ...raw, total_tokens: undefined },
});

for (const [name, tell] of Object.entries(dialects)) {
  test(`the same use comes out where a provider counts with ${name}`, () => {
    fc.assert(
      fc.property(use, (one) => {
        // A total that is too large by a number that both parts have proves nothing about either.
        fc.pre(one.reasoning !== one.read + one.written + one.forAnHour || one.reasoning === 0);
        const { raw, flags = {} } = tell(one);
        const counts = parseUsage(raw, { ...flags })?.counts ?? {};
        const found = (meter: keyof Counts): number => Number(counts[meter] ?? 0n);
        assert.equal(
          {
            input: found("input"),
            read: found("cache_read"),
            written: found("cache_write_5m"),
            forAnHour: found("cache_write_1h"),
            output: found("output"),
            reasoning: found("reasoning"),
            audioIn: found("audio_input"),
            audioOut: found("audio_output"),
          },
          { ...one },
        );
      }),
      { numRuns: 500 },
    );
  });
}

const anything = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1000) },
  fc.constantFrom(-1, 0.5, 1e300, 1e18, null, "7", undefined, true, [], {}),
);
const anyFlag = fc.constantFrom(true, false, undefined);
const anyReport = fc.record({
  prompt_tokens: anything,
  completion_tokens: anything,
  total_tokens: anything,
  reasoning_tokens: anything,
  cached_tokens: anything,
  prompt_tokens_details: fc.record({
    cached_tokens: anything,
    cache_write_tokens: anything,
    audio_tokens: anything,
  }),
  completion_tokens_details: fc.record({ reasoning_tokens: anything, audio_tokens: anything }),
  cache_creation: fc.record({ ephemeral_1h_input_tokens: anything }),
});

test("whatever is reported and whichever flags, the parts are the totals, or the totals and what stands outside them", () => {
  fc.assert(
    fc.property(
      anyReport,
      anyFlag,
      anyFlag,
      (raw, promptExcludesCached, completionExcludesReasoning) => {
        const usage = parseUsage(raw, { promptExcludesCached, completionExcludesReasoning });
        if (!usage) return;
        const { counts } = usage;
        assert.ok(Object.values(counts).every((units) => units >= 0n));
        const prompt = sum(counts, promptMeters);
        const completion = sum(counts, completionMeters);
        const cached =
          (counts.cache_read ?? 0n) + (counts.cache_write_5m ?? 0n) + (counts.cache_write_1h ?? 0n);
        const told = BigInt(raw.prompt_tokens as number);
        const toldCompletion = BigInt(
          (raw.completion_tokens ??
            (raw.total_tokens as number) - (raw.prompt_tokens as number)) as number,
        );
        assert.ok(prompt === told || prompt === told + cached);
        assert.ok(
          completion === toldCompletion || completion === toldCompletion + (counts.reasoning ?? 0n),
        );
        if (promptExcludesCached === false) assert.is(prompt, told);
        if (completionExcludesReasoning === false) assert.is(completion, toldCompletion);
      },
    ),
    { numRuns: 3000 },
  );
});

test("every token that is counted is priced once", () => {
  const one = {
    id: "p",
    lines: meters.map((meter) => ({ meter, perUnit: picodollars(1n), aboveInputTokens: 0 })),
  };
  fc.assert(
    fc.property(anyReport, (raw) => {
      const usage = parseUsage(raw, {});
      if (!usage) return;
      const tokens = sum(usage.counts, promptMeters) + sum(usage.counts, completionMeters);
      assert.is(charge(usage.counts, one).total as bigint, tokens + 1n); // and the request itself
    }),
    { numRuns: 1000 },
  );
});

test("no JSON makes it throw, or count what is not a number of tokens", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom("prompt_tokens", "completion_tokens", "total_tokens"),
        fc.jsonValue(),
      ),
      (value, fields) => {
        for (const raw of [value, fields]) {
          const usage = parseUsage(raw, {});
          if (usage)
            for (const units of Object.values(usage.counts))
              assert.ok(units >= 0n && units <= 200_000_000n);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test.run();
