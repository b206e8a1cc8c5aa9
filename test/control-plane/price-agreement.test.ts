// Our prices beside those of @pydantic/genai-prices, which others gathered on their own: for every endpoint that both
// know, at every length of a prompt that a tier could begin at. Where they differ, somebody looked, and says why here.

import { calcPrice } from "@pydantic/genai-prices";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configurationSchema } from "#control/configuration/configuration.ts";
import { shippedModels } from "#control/shipped-catalogue/models.ts";
import type { Meter } from "#schema/meters.ts";
import { formatPerMillion, parsePerMillion } from "#schema/money/amount.ts";
import { atInstant, unitPrice } from "#schema/money/price.ts";

const agreement = suite("price agreement");

/** Their names of providers, by ours. */
const theirProviders: Readonly<Record<string, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  "google-ai-studio": "google",
  "google-vertex": "google",
  "amazon-bedrock": "aws",
  azure: "azure",
  xai: "x-ai",
  mistral: "mistral",
  cohere: "cohere",
  deepseek: "deepseek",
  moonshotai: "moonshotai",
  groq: "groq",
  cerebras: "cerebras",
  together: "together",
  fireworks: "fireworks",
  novita: "novita",
  perplexity: "perplexity",
  ovhcloud: "ovhcloud",
  minimax: "minimax",
  "z-ai": "zai",
  cloudflare: "cloudflare",
  baseten: "baseten",
  arcee: "arcee",
  voyage: "voyageai",
  doubleword: "doubleword",
};
const theirMeters = [
  ["input", "input_mtok"],
  ["output", "output_mtok"],
  ["cache_read", "cache_read_mtok"],
  ["cache_write_5m", "cache_write_mtok"],
  ["cache_write_1h", "cache_write_1h_mtok"],
] as const satisfies readonly [Meter, string][];
const lengths = [1_000, 100_001, 200_001, 272_000, 300_000];
/** A weekday: at noon nobody's hours hold, at seven DeepSeek's do. */
const instants = ["2026-11-24T12:00:00Z", "2026-11-24T07:00:00Z"];

/** Provider and model there, the meters that differ as `ours / theirs` of a short prompt, or of the first that differs. */
const accepted: readonly { place: string; differs: string; since: string; reason: string }[] = [
  {
    place: "anthropic claude-sonnet-5-5",
    differs: "cache_read 0.1/0.2",
    since: "2026-11-24",
    reason: "they match it by the beginning of its name, as Sonnet 5; 0.10 since 7 October",
  },
  {
    place: "amazon-bedrock global.anthropic.claude-sonnet-5-5",
    differs: "cache_read 0.1/0.2",
    since: "2026-11-24",
    reason: "the same",
  },
  {
    place: "google-vertex claude-opus-4-6@default",
    differs: "input 5/10, output 25/37.5, cache_read 0.5/1, cache_write_5m 6.25/12.5",
    since: "2026-11-24",
    reason:
      "the maker has no long price since Claude 4.6; they keep it at Vertex for this one model",
  },
  {
    place: "azure deepseek-v4-pro",
    differs: "input 1.925/0.66, output 3.828/1.98, cache_read 0.165/0.022",
    since: "2026-11-24",
    reason: "they have none for Azure and give DeepSeek's own",
  },
  {
    place: "azure o4-mini",
    differs: "cache_read 0.275/0.28",
    since: "2026-11-24",
    reason: "Azure's page rounds; the bill does not",
  },
  {
    place: "cloudflare @cf/qwen/qwen3-30b-a3b-fp8",
    differs: "input 0.0509/0.051",
    since: "2026-11-24",
    reason: "theirs is rounded",
  },
  {
    place: "cloudflare @cf/zai-org/glm-4.7-flash",
    differs: "input 0.0605/0.06",
    since: "2026-11-24",
    reason: "theirs is rounded",
  },
  {
    place: "mistral mistral-embed",
    differs: "output 0/0.1",
    since: "2026-11-24",
    reason: "vectors have no output tokens",
  },
  {
    place: "mistral mistral-small-latest",
    differs: "input 0.15/0.1, output 0.6/0.3",
    since: "2026-11-24",
    reason: "the name moved to Small 4",
  },
  ...["openai", "azure"].flatMap((provider) => [
    {
      place: `${provider} gpt-6-luna`,
      differs: "input 0.2/0.1, output 0.75/0.5, cache_read 0.02/0.01, cache_write_5m 0.25/0.125",
      since: "2026-11-24",
      reason: "at 272,000 tokens exactly: OpenAI says the short price is for prompts below that",
    },
    {
      place: `${provider} gpt-6-sol`,
      differs: "input 4/2, output 15/10, cache_read 0.4/0.2, cache_write_5m 5/2.5",
      since: "2026-11-24",
      reason: "the same",
    },
  ]),
  {
    place: "z-ai glm-5.3-flash",
    differs: "input 0.15/0.075, output 0.5/0.25, cache_read 0.03/0.015",
    since: "2026-11-24",
    reason: "half of it in September, at its start; four hosts ask 0.15 / 0.50 in November too",
  },
];

/** Everything both know, and of each endpoint what differs. */
function compare(): { compared: number; found: Map<string, string> } {
  const { models } = configurationSchema.parse({ models: shippedModels });
  const found = new Map<string, string>();
  let compared = 0;
  for (const model of models)
    for (const endpoint of model.endpoints) {
      const providerId = theirProviders[endpoint.provider];
      if (providerId === undefined) continue;
      const context = endpoint.context_length ?? model.context_length;
      const list = { id: model.id, lines: endpoint.charge[0]?.lines ?? [] };
      const differs = new Map<string, string>();
      let known = false;
      for (const instant of instants) {
        const timestamp = new Date(instant);
        const theirs = calcPrice({ input_tokens: 1 }, endpoint.upstream_model, {
          providerId,
          timestamp,
        })?.model_price;
        if (!theirs) continue;
        known = true;
        const price = atInstant(list, timestamp.getTime());
        for (const length of lengths.filter((tokens) => tokens <= context))
          for (const [meter, name] of theirMeters) {
            const written = theirs[name];
            if (written === undefined || differs.has(meter)) continue;
            const their =
              typeof written === "number"
                ? written
                : (written.tiers.findLast(({ start }) => length > start)?.price ?? written.base);
            const our = unitPrice(price, meter, BigInt(length));
            // Their prices are binary floats with noise behind the sixth decimal.
            if (our === parsePerMillion(their.toFixed(6))) continue;
            const ours = our === null ? "none" : formatPerMillion(our);
            differs.set(meter, `${meter} ${ours}/${+their.toFixed(6)}`);
          }
      }
      if (known) compared++;
      if (differs.size > 0)
        found.set(
          `${endpoint.provider} ${endpoint.upstream_model}`,
          [...differs.values()].join(", "),
        );
    }
  return { compared, found };
}
const { compared, found } = compare();

agreement("enough endpoints are known to both to say something", () => {
  assert.ok(compared >= 300, `${compared}`);
});

agreement("a price that others know otherwise is one that somebody looked at", () => {
  const unexplained = [...found].filter(
    ([place, differs]) =>
      !accepted.some((each) => each.place === place && each.differs === differs),
  );
  assert.equal(unexplained, []);
});

agreement("what was accepted still differs, and in the same way", () => {
  const stale = accepted.filter(({ place, differs }) => found.get(place) !== differs);
  assert.equal(stale, []);
  assert.is(new Set(accepted.map(({ place }) => place)).size, accepted.length);
  for (const { place, since, reason } of accepted) {
    assert.match(since, /^2026-\d\d-\d\d$/, place);
    assert.ok(reason.length > 0, place);
  }
});

agreement.run();
