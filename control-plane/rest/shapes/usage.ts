/** What was used: credit, generations, days, questions (openrouter-api.md 1.7, 1.8). */
import { z } from "zod";
import { granularities } from "../../usage/usage-words.ts";
import { count, countOrNull, never, one, textOrNull, time, usdNumber } from "./numbers.ts";

export const creditsAnswer = one(
  z.object({ total_credits: usdNumber, total_usage: usdNumber }).meta({ id: "Credits" }),
);

const milliseconds = z.number().min(0).nullable().describe("ms");
export const generation = z
  .object({
    id: z.string(),
    upstream_id: textOrNull,
    model: z.string(),
    provider_name: textOrNull,
    api_type: z.string(),
    origin: z.string(),
    http_referer: textOrNull,
    user_agent: textOrNull,
    app_id: never,
    external_user: textOrNull,
    session_id: textOrNull,
    workspace_id: textOrNull,
    created_at: time,
    streamed: z.boolean(),
    cancelled: z.boolean(),
    finish_reason: textOrNull,
    native_finish_reason: textOrNull,
    generation_time: milliseconds,
    latency: milliseconds,
    moderation_latency: never,
    total_cost: usdNumber,
    usage: usdNumber,
    upstream_inference_cost: never,
    cache_discount: never,
    is_byok: z.boolean(),
    tokens_prompt: count,
    tokens_completion: count,
    native_tokens_prompt: count,
    native_tokens_completion: count,
    native_tokens_reasoning: count,
    native_tokens_cached: count,
    native_tokens_completion_images: count,
    num_media_prompt: countOrNull,
    num_media_completion: never,
    num_input_audio_prompt: never,
    num_search_results: never,
    num_fetches: never,
    web_search_engine: never,
    preset_id: never,
    router: never,
    service_tier: textOrNull,
    data_region: z.literal("global"),
    response_cache_source_id: textOrNull.describe(
      "The generation whose kept answer was given again; nothing was charged for it",
    ),
    provider_responses: z
      .array(
        z.object({
          provider_name: textOrNull,
          endpoint_id: z.string(),
          model_permaslug: z.string(),
          status: z.int().nullable(),
          latency: milliseconds,
          is_byok: z.boolean(),
        }),
      )
      .describe("Every attempt, the one that answered last"),
  })
  .meta({ id: "Generation" });
export const generationAnswer = one(generation);

export const activityDay = z
  .object({
    date: z.iso.date(),
    model: z.string(),
    model_permaslug: z.string(),
    endpoint_id: z.string(),
    provider_name: z.string(),
    usage: usdNumber,
    byok_usage_inference: usdNumber,
    requests: count,
    prompt_tokens: count,
    completion_tokens: count,
    reasoning_tokens: count,
    workspace_id: z.string().optional(),
  })
  .meta({ id: "ActivityDay" });
export const activityAnswer = one(z.array(activityDay));

const labelled = { name: z.string(), display_label: z.string() };
export const analyticsMeta = one(
  z.object({
    metrics: z.array(
      z.object({
        ...labelled,
        display_format: z.enum(["number", "currency", "percent", "latency", "throughput"]),
        is_rate: z.boolean(),
      }),
    ),
    dimensions: z.array(z.object(labelled)),
    granularities: z.array(z.object({ name: z.enum(granularities), display_label: z.string() })),
    operators: z.array(z.object({ name: z.string(), value_type: z.enum(["single", "array"]) })),
  }),
);
export const analyticsAnswer = one(
  z.object({
    data: z
      .array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])))
      .describe("Counts are text, money and rates are numbers"),
    metadata: z.object({ query_time_ms: count, row_count: count, truncated: z.boolean() }),
    warnings: z.array(z.string()),
  }),
);

/** Of what is not kept: nobody has been answered by it yet. */
export const contentAnswer = one(
  z.object({ input: z.looseObject({}), output: z.looseObject({}), error: never }),
);
