/** Models, endpoints and providers in the contract's words (openrouter-api.md 1.7). */
import { z } from "zod";
import { count, countOrNull, list, never, one, textOrNull, unitPriceText } from "./numbers.ts";

const prices = {
  prompt: unitPriceText.optional(),
  completion: unitPriceText.optional(),
  audio: unitPriceText.optional(),
  input_cache_read: unitPriceText.optional(),
  input_cache_write: unitPriceText.optional().describe("Kept for five minutes"),
  input_cache_write_1h: unitPriceText.optional(),
};
const clock = z.int().min(0).max(2400).describe("UTC, as HHMM");

export const pricing = z
  .object({
    ...prices,
    request: unitPriceText,
    image: unitPriceText,
    image_output: unitPriceText.optional(),
    audio_output: unitPriceText.optional(),
    web_search: unitPriceText.optional(),
    internal_reasoning: unitPriceText.optional(),
    overrides: z
      .array(
        z.object({
          ...prices,
          min_prompt_tokens: count
            .optional()
            .describe("Holds for prompts that are longer than this"),
          utc_start: clock.optional(),
          utc_end: clock.optional(),
          utc_days: z.array(z.string()).optional(),
        }),
      )
      .optional()
      .describe("Of several that apply the later wins"),
  })
  .meta({ id: "Pricing" });

const architecture = z.object({
  modality: z.string(),
  input_modalities: z.array(z.string()),
  output_modalities: z.array(z.string()),
  tokenizer: z.string(),
  instruct_type: never,
});

const modelMembers = {
  id: z.string(),
  canonical_slug: z.string().describe("Of an alias, the model that it stands for"),
  alias_target: z.object({ slug: z.string(), name: z.string() }).optional(),
  hugging_face_id: textOrNull,
  name: z.string(),
  created: z.int().describe("Seconds of Unix time"),
  description: z.string(),
  context_length: count.describe("Tokens"),
  architecture,
  pricing,
  top_provider: z.object({
    context_length: count,
    max_completion_tokens: countOrNull,
    is_moderated: z.boolean(),
  }),
  per_request_limits: never,
  supported_parameters: z.array(z.string()),
  default_parameters: never,
  supported_voices: never,
  expiration_date: textOrNull,
  knowledge_cutoff: textOrNull,
  reasoning: z.looseObject({}).optional(),
  links: z.object({ details: z.string() }),
};
export const model = z.object(modelMembers).meta({ id: "Model" });
/** With what `openai` knows a model by. */
export const listedModel = z
  .object({ ...modelMembers, object: z.literal("model"), owned_by: z.string() })
  .meta({ id: "ListedModel" });

export const modelAnswer = one(model);
export const modelsAnswer = list(listedModel).extend({
  links: z.object({ next: textOrNull.describe("The next page") }),
  object: z.literal("list"),
});
export const modelCount = one(z.object({ count }));

const percentiles = z
  .object({ p50: z.number(), p75: z.number(), p90: z.number(), p99: z.number() })
  .nullable();
const uptime = z.number().min(0).max(100).nullable().describe("Percent; null: not measured");
export const endpoint = z
  .object({
    name: z.string(),
    model_id: z.string(),
    model_name: z.string(),
    context_length: count,
    pricing,
    provider_name: z.string(),
    tag: z.string(),
    quantization: textOrNull,
    max_completion_tokens: countOrNull,
    max_prompt_tokens: countOrNull,
    supported_parameters: z.array(z.string()),
    status: z.int(),
    uptime_last_5m: uptime,
    uptime_last_30m: uptime,
    uptime_last_1d: uptime,
    latency_last_30m: percentiles.describe("To the first token, in ms"),
    throughput_last_30m: percentiles.describe("Tokens a second"),
    supports_implicit_caching: z.boolean(),
    supports_tool_choice: z.object({
      auto: z.boolean(),
      function: z.boolean(),
      none: z.boolean(),
      required: z.boolean(),
    }),
    supports_voice_cloning: z.boolean(),
  })
  .meta({ id: "Endpoint" });
export const endpointsAnswer = one(
  z.object({
    id: z.string(),
    name: z.string(),
    created: z.int(),
    description: z.string(),
    architecture,
    endpoints: z.array(endpoint),
  }),
);
export const zdrAnswer = one(z.array(endpoint));

export const providersAnswer = one(
  z.array(
    z.object({
      name: z.string(),
      slug: z.string(),
      privacy_policy_url: never,
      terms_of_service_url: never,
      status_page_url: never,
      headquarters: never,
      datacenters: never,
    }),
  ),
);
