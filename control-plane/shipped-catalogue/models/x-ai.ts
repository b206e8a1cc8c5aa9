/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices, piAi, piAiGlobal } from "../sources.ts";
import { words } from "../words.ts";

export const xAi: readonly WrittenModel[] = [
  {
    id: "x-ai/grok-4.3",
    name: "Grok 4.3",
    context_length: 1_000_000,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    tokenizer: "grok",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "xai.grok-4.3",
        charge: { input: "1.25", output: "2.50", cache_read: "0.20", ...piAi },
      },
      {
        provider: "xai",
        upstream_model: "grok-4.3",
        charge: {
          input: "1.25",
          output: "2.50",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 200_000, input: "2.50", output: "5.00", cache_read: "0.40" },
          ],
          ...piAi,
        },
        max_output_tokens: 30_000,
      },
    ],
  },
  {
    id: "x-ai/grok-4.5",
    name: "Grok 4.5",
    context_length: 500_000,
    max_output_tokens: 500_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    tokenizer: "grok",
    endpoints: [
      {
        provider: "xai",
        upstream_model: "grok-4.5",
        charge: {
          input: "2.00",
          output: "6.00",
          cache_read: "0.30",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "12.00", cache_read: "0.60" },
          ],
          ...piAi,
        },
      },
    ],
  },
  {
    id: "x-ai/grok-4.6",
    name: "Grok 4.6",
    context_length: 500_000,
    max_output_tokens: 500_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "grok",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.xai.grok-4.6",
        tag: "global",
        charge: { input: "2.00", output: "6.00", cache_read: "0.50", ...piAiGlobal },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.xai.grok-4.6",
        tag: "us",
        charge: { input: "2.20", output: "6.60", cache_read: "0.55", ...piAi },
      },
      {
        provider: "xai",
        upstream_model: "grok-4.6",
        charge: {
          input: "2.00",
          output: "6.00",
          cache_read: "0.50",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "12.00", cache_read: "1.00" },
          ],
          ...piAi,
        },
      },
    ],
  },
  {
    id: "x-ai/grok-4.7",
    name: "Grok 4.7",
    context_length: 500_000,
    max_output_tokens: 500_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "grok",
    details: { aliases: ["~x-ai/grok-latest"] },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.xai.grok-4.7",
        tag: "global",
        charge: { input: "2.00", output: "6.00", cache_read: "0.50", ...piAiGlobal },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.xai.grok-4.7",
        tag: "us",
        charge: { input: "2.20", output: "6.60", cache_read: "0.55", ...piAi },
      },
      {
        provider: "xai",
        upstream_model: "grok-4.7",
        charge: {
          input: "2.00",
          output: "6.00",
          cache_read: "0.50",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "12.00", cache_read: "1.00" },
          ],
          ...piAi,
        },
      },
    ],
  },
  {
    id: "x-ai/grok-build-0.1",
    name: "Grok Build 0.1",
    context_length: 256_000,
    max_output_tokens: 256_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    tokenizer: "grok",
    endpoints: [
      {
        provider: "xai",
        upstream_model: "grok-build-0.1",
        charge: {
          input: "1.00",
          output: "2.00",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 199_999, input: "2.00", output: "4.00", cache_read: "0.40" },
          ],
          ...genaiPrices,
        },
      },
    ],
  },
];
