/** GET /generation?id=: the accounting record of one request. */
import { z } from "zod";
import type { Transaction } from "#schema/database.ts";
import { generationIdOf, generationTimeMs, generationUuid } from "#schema/ids.ts";
import { completionMeters, promptMeters, sum } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { apiTypeOf } from "../usage/api-type.ts";
import { countsOf } from "../usage/counts-of.ts";
import type { Generation } from "../usage/generation.ts";
import { providerNames } from "../usage/provider-names.ts";
import { readGeneration } from "../usage/read-generation.ts";
import { Refusal } from "./refusal.ts";
import type { KeyCall } from "./route.ts";
import type { generationAnswer } from "./shapes/usage.ts";

const recentMs = 30 * 60_000; // an id older than this has been booked or never will be
const skewMs = 60_000; // a gateway's clock may run ahead of ours

export const generationQuery = z.object({
  id: z
    .string({ error: "expected the id of a generation, as in /generation?id=gen-…" })
    .describe("As the answer's `id` and the header `x-generation-id` told it"),
});

/**
 * A generation is booked a moment after its answer has ended, so one that could still come is waited for: a client
 * that has just been answered is never told that its generation does not exist.
 */
export async function answerGeneration(
  { runtime, actor, generations, signal }: KeyCall,
  { id }: z.infer<typeof generationQuery>,
): Promise<z.infer<typeof generationAnswer>> {
  const uuid = generationUuid(id);
  if (uuid === null) throw unknown(id);
  const asked = { uuid, organizationId: actor.organizationId };
  const booked = await readGeneration(runtime.db, asked);
  if (booked) return shapeGeneration(runtime.db, booked);
  const age = runtime.now().getTime() - generationTimeMs(uuid);
  if (age > recentMs || age < -skewMs) throw unknown(id);
  const waited = generations.wait(uuid, signal);
  if (waited === null) {
    throw new Refusal(
      503,
      "provider_overloaded",
      "Too many generations are being waited for; ask again shortly",
      { "retry-after": "1" },
    );
  }
  await waited;
  const late = await readGeneration(runtime.db, asked);
  if (!late) throw unknown(id);
  return shapeGeneration(runtime.db, late);
}

/** Prompts and answers are never kept, so there is nothing to give: 403 as where logging is off, 404 for what was never booked. */
export async function answerContent(
  { runtime, actor }: KeyCall,
  { id }: z.infer<typeof generationQuery>,
): Promise<never> {
  const uuid = generationUuid(id);
  if (
    uuid === null ||
    !(await readGeneration(runtime.db, { uuid, organizationId: actor.organizationId }))
  )
    throw unknown(id);
  throw new Refusal(
    403,
    "permission_denied",
    "Prompts and answers are not kept here, so this generation's cannot be given; GET /api/v1/generation has its record",
  );
}

const unknown = (id: string): Refusal =>
  new Refusal(404, "not_found", `Generation ${id.slice(0, 80)} not found`);

/** Every member is required by `@openrouter/sdk`, those that we do not know as null (openrouter-api.md 1.7). */
async function shapeGeneration(
  tx: Transaction,
  generation: Generation,
): Promise<z.infer<typeof generationAnswer>> {
  const slugs = [generation.provider, ...generation.attempts.map((attempt) => attempt.provider)];
  const nameOf = await providerNames(
    tx,
    slugs.filter((slug) => slug !== null),
  );
  const counts = countsOf(generation);
  const promptTokens = Number(sum(counts, promptMeters));
  const completionTokens = Number(sum(counts, completionMeters));
  const charged = dollarsNumber(generation.charge);
  const data: z.infer<typeof generationAnswer>["data"] = {
    id: generationIdOf(generation.id),
    upstream_id: generation.upstreamId,
    model: generation.modelId,
    provider_name: generation.provider === null ? null : nameOf(generation.provider),
    api_type: await apiTypeOf(tx, generation.modelId),
    origin: generation.referer ?? "",
    http_referer: generation.referer,
    user_agent: generation.userAgent,
    app_id: null,
    external_user: generation.externalUser,
    session_id: generation.sessionId,
    workspace_id: generation.workspaceId,
    created_at: generation.admittedAt.toISOString(),
    streamed: generation.streamed,
    cancelled: generation.cancelled,
    finish_reason: generation.finishReason,
    native_finish_reason: generation.nativeFinishReason,
    generation_time: generation.durationMs,
    latency: generation.firstTokenMs,
    moderation_latency: null,
    total_cost: charged,
    usage: charged,
    upstream_inference_cost: null, // what we pay is ours to know
    cache_discount: null,
    is_byok: generation.ownKey,
    tokens_prompt: promptTokens,
    tokens_completion: completionTokens,
    native_tokens_prompt: promptTokens,
    native_tokens_completion: completionTokens,
    native_tokens_reasoning: Number(generation.reasoning),
    native_tokens_cached: Number(generation.cacheRead),
    native_tokens_completion_images: Number(generation.imageOutput),
    num_media_prompt: generation.imageInput > 0n ? Number(generation.imageInput) : null,
    num_media_completion: null,
    num_input_audio_prompt: null,
    num_search_results: null,
    num_fetches: null,
    web_search_engine: null,
    preset_id: null,
    router: null,
    service_tier: generation.serviceTier,
    data_region: "global",
    response_cache_source_id:
      generation.responseCacheSourceId === null
        ? null
        : generationIdOf(generation.responseCacheSourceId),
    provider_responses: generation.attempts.map((attempt, at) => ({
      provider_name: nameOf(attempt.provider),
      endpoint_id: attempt.endpoint,
      model_permaslug: attempt.model,
      status: attempt.status,
      latency: attempt.durationMs,
      // Of the attempts that failed it is not kept whose credential they were made with.
      is_byok: generation.ownKey && at === generation.attempts.length - 1,
    })),
  };
  return { data };
}
