// Other people's lists, as they document them in November 2026: what each member means, in which unit, and that an amount
// is never more or less than what was written.

import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  exactForOne,
  exactPerMillion,
  perMillion,
  perToken,
  tenThousandthsPerMillion,
} from "#control/catalogue-imports/exact-price.ts";
import { bareName, idForNew, modelIndex } from "#control/catalogue-imports/match-model.ts";
import { readModelsDev } from "#control/catalogue-imports/read-models-dev.ts";
import { readOpenRouter } from "#control/catalogue-imports/read-openrouter.ts";
import { readProviderList } from "#control/catalogue-imports/read-provider-list.ts";
import { listing, type Listing } from "#control/catalogue-imports/listing.ts";
import { readPriceList } from "#control/catalogue/parse-price-list.ts";
import { formatPerMillion, parsePerMillion } from "#schema/money/amount.ts";

const readers = suite("import readers");
const day = "2026-11-24";

for (const { name, value, unit, text, rounded = false } of [
  { name: "a number per million is itself", value: 2.5, unit: perMillion, text: "2.5" },
  {
    name: "text per token is a million times that",
    value: "0.0000025",
    unit: perToken,
    text: "2.5",
  },
  { name: "an exponent is read", value: 6e-7, unit: perToken, text: "0.6" },
  {
    name: "noise of a float is no amount",
    value: "0.0000006000000000000001",
    unit: perToken,
    text: "0.6",
  },
  {
    name: "noise below is none either",
    value: 0.0299999997,
    unit: perMillion,
    text: "0.03",
    rounded: true,
  },
  {
    name: "a third is rounded, and said to be",
    value: 0.08333333333333334,
    unit: perMillion,
    text: "0.083333",
    rounded: true,
  },
  { name: "six decimals are exact", value: "0.234375", unit: perMillion, text: "0.234375" },
  {
    name: "ten-thousandths of a dollar are Novita's",
    value: 2700,
    unit: tenThousandthsPerMillion,
    text: "0.27",
  },
  { name: "zero is zero", value: "0", unit: perToken, text: "0" },
  { name: "the dearest there was", value: 0.0006, unit: perToken, text: "600" },
])
  readers(`amounts: ${name}`, () => assert.equal(exactPerMillion(value, unit), { text, rounded }));

readers("what is no amount is none: negative, words, infinite, objects, empty", () => {
  for (const value of ["-1", -1, "free", "", "1,5", NaN, Infinity, {}, null, true, "1e999", "0x10"])
    assert.is(exactPerMillion(value, perToken), null, JSON.stringify(value));
  assert.equal(exactForOne("0.005"), { text: "0.005", rounded: false });
});

readers("any exact price survives being written per token, per million, and as a float", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), (perUnit) => {
      const written = formatPerMillion(perUnit);
      assert.is(exactPerMillion(written, perMillion)?.text, written);
      // A double holds 15 digits of it, which is all that a price has.
      if (perUnit < 10n ** 15n)
        assert.is(exactPerMillion(Number(written), perMillion)?.text, written);
      const each = exactPerMillion(`${perUnit}e-12`, perToken);
      assert.equal(each, { text: written, rounded: false });
      assert.is(parsePerMillion(written), perUnit);
    }),
    { numRuns: 500 },
  );
});

const endpointOf = (list: Listing, provider: string, upstreamModel: string) => {
  const found = list.endpoints.find(
    (each) => each.provider === provider && each.upstreamModel === upstreamModel,
  );
  assert.ok(found, `${provider} ${upstreamModel}`);
  // What a reader gives is what a command may bring, and a price list that can be published.
  assert.equal(
    listing.parse(JSON.parse(JSON.stringify(list))).endpoints.length,
    list.endpoints.length,
  );
  if (found?.price) assert.equal(readPriceList(found.price, "charge").problems, []);
  return found;
};

readers("models.dev: prices per million, tiers before the older member, names of providers", () => {
  const list = readModelsDev(
    {
      google: {
        id: "google",
        models: {
          "gemini-3.1-pro-preview": {
            id: "gemini-3.1-pro-preview",
            name: "Gemini 3.1 Pro Preview",
            attachment: true,
            reasoning: true,
            tool_call: true,
            temperature: true,
            structured_output: true,
            knowledge: "2025-01",
            release_date: "2026-02-19",
            modalities: { input: ["text", "image", "pdf"], output: ["text"] },
            cost: {
              input: 2,
              output: 12,
              cache_read: 0.2,
              context_over_200k: { input: 4, output: 18, cache_read: 0.4 },
            },
            limit: { context: 1048576, output: 65536 },
          },
        },
      },
      openai: {
        id: "openai",
        models: {
          "gpt-6-sol": {
            name: "GPT-6 Sol",
            cost: {
              input: 2,
              output: 10,
              tiers: [{ input: 4, output: 15, tier: { type: "context", size: 272000 } }],
              context_over_200k: { input: 4, output: 15 },
            },
            limit: { context: 1050000, output: 128000 },
          },
          "gpt-3": { name: "GPT-3", status: "deprecated" },
          "no-price": { name: "No price", limit: { context: 1000, output: 0 } },
        },
      },
    },
    day,
  );
  const gemini = endpointOf(list, "google-ai-studio", "gemini-3.1-pro-preview");
  assert.equal(gemini?.price, {
    input: "2",
    output: "12",
    cache_read: "0.2",
    tiers: [{ above_input_tokens: 200_000, input: "4", output: "18", cache_read: "0.4" }],
  });
  assert.equal(gemini?.inputModalities, ["text", "image", "file"]);
  assert.equal(gemini?.details, { released_on: "2026-02-19" }); // a month is no day
  assert.equal(endpointOf(list, "openai", "gpt-6-sol")?.price, {
    input: "2",
    output: "10",
    tiers: [{ from_input_tokens: 272_000, input: "4", output: "15" }],
  });
  assert.is(endpointOf(list, "openai", "no-price")?.price, null);
  assert.is(endpointOf(list, "openai", "no-price")?.maxOutputTokens, null);
  assert.equal(list.skipped, ["openai gpt-3: deprecated"]);
  assert.equal(list.complete, ["google-ai-studio", "openai"]);
});

readers(
  "OpenRouter's models: text per token, overrides by length and by hour, no price for a router",
  () => {
    const list = readOpenRouter(
      {
        data: [
          {
            id: "deepseek/deepseek-v4.1-flash-1017",
            name: "DeepSeek: V4.1 Flash",
            hugging_face_id: "deepseek-ai/DeepSeek-V4.1-Flash",
            context_length: 1000000,
            architecture: { input_modalities: ["text"], output_modalities: ["text"] },
            pricing: {
              prompt: "0.00000015",
              completion: "0.0000006000000000000001",
              request: "0",
              image: "0",
              input_cache_read: "0.000000003",
              overrides: [
                {
                  utc_days: ["monday", "friday"],
                  utc_start: 100,
                  utc_end: 400,
                  prompt: "0.0000003",
                  completion: "0.0000012",
                  input_cache_read: "0.000000006",
                },
              ],
            },
            top_provider: {
              context_length: 1000000,
              max_completion_tokens: 384000,
              is_moderated: false,
            },
            supported_parameters: ["tools", "reasoning"],
            reasoning: { mandatory: false, default_enabled: true },
          },
          {
            id: "x-ai/grok-4.7",
            context_length: 500000,
            pricing: {
              prompt: "0.000002",
              completion: "0.000006",
              web_search: "0.005",
              overrides: [
                { min_prompt_tokens: 200000, prompt: "0.000004", completion: "0.000012" },
              ],
            },
          },
          { id: "openrouter/auto", pricing: { prompt: "-1", completion: "-1" } },
          {
            id: "~x-ai/grok-latest",
            alias_target: { slug: "x-ai/grok-4.7", name: "Grok 4.7" },
            pricing: { prompt: "0.000002", completion: "0.000006" },
          },
        ],
      },
      day,
    );
    assert.is(list.endpoints.length, 2);
    assert.equal(endpointOf(list, "openrouter", "deepseek/deepseek-v4.1-flash-1017")?.price, {
      input: "0.15",
      output: "0.6",
      cache_read: "0.003",
      hours: [{ at: "mon,fri 01:00-04:00", input: "0.3", output: "1.2", cache_read: "0.006" }],
    });
    assert.equal(endpointOf(list, "openrouter", "x-ai/grok-4.7")?.price, {
      input: "2",
      output: "6",
      web_search: "0.005",
      tiers: [{ above_input_tokens: 200_000, input: "4", output: "12" }],
    });
    assert.match(list.skipped.join(), /openrouter openrouter\/auto: prompt: "-1" is no price/);
  },
);

readers(
  "OpenRouter's endpoints: others' prices by provider and tag, without their names of the model",
  () => {
    const list = readOpenRouter(
      {
        data: {
          id: "openai/gpt-oss-120b",
          name: "gpt-oss-120b",
          architecture: { input_modalities: ["text"], output_modalities: ["text"] },
          endpoints: [
            {
              tag: "deepinfra/turbo",
              context_length: 131072,
              max_completion_tokens: null,
              pricing: { prompt: "0.00000015", completion: "0.0000006" },
              supported_parameters: ["tools"],
            },
            {
              tag: "groq",
              context_length: 131072,
              pricing: { prompt: "0.00000015", completion: "0.0000006" },
            },
          ],
        },
      },
      day,
    );
    assert.equal(
      list.endpoints.map(({ provider, tag, upstreamModel, model }) => [
        provider,
        tag,
        upstreamModel,
        model,
      ]),
      [
        ["deepinfra", "turbo", null, "openai/gpt-oss-120b"],
        ["groq", null, null, "openai/gpt-oss-120b"],
      ],
    );
    assert.equal(list.complete, []); // nothing is gone for not being in it
  },
);

for (const { provider, document, upstreamModel, price, contextLength } of [
  {
    provider: "together",
    document: [
      {
        id: "openai/gpt-oss-120b",
        object: "model",
        type: "chat",
        context_length: 131072,
        pricing: { hourly: 0, input: 0.15, output: 0.6, base: 0, finetune: 0 },
      },
    ],
    upstreamModel: "openai/gpt-oss-120b",
    price: { input: "0.15", output: "0.6" },
    contextLength: 131_072,
  },
  {
    provider: "novita",
    document: {
      data: [
        {
          id: "zai-org/glm-5.2",
          input_token_price_per_m: 14000,
          output_token_price_per_m: 44000,
          context_size: 1048576,
          max_output_tokens: 131072,
        },
      ],
    },
    upstreamModel: "zai-org/glm-5.2",
    price: { input: "1.4", output: "4.4" },
    contextLength: 1_048_576,
  },
  {
    provider: "deepinfra",
    document: {
      data: [
        {
          id: "deepseek-ai/DeepSeek-V4-Pro",
          metadata: {
            context_length: 1048576,
            max_tokens: 16384,
            pricing: { input_tokens: 1.3, output_tokens: 2.6, cache_read_tokens: 0.1 },
          },
        },
      ],
    },
    upstreamModel: "deepseek-ai/DeepSeek-V4-Pro",
    price: { input: "1.3", output: "2.6", cache_read: "0.1" },
    contextLength: 1_048_576,
  },
  {
    provider: "cerebras",
    document: {
      data: [{ id: "gpt-oss-120b", pricing: { prompt: "0.00000035", completion: "0.00000075" } }],
    },
    upstreamModel: "gpt-oss-120b",
    price: { input: "0.35", output: "0.75" },
    contextLength: null,
  },
  {
    provider: "venice",
    document: {
      data: [
        {
          id: "glm-5.2",
          model_spec: {
            availableContextTokens: 131072,
            pricing: { input: { usd: 1.5, diem: 1.5 }, output: { usd: 4.5, diem: 4.5 } },
          },
        },
      ],
    },
    upstreamModel: "glm-5.2",
    price: { input: "1.5", output: "4.5" },
    contextLength: 131_072,
  },
  {
    provider: "groq",
    document: {
      object: "list",
      data: [{ id: "openai/gpt-oss-20b", context_window: 131072, max_completion_tokens: 65536 }],
    },
    upstreamModel: "openai/gpt-oss-20b",
    price: null,
    contextLength: 131_072,
  },
  {
    provider: "google-ai-studio",
    document: {
      models: [
        {
          name: "models/gemini-3.8-flash",
          displayName: "Gemini 3.8 Flash",
          inputTokenLimit: 1048576,
          outputTokenLimit: 65536,
        },
      ],
    },
    upstreamModel: "gemini-3.8-flash",
    price: null,
    contextLength: 1_048_576,
  },
])
  readers(`${provider}'s own list is read in its own unit`, () => {
    const found = endpointOf(readProviderList(document, provider, day), provider, upstreamModel);
    assert.equal(found?.price, price);
    assert.is(found?.contextLength, contextLength);
  });

readers("a price in a unit that nobody wrote down is not guessed", () => {
  const list = readProviderList(
    { data: [{ id: "m", pricing: { input: 0.0000002, output: 2 } }] },
    "mill",
    day,
  );
  assert.is(list.endpoints[0]?.price, null);
  assert.match(list.skipped.join(), /in which unit is not known here/);
});

readers("what is no list is refused in words", () => {
  assert.throws(() => readModelsDev([], day), /is not models\.dev's api\.json/);
  assert.throws(() => readOpenRouter({ error: "no" }, day), /is no list of OpenRouter's/);
  assert.throws(() => readProviderList("<html>", "groq", day), /is no list of models/);
  // Whatever JSON it is, it is refused or read, and never breaks.
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (document) => {
      for (const read of [
        () => readModelsDev(document, day),
        () => readOpenRouter(document, day),
        () => readOpenRouter({ data: document }, day),
        () => readModelsDev({ acme: { models: document } }, day),
        () => readProviderList({ data: [document] }, "together", day),
      ])
        try {
          read();
        } catch (error) {
          assert.match(error instanceof Error ? error.message : "", /^is n/);
        }
    }),
    { numRuns: 300 },
  );
});

readers("one model is known by many names", () => {
  for (const [upstreamModel, name] of [
    ["accounts/fireworks/models/glm-5p3", "glm-5-3"],
    ["zai-org/GLM-5.3", "glm-5-3"],
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"],
    ["claude-opus-5-5@default", "claude-opus-5-5"],
    ["@cf/meta/llama-3.3-70b-instruct-fp8-fast", "llama-3-3-70b"],
    ["meta-llama/Llama-3.3-70B-Instruct-Turbo", "llama-3-3-70b"],
    ["databricks-gpt-oss-120b", "gpt-oss-120b"],
    ["qwen2.5-72b-instruct", "qwen-2-5-72b"],
  ] as const)
    assert.is(bareName(upstreamModel), name, upstreamModel);
  const modelOf = modelIndex([
    { id: "z-ai/glm-5.3", names: ["zai-org/GLM-5.3"] },
    { id: "anthropic/claude-haiku-4.5", names: [] },
    { id: "acme/twin", names: [] },
    { id: "globex/twin", names: [] },
  ]);
  assert.is(modelOf("accounts/fireworks/models/glm-5p3"), "z-ai/glm-5.3");
  assert.is(modelOf("claude-haiku-4-5-20251001"), "anthropic/claude-haiku-4.5");
  assert.is(modelOf("twin"), null); // one of two is none
  assert.equal(idForNew("together", "zai-org/GLM-6"), { id: "z-ai/glm-6", certain: true });
  assert.equal(idForNew("xai", "grok-5"), { id: "x-ai/grok-5", certain: true });
  assert.equal(idForNew("groq", "mystery"), { id: "groq/mystery", certain: false });
});

readers.run();
