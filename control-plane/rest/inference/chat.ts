/** POST /chat/completions and /completions (openrouter-api.md parts 2 and 3.1). */
import { z } from "zod";
import { count, textOrNull, usdNumber } from "../shapes/numbers.ts";
import { reasoning, requestBody, sampling, stream, switchOf, tier, tokens } from "./routing.ts";

const part = z
  .looseObject({ type: z.string() })
  .describe("text, image_url, input_audio, video_url or file, with the member of that name");
const message = z
  .looseObject({
    role: z.enum(["system", "developer", "user", "assistant", "tool"]),
    content: z
      .union([z.string(), z.array(part)])
      .nullable()
      .optional(),
  })
  .meta({
    id: "ChatMessage",
    description:
      "An assistant's may have tool_calls and reasoning_details, to be sent back as they came; a tool's has tool_call_id",
  });

const thinking = {
  reasoning: reasoning.nullable().optional(),
  reasoning_effort: z.string().max(32).nullable().optional(),
  include_reasoning: switchOf("The oldest spelling"),
};
const length = {
  max_tokens: tokens("Bounds the answer, and what is held for it"),
  max_completion_tokens: tokens("The same; of both this one holds"),
};
const one = z.literal(1).nullable().optional();

export const chatRequest = requestBody(
  "ChatRequest",
  {
    messages: z.array(message).min(1).max(10_000),
    stream,
    ...length,
    ...sampling,
    ...thinking,
    n: one.describe("One choice is what is answered"),
    service_tier: tier,
  },
  { apart: ["reasoning", "reasoning_effort"] },
);

export const completionRequest = requestBody(
  "CompletionRequest",
  {
    prompt: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(1)]),
    stream,
    ...length,
    ...sampling,
    ...thinking,
    n: one,
    best_of: one,
    echo: z.literal(false).nullable().optional(),
    logprobs: z.literal(false).nullable().optional(),
    suffix: z.literal("").nullable().optional(),
    service_tier: tier,
  },
  { apart: ["reasoning", "reasoning_effort"] },
);

export const usage = z
  .looseObject({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    cost: usdNumber,
    is_byok: z.boolean(),
    prompt_tokens_details: z.looseObject({ cached_tokens: count, cache_write_tokens: count }),
    completion_tokens_details: z.looseObject({ reasoning_tokens: count }),
    cost_details: z.looseObject({ upstream_inference_cost: z.number().nullable() }),
  })
  .meta({ id: "Usage" });

const about = {
  id: z.string().describe("Of the generation"),
  created: z.int(),
  model: z.string().describe("The one that answered"),
  provider: z.string(),
  usage,
};
const finish = { finish_reason: textOrNull, native_finish_reason: textOrNull };

export const chatAnswer = z
  .looseObject({
    ...about,
    object: z.literal("chat.completion"),
    system_fingerprint: textOrNull,
    choices: z.array(
      z.looseObject({
        index: z.int(),
        ...finish,
        message: z.looseObject({ role: z.literal("assistant"), content: textOrNull }),
      }),
    ),
  })
  .meta({ id: "ChatAnswer" });

export const completionAnswer = z
  .looseObject({
    ...about,
    object: z.literal("text_completion"),
    choices: z.array(z.looseObject({ index: z.int(), text: z.string(), ...finish })),
  })
  .meta({ id: "CompletionAnswer" });
