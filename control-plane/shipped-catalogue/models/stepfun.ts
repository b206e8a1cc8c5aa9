/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { modelsDev } from "../sources.ts";
import { words } from "../words.ts";

export const stepfun: readonly WrittenModel[] = [
  {
    id: "stepfun/step-1-32k",
    name: "Step 1 (32K)",
    context_length: 32_768,
    max_output_tokens: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "step",
    endpoints: [
      {
        provider: "stepfun",
        upstream_model: "step-1-32k",
        charge: { input: "2.05", output: "9.59", cache_read: "0.41", ...modelsDev },
      },
    ],
  },
  {
    id: "stepfun/step-2-16k",
    name: "Step 2 (16K)",
    context_length: 16_384,
    max_output_tokens: 8_192,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "step",
    endpoints: [
      {
        provider: "stepfun",
        upstream_model: "step-2-16k",
        charge: { input: "5.21", output: "16.44", cache_read: "1.04", ...modelsDev },
      },
    ],
  },
  {
    id: "stepfun/step-3.5-flash",
    name: "Step 3.5 Flash",
    context_length: 262_000,
    max_output_tokens: 262_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens reasoning temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "step",
    details: { hugging_face_id: "stepfun-ai/Step-3.5-Flash" },
    endpoints: [
      {
        provider: "siliconflow",
        upstream_model: "stepfun-ai/Step-3.5-Flash",
        charge: { input: "0.10", output: "0.30", ...modelsDev },
      },
      {
        provider: "stepfun",
        upstream_model: "step-3.5-flash",
        charge: { input: "0.10", output: "0.30", cache_read: "0.02", ...modelsDev },
        context_length: 256_000,
        max_output_tokens: 256_000,
      },
    ],
  },
  {
    id: "stepfun/step-3.5-flash-2603",
    name: "Step 3.5 Flash 2603",
    context_length: 256_000,
    max_output_tokens: 256_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "step",
    endpoints: [
      {
        provider: "stepfun",
        upstream_model: "step-3.5-flash-2603",
        charge: { input: "0.10", output: "0.30", cache_read: "0.02", ...modelsDev },
      },
    ],
  },
  {
    id: "stepfun/step-3.7-flash",
    name: "Step 3.7 Flash",
    context_length: 256_000,
    max_output_tokens: 256_000,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "step",
    details: { hugging_face_id: "stepfun-ai/Step-3.7-Flash" },
    endpoints: [
      {
        provider: "stepfun",
        upstream_model: "step-3.7-flash",
        charge: { input: "0.20", output: "1.15", cache_read: "0.04", ...modelsDev },
      },
    ],
  },
];
