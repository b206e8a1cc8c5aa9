/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { modelsDev, piAi, portkey } from "../sources.ts";
import { words } from "../words.ts";

export const xiaomi: readonly WrittenModel[] = [
  {
    id: "xiaomi/mimo-v2.5",
    name: "MiMo-V2.5",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "mimo",
    details: { hugging_face_id: "XiaomiMiMo/MiMo-V2.5" },
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "XiaomiMiMo/MiMo-V2.5",
        charge: {
          input: "0.40",
          output: "2.00",
          cache_read: "0.08",
          tiers: [
            { above_input_tokens: 256_000, input: "0.80", output: "4.00", cache_read: "0.16" },
          ],
          ...portkey,
        },
        context_length: 262_144,
        max_output_tokens: 16_384,
      },
      {
        provider: "xiaomi",
        upstream_model: "mimo-v2.5",
        charge: { input: "0.14", output: "0.28", cache_read: "0.0028", ...modelsDev },
      },
    ],
  },
  {
    id: "xiaomi/mimo-v2.5-pro",
    name: "MiMo-V2.5-Pro",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "mimo",
    details: { hugging_face_id: "XiaomiMiMo/MiMo-V2.5-Pro" },
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "XiaomiMiMo/MiMo-V2.5-Pro",
        charge: {
          input: "1.00",
          output: "3.00",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 256_000, input: "2.00", output: "6.00", cache_read: "0.40" },
          ],
          ...portkey,
        },
        max_output_tokens: 16_384,
      },
      {
        provider: "xiaomi",
        upstream_model: "mimo-v2.5-pro",
        charge: { input: "0.435", output: "0.87", ...modelsDev },
      },
    ],
  },
  {
    id: "xiaomi/mimo-v2.5-pro-ultraspeed",
    name: "MiMo-V2.5-Pro-UltraSpeed",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "mimo",
    endpoints: [
      {
        provider: "xiaomi",
        upstream_model: "mimo-v2.5-pro-ultraspeed",
        charge: { input: "1.305", output: "2.61", ...modelsDev },
      },
    ],
  },
  {
    id: "xiaomi/mimo-v2.6-flash",
    name: "MiMo-V2.6-Flash",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "mimo",
    details: { aliases: ["~xiaomi/mimo-flash-latest"] },
    endpoints: [
      {
        provider: "xiaomi",
        upstream_model: "mimo-v2.6-flash",
        charge: { input: "0.14", output: "0.28", cache_read: "0.0028", ...piAi },
      },
    ],
  },
  {
    id: "xiaomi/mimo-v2.6-pro",
    name: "MiMo-V2.6-Pro",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "mimo",
    details: { aliases: ["~xiaomi/mimo-pro-latest"] },
    endpoints: [
      {
        provider: "xiaomi",
        upstream_model: "mimo-v2.6-pro",
        charge: { input: "0.435", output: "0.87", ...piAi },
      },
    ],
  },
  {
    id: "xiaomi/mimo-v2.6-pro-ultraspeed",
    name: "MiMo-V2.6-Pro-UltraSpeed",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "mimo",
    endpoints: [
      {
        provider: "xiaomi",
        upstream_model: "mimo-v2.6-pro-ultraspeed",
        charge: { input: "4.35", output: "8.70", ...piAi },
      },
    ],
  },
];
