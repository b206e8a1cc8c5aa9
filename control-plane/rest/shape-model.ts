/** Models and endpoints in the contract's words (openrouter-api.md 1.7); `@openrouter/sdk` throws when one is missing. */
import type { Meter } from "#schema/meters.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { unitPrice, type Price } from "#schema/money/price.ts";
import type { CatalogueModel, Model, Offer } from "./read-catalogue.ts";

export type ShapedModel = { id: string; created: number } & Record<string, unknown>;

/** A model, priced as its cheapest offer is. */
export function shapeModel({ model, offers: [cheapest] }: CatalogueModel): ShapedModel {
  return {
    id: model.id,
    canonical_slug: model.id,
    hugging_face_id: null,
    name: model.name,
    created: createdSeconds(model),
    description: model.description,
    context_length: model.contextLength,
    architecture: shapeArchitecture(model),
    pricing: cheapest ? shapePricing(cheapest.price) : {},
    top_provider: {
      context_length: cheapest?.endpoint.contextLength ?? model.contextLength,
      max_completion_tokens: cheapest?.endpoint.maxOutputTokens ?? model.maxOutputTokens,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: model.supportedParameters,
    default_parameters: null,
    supported_voices: null,
    expiration_date: null,
    knowledge_cutoff: null,
    links: { details: `/api/v1/models/${model.id}/endpoints` },
  };
}

/** A model with everybody who offers it. Nothing is measured yet, and null says so. */
export function shapeEndpoints({ model, offers }: CatalogueModel): object {
  return {
    id: model.id,
    name: model.name,
    created: createdSeconds(model),
    description: model.description,
    architecture: shapeArchitecture(model),
    endpoints: offers.map((offer) => shapeEndpoint(model, offer)),
  };
}

function shapeEndpoint(model: Model, { endpoint, provider, price }: Offer): object {
  const choosesTools = model.supportedParameters.includes("tool_choice");
  return {
    name: `${provider.name} | ${model.id}`,
    model_id: model.id,
    model_name: model.name,
    context_length: endpoint.contextLength ?? model.contextLength,
    pricing: shapePricing(price),
    provider_name: provider.name,
    tag: provider.slug,
    quantization: endpoint.quantization,
    max_completion_tokens: endpoint.maxOutputTokens ?? model.maxOutputTokens,
    max_prompt_tokens: null,
    supported_parameters: model.supportedParameters,
    status: 0,
    uptime_last_5m: null,
    uptime_last_30m: null,
    uptime_last_1d: null,
    latency_last_30m: null,
    throughput_last_30m: null,
    supports_implicit_caching: price.lines.some((line) => line.meter === "cache_read"),
    supports_tool_choice: {
      auto: model.supportedParameters.includes("tools"),
      function: choosesTools,
      none: choosesTools,
      required: choosesTools,
    },
    supports_voice_cloning: false,
  };
}

const createdSeconds = (model: Model): number => Math.floor(model.createdAt.getTime() / 1000);

const shapeArchitecture = (model: Model): object => ({
  modality: `${model.inputModalities.join("+")}->${model.outputModalities.join("+")}`,
  input_modalities: model.inputModalities,
  output_modalities: model.outputModalities,
  tokenizer: "Other",
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

/** USD per unit as decimal text, and from which prompt length on another price holds (exclusive, the later one wins). */
export function shapePricing(list: Price): Record<string, unknown> {
  // Service tiers are the provider's to give; the contract has no word for their prices.
  const price = { id: list.id, lines: list.lines.filter((line) => !line.serviceTier) };
  const mentioned = new Set<Meter>(price.lines.map((line) => line.meter));
  const at = (over: readonly Meter[], promptTokens: bigint) =>
    Object.fromEntries(
      over
        .filter((meter) => mentioned.has(meter))
        .map((meter) => [
          pricingNames[meter],
          formatDollars(unitPrice(price, meter, promptTokens) ?? 0n),
        ]),
    );
  const thresholds = [...new Set(price.lines.map((line) => line.aboveInputTokens))]
    .filter((tokens) => tokens > 0)
    .toSorted((a, b) => a - b);
  return {
    request: "0",
    image: "0",
    ...at(Object.keys(pricingNames) as Meter[], 0n),
    ...(thresholds.length === 0
      ? {}
      : {
          overrides: thresholds.map((tokens) => ({
            min_prompt_tokens: tokens,
            ...at(overridable, BigInt(tokens) + 1n),
          })),
        }),
  };
}
