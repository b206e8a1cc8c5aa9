/**
 * OpenRouter's lists, and those of whoever speaks as it does (Turnpike too): `/api/v1/models`, which is what OpenRouter
 * itself sells, and `/api/v1/models/{author}/{slug}/endpoints`, which is what others sell through it. USD per token, in text.
 */
import type { PricesAbove, PricesAt, PriceList } from "../catalogue/price-list.ts";
import { weekdays } from "#schema/money/hours.ts";
import { perToken } from "./exact-price.ts";
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

const words: PriceWords = {
  prompt: "input",
  completion: "output",
  input_cache_read: "cache_read",
  input_cache_write: "cache_write",
  input_cache_write_1h: "cache_write_1h",
  internal_reasoning: "reasoning",
  audio: "audio_input",
  audio_output: "audio_output",
  request: "request",
  image: "image",
  image_output: "image_output",
  web_search: "web_search",
};

/** @throws {Error} for what is neither of the two documents. */
export function readOpenRouter(document: unknown, asOf: string): Listing {
  const data = isMembers(document) ? document["data"] : undefined;
  if (isMembers(data) && Array.isArray(data["endpoints"])) return readEndpoints(data, asOf);
  if (!Array.isArray(data))
    throw new Error(
      "is no list of OpenRouter's: expected {data: [models]} or {data: {endpoints: […]}}",
    );
  const skipped: string[] = [];
  const endpoints = data.filter(isMembers).flatMap((model): ListedEndpoint[] => {
    const id = textAt(model, "id");
    const remarks: string[] = [];
    const price = readList(membersAt(model, "pricing"), "openrouter", remarks);
    if (isMembers(model["alias_target"])) return []; // another name of a model of the list
    if (price === null) {
      skipped.push(`openrouter ${id}: ${remarks.join("; ") || "no price"}`);
      return [];
    }
    const architecture = membersAt(model, "architecture");
    const top = membersAt(model, "top_provider");
    const repository = textAt(model, "hugging_face_id");
    const { reasoning } = model;
    return [
      {
        provider: "openrouter",
        upstreamModel: id,
        model: id,
        tag: null,
        name: textAt(model, "name") || id,
        contextLength: tokensAt(model, "context_length"),
        maxOutputTokens: tokensAt(top, "max_completion_tokens"),
        inputModalities: wordsAt(architecture, "input_modalities"),
        outputModalities: wordsAt(architecture, "output_modalities"),
        supportedParameters: wordsAt(model, "supported_parameters"),
        details: {
          ...(repository === "" ? {} : { hugging_face_id: repository }),
          ...(isMembers(reasoning) ? { reasoning: reasoningOf(reasoning) } : {}),
        },
        price,
        remarks,
      },
    ];
  });
  return {
    source: "openrouter",
    asOf,
    complete: ["openrouter"],
    endpoints,
    skipped: skipped.slice(0, 1_000),
  };
}

/** Without what has no value, and what other versions of the list may add. */
function reasoningOf(reasoning: Members): Record<string, never> {
  const names = [
    "mandatory",
    "default_enabled",
    "supported_efforts",
    "default_effort",
    "supports_max_tokens",
  ];
  return Object.fromEntries(
    names.flatMap((name) => (reasoning[name] == null ? [] : [[name, reasoning[name]]])),
  ) as Record<string, never>;
}

/** Of each provider the tag, such as `deepinfra/turbo`, and never its own name of the model. */
function readEndpoints(data: Members, asOf: string): Listing {
  const id = textAt(data, "id");
  const architecture = membersAt(data, "architecture");
  const listed = (data["endpoints"] as unknown[]).filter(isMembers);
  return {
    source: "openrouter",
    asOf,
    complete: [],
    skipped: [],
    endpoints: listed.map((endpoint): ListedEndpoint => {
      const [provider = "", ...tag] = textAt(endpoint, "tag").split("/");
      const remarks: string[] = [];
      return {
        provider,
        upstreamModel: null,
        model: id,
        tag: tag.join("/") || null,
        name: textAt(data, "name") || id,
        contextLength: tokensAt(endpoint, "context_length"),
        maxOutputTokens: tokensAt(endpoint, "max_completion_tokens"),
        inputModalities: wordsAt(architecture, "input_modalities"),
        outputModalities: wordsAt(architecture, "output_modalities"),
        supportedParameters: wordsAt(endpoint, "supported_parameters"),
        details: {},
        price: readList(membersAt(endpoint, "pricing"), provider, remarks),
        remarks,
      };
    }),
  };
}

/** Null when it cannot be billed by, such as the `-1` of a router whose price is that of what it chooses. */
function readList(pricing: Members, provider: string, remarks: string[]): PriceList | null {
  const prices = readPrices(pricing, words, perToken, remarks);
  if (!isPriced(prices)) return null;
  const overrides = Array.isArray(pricing["overrides"])
    ? pricing["overrides"].filter(isMembers)
    : [];
  const tiers: PricesAbove[] = [];
  const hours: PricesAt[] = [];
  for (const override of overrides) {
    const above = tokensAt(override, "min_prompt_tokens");
    const at = hoursOf(override);
    const over = readPrices(override, words, perToken, remarks);
    if (above !== null && at === null)
      // Strictly above, everywhere; an OpenAI price there starts where it does at OpenAI.
      tiers.push({
        ...(above === 272_000 && ["openai", "azure"].includes(provider)
          ? { from_input_tokens: above }
          : { above_input_tokens: above }),
        ...over,
      });
    else if (above === null && at !== null) hours.push({ at, ...over });
    else remarks.push("an override with conditions that we cannot join");
  }
  return {
    ...prices,
    ...(tiers.length === 0 ? {} : { tiers }),
    ...(hours.length === 0 ? {} : { hours }),
  };
}

/** The contract's window (`utc_start` 1030 is 10:30) as our text of hours; null when the override has none. */
function hoursOf(override: Members): string | null {
  const { utc_start: start, utc_end: end, utc_days: days } = override;
  if (start === undefined && end === undefined && days === undefined) return null;
  const clock = (value: unknown): string =>
    `${Number(value ?? 0)}`.padStart(4, "0").replace(/^(\d\d)(\d\d)$/, "$1:$2");
  const on = Array.isArray(days)
    ? `${weekdays.filter((day) => days.some((one) => String(one).startsWith(day))).join(",")} `
    : "";
  return `${on}${clock(start)}-${clock(end)}`;
}
