/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices, liteLlm, modelsDev, piAi, portkey } from "../sources.ts";
import { words } from "../words.ts";

export const minimax: readonly WrittenModel[] = [
  {
    id: "minimax/minimax-m2",
    name: "MiniMax M2",
    context_length: 204_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "minimax",
    details: { hugging_face_id: "MiniMaxAI/MiniMax-M2" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "minimax.minimax-m2",
        charge: { input: "0.30", output: "1.20", ...piAi },
        context_length: 204_608,
        max_output_tokens: 128_000,
      },
      {
        provider: "minimax",
        upstream_model: "MiniMax-M2",
        charge: {
          input: "0.30",
          output: "1.20",
          cache_read: "0.03",
          cache_write: "0.375",
          ...genaiPrices,
        },
        context_length: 196_608,
        max_output_tokens: 128_000,
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2",
        charge: { input: "0.30", output: "1.20", cache_read: "0.03", ...liteLlm },
      },
    ],
  },
  {
    id: "minimax/minimax-m2.1",
    name: "MiniMax M2.1",
    context_length: 204_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning repetition_penalty response_format seed stop temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "minimax",
    details: { hugging_face_id: "MiniMaxAI/MiniMax-M2.1" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "minimax.minimax-m2.1",
        charge: { input: "0.30", output: "1.20", ...piAi },
        context_length: 196_608,
      },
      {
        provider: "minimax",
        upstream_model: "MiniMax-M2.1",
        charge: {
          input: "0.30",
          output: "1.20",
          cache_read: "0.03",
          cache_write: "0.375",
          ...liteLlm,
        },
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2.1",
        charge: { input: "0.30", output: "1.20", cache_read: "0.03", ...portkey },
      },
    ],
  },
  {
    id: "minimax/minimax-m2.5",
    name: "MiniMax M2.5",
    context_length: 204_800,
    max_output_tokens: 204_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p parallel_tool_calls presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "minimax",
    details: { hugging_face_id: "MiniMaxAI/MiniMax-M2.5" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "minimax.minimax-m2.5",
        charge: { input: "0.30", output: "1.20", ...piAi },
        context_length: 196_608,
        max_output_tokens: 98_304,
      },
      {
        provider: "baseten",
        upstream_model: "MiniMaxAI/MiniMax-M2.5",
        charge: { input: "0.30", output: "1.20", ...liteLlm },
        context_length: 204_000,
      },
      {
        provider: "deepinfra",
        upstream_model: "MiniMaxAI/MiniMax-M2.5",
        charge: {
          input: "0.15",
          output: "1.15",
          cache_read: "0.03",
          cache_write: "0.375",
          ...portkey,
        },
        context_length: 196_608,
        max_output_tokens: 131_072,
      },
      {
        provider: "digitalocean",
        upstream_model: "minimax-m2.5",
        charge: { input: "0.30", output: "1.20", ...modelsDev },
        max_output_tokens: 128_000,
      },
      {
        provider: "friendli",
        upstream_model: "MiniMaxAI/MiniMax-M2.5",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06", ...modelsDev },
        context_length: 196_608,
        max_output_tokens: 196_608,
      },
      {
        provider: "minimax",
        upstream_model: "MiniMax-M2.5",
        charge: {
          input: "0.30",
          output: "1.20",
          cache_read: "0.03",
          cache_write: "0.375",
          ...liteLlm,
        },
        max_output_tokens: 131_072,
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2.5",
        charge: { input: "0.30", output: "1.20", cache_read: "0.03", ...modelsDev },
        max_output_tokens: 131_100,
      },
      {
        provider: "siliconflow",
        upstream_model: "MiniMaxAI/MiniMax-M2.5",
        charge: { input: "0.30", output: "1.20", ...modelsDev },
        context_length: 197_000,
        max_output_tokens: 131_000,
      },
      {
        provider: "together",
        upstream_model: "MiniMaxAI/MiniMax-M2.5",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06", ...modelsDev },
        max_output_tokens: 131_072,
      },
    ],
  },
  {
    id: "minimax/minimax-m2.5-highspeed",
    name: "MiniMax M2.5 Highspeed",
    context_length: 204_800,
    max_output_tokens: 131_100,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "minimax",
    endpoints: [
      {
        provider: "minimax",
        upstream_model: "MiniMax-M2.5-highspeed",
        charge: {
          input: "0.60",
          output: "2.40",
          cache_read: "0.03",
          cache_write: "0.375",
          ...genaiPrices,
        },
        max_output_tokens: 131_072,
        supported_parameters: words(
          "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
        ),
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2.5-highspeed",
        charge: { input: "0.60", output: "2.40", cache_read: "0.03", ...modelsDev },
      },
    ],
  },
  {
    id: "minimax/minimax-m2.7",
    name: "MiniMax M2.7",
    context_length: 204_800,
    max_output_tokens: 196_608,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "minimax",
    details: { hugging_face_id: "MiniMaxAI/MiniMax-M2.7" },
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/minimax-m2p7",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06", ...genaiPrices },
        context_length: 196_608,
      },
      {
        provider: "minimax",
        upstream_model: "MiniMax-M2.7",
        charge: {
          input: "0.30",
          output: "1.20",
          cache_read: "0.06",
          cache_write: "0.375",
          ...piAi,
        },
        max_output_tokens: 131_072,
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2.7",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06", ...modelsDev },
        max_output_tokens: 131_072,
      },
      {
        provider: "together",
        upstream_model: "MiniMaxAI/MiniMax-M2.7",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06", ...portkey },
        context_length: 202_752,
        max_output_tokens: 131_072,
      },
      {
        provider: "vultr",
        upstream_model: "MiniMaxAI/MiniMax-M2.7",
        charge: { input: "0.30", output: "1.20", ...modelsDev },
        max_output_tokens: 131_072,
      },
    ],
  },
  {
    id: "minimax/minimax-m2.7-highspeed",
    name: "MiniMax-M2.7-highspeed",
    context_length: 204_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "minimax",
    endpoints: [
      {
        provider: "minimax",
        upstream_model: "MiniMax-M2.7-highspeed",
        charge: {
          input: "0.60",
          output: "2.40",
          cache_read: "0.06",
          cache_write: "0.375",
          ...piAi,
        },
        supported_parameters: words(
          "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
        ),
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2.7-highspeed",
        charge: {
          input: "0.60",
          output: "2.40",
          cache_read: "0.06",
          cache_write: "0.375",
          ...modelsDev,
        },
      },
    ],
  },
  {
    id: "minimax/minimax-m3",
    name: "MiniMax M3",
    context_length: 1_000_000,
    max_output_tokens: 524_288,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "minimax",
    details: { hugging_face_id: "MiniMaxAI/Minimax-M3", aliases: ["~minimax/minimax-latest"] },
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/minimax-m3",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06", ...piAi },
        context_length: 512_000,
        max_output_tokens: 512_000,
      },
      {
        provider: "minimax",
        upstream_model: "MiniMax-M3",
        charge: {
          input: "0.30",
          output: "1.20",
          cache_read: "0.06",
          tiers: [
            { above_input_tokens: 512_000, input: "0.60", output: "2.40", cache_read: "0.12" },
          ],
          ...piAi,
        },
      },
      {
        provider: "together",
        upstream_model: "MiniMaxAI/MiniMax-M3",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06", ...piAi },
        context_length: 524_288,
      },
    ],
  },
  {
    id: "minimax/minimax-m3.1-flash",
    name: "MiniMax M3.1 Flash",
    context_length: 1_000_000,
    max_output_tokens: 524_288,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "minimax",
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/minimax-m3p1-flash",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015", ...piAi },
        max_output_tokens: 512_000,
      },
      {
        provider: "minimax",
        upstream_model: "MiniMax-M3.1-Flash",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015", ...piAi },
      },
    ],
  },
];
