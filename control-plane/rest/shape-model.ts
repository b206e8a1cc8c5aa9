/** Models and endpoints in the contract's words (openrouter-api.md 1.7); `@openrouter/sdk` throws when one is missing. */
import type { z } from "zod";
import type { Meter } from "#schema/meters.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { parseHours, type Hours } from "#schema/money/hours.ts";
import { unitPrice, type Price } from "#schema/money/price.ts";
import type { CatalogueModel, Model, Offer } from "./read-catalogue.ts";
import type {
  endpoint as endpointShape,
  endpointsAnswer,
  model as modelShape,
  pricing,
} from "./shapes/model.ts";

/** A model, priced as its cheapest offer is. */
export function shapeModel({
  model,
  offers: [cheapest],
  aliasOf,
}: CatalogueModel): z.infer<typeof modelShape> {
  return {
    id: model.id,
    canonical_slug: aliasOf?.id ?? model.id,
    ...(aliasOf ? { alias_target: { slug: aliasOf.id, name: aliasOf.name } } : {}),
    hugging_face_id: textDetail(model, "hugging_face_id"),
    name: model.name,
    created: createdSeconds(model),
    description: model.description,
    context_length: model.contextLength,
    architecture: shapeArchitecture(model),
    pricing: cheapest ? shapePricing(cheapest.list) : { request: "0", image: "0" },
    top_provider: {
      context_length: cheapest?.endpoint.contextLength ?? model.contextLength,
      max_completion_tokens: cheapest?.endpoint.maxOutputTokens ?? model.maxOutputTokens,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: model.supportedParameters,
    default_parameters: null,
    supported_voices: null,
    expiration_date: textDetail(model, "expires_on"),
    knowledge_cutoff: textDetail(model, "knowledge_cutoff"),
    ...shapeReasoning(model),
    links: { details: `/api/v1/models/${model.id}/endpoints` },
  };
}

/** A model with everybody who offers it. Nothing is measured yet, and null says so. */
export function shapeEndpoints({
  model,
  offers,
}: CatalogueModel): z.infer<typeof endpointsAnswer>["data"] {
  return {
    id: model.id,
    name: model.name,
    created: createdSeconds(model),
    description: model.description,
    architecture: shapeArchitecture(model),
    endpoints: offers.map((offer) => shapeEndpoint(model, offer)),
  };
}

export function shapeEndpoint(
  model: Model,
  { endpoint, provider, list }: Offer,
): z.infer<typeof endpointShape> {
  const parameters = endpoint.supportedParameters ?? model.supportedParameters;
  const choosesTools = parameters.includes("tool_choice");
  // What a row says of its API: one that cannot be made to call a tool can still be left to it.
  const only = { ...provider.flags, ...endpoint.flags }["toolChoice"];
  const obeysTools = choosesTools && only !== "auto-only" && only !== "auto";
  return {
    name: `${provider.name} | ${model.id}`,
    model_id: model.id,
    model_name: model.name,
    context_length: endpoint.contextLength ?? model.contextLength,
    pricing: shapePricing(list),
    provider_name: provider.name,
    tag: endpoint.tag === null ? provider.slug : `${provider.slug}/${endpoint.tag}`,
    quantization: endpoint.quantization,
    max_completion_tokens: endpoint.maxOutputTokens ?? model.maxOutputTokens,
    max_prompt_tokens: null,
    supported_parameters: parameters,
    status: 0,
    uptime_last_5m: null,
    uptime_last_30m: null,
    uptime_last_1d: null,
    latency_last_30m: null,
    throughput_last_30m: null,
    // Claude and Nova cache what the client marks; all others with such a price do it by themselves.
    supports_implicit_caching:
      list.lines.some((line) => line.meter === "cache_read") &&
      !/^(claude|nova)/.test(model.tokenizer),
    supports_tool_choice: {
      auto: parameters.includes("tools"),
      function: obeysTools,
      none: choosesTools,
      required: obeysTools,
    },
    supports_voice_cloning: false,
  };
}

/** When it was released; since when it is here, where nobody said. */
function createdSeconds(model: Model): number {
  const released = Date.parse(textDetail(model, "released_on") ?? "");
  return Math.floor((Number.isNaN(released) ? model.createdAt.getTime() : released) / 1000);
}

function textDetail({ details }: Model, name: string): string | null {
  const value = details[name];
  return typeof value === "string" ? value : null;
}

/** Left out for a model that does not reason, and where it is not known how. */
function shapeReasoning({ details }: Model): { reasoning?: Record<string, unknown> } {
  const { reasoning } = details;
  return typeof reasoning === "object" && reasoning !== null ? { reasoning: { ...reasoning } } : {};
}

/** OpenRouter's words for families of vocabularies; all others are Other there too. */
const tokenizerGroups: readonly [family: RegExp, group: string][] = [
  [/^(o200k|cl100k)/, "GPT"],
  [/^claude/, "Claude"],
  [/^gemini/, "Gemini"],
  [/^gemma/, "Gemma"],
  [/^grok/, "Grok"],
  [/^cohere/, "Cohere"],
  [/^nova/, "Nova"],
  [/^(qwen|mimo)/, "Qwen"],
  [/^deepseek/, "DeepSeek"],
  [/^(mistral|nemotron)/, "Mistral"],
  [/^llama2/, "Llama2"],
  [/^llama3/, "Llama3"],
  [/^llama4/, "Llama4"],
];

const shapeArchitecture = (model: Model): z.infer<typeof modelShape>["architecture"] => ({
  modality: `${model.inputModalities.join("+")}->${model.outputModalities.join("+")}`,
  input_modalities: model.inputModalities,
  output_modalities: model.outputModalities,
  tokenizer: tokenizerGroups.find(([family]) => family.test(model.tokenizer))?.[1] ?? "Other",
  instruct_type: null,
});

const pricingNames = {
  input: "prompt",
  output: "completion",
  request: "request",
  image_input: "image",
  image_output: "image_output",
  audio_input: "audio",
  audio_output: "audio_output",
  web_search: "web_search",
  reasoning: "internal_reasoning",
  cache_read: "input_cache_read",
  cache_write_5m: "input_cache_write",
  cache_write_1h: "input_cache_write_1h",
} as const satisfies Record<Meter, string>;
/** The meters whose price the contract lets depend on the length of the prompt. */
const overridable = [
  "input",
  "output",
  "audio_input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
] as const satisfies readonly Meter[];

/**
 * USD per unit as decimal text, as it is under ordinary conditions, and what overrides it: from which prompt length on
 * (exclusive), and at which hours (UTC). Of several overrides that apply the later wins, so what is more particular comes
 * later.
 */
export function shapePricing(list: Price): z.infer<typeof pricing> {
  // Service tiers are the provider's to give; the contract has no word for their prices.
  const lines = list.lines.filter((line) => !line.serviceTier);
  const usual = { id: list.id, lines: lines.filter((line) => !line.hours) };
  const hours = [...new Set(lines.flatMap((line) => line.hours || []))].toSorted();
  const overrides = [
    ...byLength(usual),
    ...hours.flatMap((text) => {
      const held = { id: list.id, lines: lines.filter((line) => line.hours === text) };
      return windowsOf(parseHours(text)).flatMap((window) => [
        { ...window, ...pricesOf(held, overridable, 0n) },
        ...byLength(held).map((override) => ({ ...window, ...override })),
      ]);
    }),
  ];
  return {
    request: "0",
    image: "0",
    ...pricesOf(usual, Object.keys(pricingNames) as Meter[], 0n),
    ...(overrides.length === 0 ? {} : { overrides }),
  };
}

function byLength(price: Price): Record<string, unknown>[] {
  return [...new Set(price.lines.map((line) => line.aboveInputTokens))]
    .filter((tokens) => tokens > 0)
    .toSorted((a, b) => a - b)
    .map((tokens) => ({
      min_prompt_tokens: tokens,
      ...pricesOf(price, overridable, BigInt(tokens) + 1n),
    }));
}

/** The prices of the meters that the list mentions. */
function pricesOf(price: Price, over: readonly Meter[], promptTokens: bigint): object {
  const mentioned = new Set<Meter>(price.lines.map((line) => line.meter));
  return Object.fromEntries(
    over
      .filter((meter) => mentioned.has(meter))
      .map((meter) => [
        pricingNames[meter],
        formatDollars(unitPrice(price, meter, promptTokens) ?? 0n),
      ]),
  );
}

const dayNames = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** Hours as the contract's windows: days are of the instant asked about there, so what passes midnight is two of them. */
function windowsOf({ days, fromMinute, toMinute }: Hours): Record<string, unknown>[] {
  const clock = (minute: number): number => Math.floor(minute / 60) * 100 + (minute % 60);
  const on = (shift: number) =>
    days.size === dayNames.length
      ? {}
      : { utc_days: dayNames.filter((_name, day) => days.has((day - shift + 7) % 7)) };
  if (fromMinute === 0 && toMinute === 0) return [on(0)];
  const window = { utc_start: clock(fromMinute), utc_end: clock(toMinute) };
  if (fromMinute < toMinute || toMinute === 0 || days.size === dayNames.length)
    return [{ ...window, ...on(0) }];
  return [
    { ...window, utc_end: 0, ...on(0) },
    { ...window, utc_start: 0, ...on(1) },
  ];
}
