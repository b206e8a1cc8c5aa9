/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices, piAi } from "../sources.ts";
import { words } from "../words.ts";

export const thinkingmachines: readonly WrittenModel[] = [
  {
    id: "thinkingmachines/inkling",
    name: "Inkling",
    context_length: 1_048_000,
    max_output_tokens: 471_859,
    input_modalities: ["text", "image", "audio"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "other",
    details: { hugging_face_id: "thinkingmachines/Inkling" },
    endpoints: [
      {
        provider: "baseten",
        upstream_model: "thinkingmachines/inkling",
        charge: { input: "1.00", output: "4.05", cache_read: "0.17", ...genaiPrices },
      },
      {
        provider: "modal",
        upstream_model: "thinkingmachines/Inkling-NVFP4",
        charge: { input: "1.20", output: "5.00", cache_read: "0.27", ...genaiPrices },
        context_length: 524_288,
        quantization: "fp4",
      },
      {
        provider: "together",
        upstream_model: "thinkingmachines/Inkling",
        charge: { input: "1.00", output: "4.05", cache_read: "0.17", ...piAi },
        context_length: 524_288,
        max_output_tokens: 131_072,
      },
    ],
  },
  {
    id: "thinkingmachines/inkling-small",
    name: "Inkling Small",
    context_length: 1_048_000,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image", "audio"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty seed stop temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "other",
    details: { hugging_face_id: "thinkingmachines/Inkling-Small" },
    endpoints: [
      {
        provider: "arcee",
        upstream_model: "thinkingmachines/inkling-small",
        charge: { input: "0.50", output: "1.20", cache_read: "0.10", ...genaiPrices },
        context_length: 524_288,
      },
      {
        provider: "baseten",
        upstream_model: "thinkingmachines/inkling-small",
        charge: { input: "0.50", output: "1.20", cache_read: "0.10", ...genaiPrices },
      },
    ],
  },
];
