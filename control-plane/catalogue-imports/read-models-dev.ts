/** models.dev's `api.json` (MIT; github.com/anomalyco/models.dev, November 2026): USD per million tokens. */
import type { PricesAbove } from "../catalogue/price-list.ts";
import { perMillion } from "./exact-price.ts";
import type { ListedEndpoint, Listing } from "./listing.ts";
import {
  isMembers,
  isPriced,
  membersAt,
  readPrices,
  textAt,
  tokensAt,
  wordsAt,
  type Members,
  type PriceWords,
} from "./read-prices.ts";

/** Providers that are called otherwise there. Two of theirs may be one of ours. */
const ourSlugs: Readonly<Record<string, string>> = {
  google: "google-ai-studio",
  "google-vertex-anthropic": "google-vertex",
  "fireworks-ai": "fireworks",
  togetherai: "together",
  "cloudflare-workers-ai": "cloudflare",
  zai: "z-ai",
  "novita-ai": "novita",
  inference: "inference-net",
  llama: "meta",
};
const words: PriceWords = {
  input: "input",
  output: "output",
  cache_read: "cache_read",
  cache_write: "cache_write",
  reasoning: "reasoning",
  input_audio: "audio_input",
  output_audio: "audio_output",
};

/** @throws {Error} for what is not that document. */
export function readModelsDev(document: unknown, asOf: string): Listing {
  if (
    !isMembers(document) ||
    !Object.values(document).some((one) => isMembers(one) && isMembers(one["models"]))
  )
    throw new Error("is not models.dev's api.json: expected providers by id, each with models");
  const endpoints: ListedEndpoint[] = [];
  const skipped: string[] = [];
  const complete = new Set<string>();
  for (const [id, provider] of Object.entries(document)) {
    if (!isMembers(provider)) continue;
    const slug = ourSlugs[id] ?? id;
    complete.add(slug);
    for (const [upstreamModel, model] of Object.entries(membersAt(provider, "models"))) {
      if (!isMembers(model)) continue;
      if (textAt(model, "status") === "deprecated") {
        skipped.push(`${slug} ${upstreamModel}: deprecated`);
        continue;
      }
      endpoints.push(readModel(slug, upstreamModel, model));
    }
  }
  return {
    source: "models.dev",
    asOf,
    complete: [...complete],
    endpoints,
    skipped: skipped.slice(0, 1_000),
  };
}

function readModel(provider: string, upstreamModel: string, model: Members): ListedEndpoint {
  const remarks: string[] = [];
  const cost = membersAt(model, "cost");
  const prices = readPrices(cost, words, perMillion, remarks);
  const tiers = readTiers(cost, provider, remarks);
  const modalities = membersAt(model, "modalities");
  const limit = membersAt(model, "limit");
  const released = textAt(model, "release_date");
  const cutoff = textAt(model, "knowledge");
  return {
    provider,
    upstreamModel,
    model: null,
    tag: null,
    name: textAt(model, "name") || upstreamModel,
    contextLength: tokensAt(limit, "context"),
    maxOutputTokens: tokensAt(limit, "output"),
    inputModalities: wordsAt(modalities, "input").map((word) => (word === "pdf" ? "file" : word)),
    outputModalities: wordsAt(modalities, "output"),
    supportedParameters: parametersOf(model),
    details: {
      ...(/^\d{4}-\d\d-\d\d$/.test(released) ? { released_on: released } : {}),
      ...(/^\d{4}-\d\d-\d\d$/.test(cutoff) ? { knowledge_cutoff: cutoff } : {}),
    },
    price: isPriced(prices) ? { ...prices, ...(tiers.length === 0 ? {} : { tiers }) } : null,
    remarks,
  };
}

/** Both forms may stand there for one and the same price; the newer, with the exact edge, holds. */
function readTiers(cost: Members, provider: string, remarks: string[]): PricesAbove[] {
  const { tiers, context_over_200k: over } = cost;
  if (Array.isArray(tiers))
    return tiers.filter(isMembers).flatMap((tier) => {
      const { type, size } = membersAt(tier, "tier");
      if (
        type !== "context" ||
        typeof size !== "number" ||
        !Number.isSafeInteger(size) ||
        size < 1
      ) {
        remarks.push("a tier of another kind than the length of the prompt");
        return [];
      }
      return [{ ...edgeOf(provider, size), ...readPrices(tier, words, perMillion, remarks) }];
    });
  return isMembers(over)
    ? [{ above_input_tokens: 200_000, ...readPrices(over, words, perMillion, remarks) }]
    : [];
}

/** OpenAI's long price starts at 272,000 tokens, all others' above their edge (contract/catalogue.md section 6). */
export const edgeOf = (provider: string, size: number): PricesAbove =>
  size === 272_000 && ["openai", "azure", "amazon-bedrock"].includes(provider)
    ? { from_input_tokens: size }
    : { above_input_tokens: size };

function parametersOf(model: Members): string[] {
  return [
    "max_tokens",
    ...(model["temperature"] === false ? [] : ["temperature"]),
    ...(model["tool_call"] === true ? ["tools", "tool_choice"] : []),
    ...(model["reasoning"] === true ? ["reasoning", "include_reasoning"] : []),
    ...(model["structured_output"] === true ? ["response_format", "structured_outputs"] : []),
  ];
}
