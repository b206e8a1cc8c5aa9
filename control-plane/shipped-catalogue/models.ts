/** Written by build.ts from facts of 22 November 2026; change those, not this. Prices in USD per million tokens. */
import type { WrittenModel } from "../configuration/configuration.ts";

const words = (text: string): string[] => text.split(" ");

export const shippedModels: readonly WrittenModel[] = [
  {
    id: "bytedance-seed/seed-2.0-code",
    name: "Seed-2.0-Code",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature top_p"),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "ByteDance/Seed-2.0-code",
        charge: { input: "0.50", output: "3.00", cache_read: "0.10" },
      },
    ],
  },
  {
    id: "bytedance-seed/seed-2.0-mini",
    name: "Seed-2.0-Mini",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens reasoning reasoning_effort response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "ByteDance/Seed-2.0-mini",
        charge: { input: "0.10", output: "0.40", cache_read: "0.02" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-chat",
    name: "DeepSeek V3",
    context_length: 163_840,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "deepseek-ai/DeepSeek-V3",
        charge: { input: "0.32", output: "0.89" },
      },
      {
        provider: "together",
        upstream_model: "deepseek-ai/DeepSeek-V3",
        charge: { input: "1.25", output: "1.25" },
        context_length: 131_072,
      },
    ],
  },
  {
    id: "deepseek/deepseek-chat-v3-0324",
    name: "DeepSeek V3 0324",
    context_length: 163_840,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-v3-0324",
        charge: { input: "0.27", output: "1.12", cache_read: "0.135" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-chat-v3.1",
    name: "DeepSeek V3.1",
    context_length: 163_840,
    max_output_tokens: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "deepseek-ai/DeepSeek-V3.1",
        charge: { input: "0.21", output: "0.79", cache_read: "0.168" },
      },
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-v3.1",
        charge: { input: "0.27", output: "1.00", cache_read: "0.135" },
        context_length: 131_072,
      },
      {
        provider: "together",
        upstream_model: "deepseek-ai/DeepSeek-V3-1",
        charge: { input: "0.60", output: "1.70" },
        context_length: 131_072,
      },
    ],
  },
  {
    id: "deepseek/deepseek-r1-0528",
    name: "R1 0528",
    context_length: 163_840,
    max_output_tokens: 64_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "deepseek-ai/DeepSeek-R1-0528",
        charge: { input: "0.50", output: "2.15", cache_read: "0.40" },
      },
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-r1-0528",
        charge: { input: "0.70", output: "2.50", cache_read: "0.35" },
        max_output_tokens: 32_768,
      },
    ],
  },
  {
    id: "deepseek/deepseek-v3.1-terminus",
    name: "DeepSeek V3.1 Terminus",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-v3.1-terminus",
        charge: { input: "0.27", output: "1.00", cache_read: "0.135" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-v3.2",
    name: "DeepSeek V3.2",
    context_length: 163_840,
    max_output_tokens: 65_536,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "deepseek-ai/DeepSeek-V3.2",
        charge: { input: "0.26", output: "0.38", cache_read: "0.13" },
        max_output_tokens: 64_000,
      },
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-v3.2",
        charge: { input: "0.269", output: "0.40", cache_read: "0.1345" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-v3.2-exp",
    name: "DeepSeek V3.2 Exp",
    context_length: 163_840,
    max_output_tokens: 65_536,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-v3.2-exp",
        charge: { input: "0.27", output: "0.41" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-v4-flash",
    name: "DeepSeek V4 Flash 0423",
    context_length: 1_048_576,
    max_output_tokens: 393_216,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_a top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "deepseek-ai/DeepSeek-V4-Flash",
        charge: { input: "0.10", output: "0.20", cache_read: "0.028" },
        max_output_tokens: 16_384,
      },
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-v4-flash",
        charge: { input: "0.14", output: "0.28", cache_read: "0.028" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-v4-pro",
    name: "DeepSeek V4 Pro 0423",
    context_length: 1_048_576,
    max_output_tokens: 393_216,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "deepseek-ai/DeepSeek-V4-Pro",
        charge: { input: "1.30", output: "2.60", cache_read: "0.10" },
        max_output_tokens: 16_384,
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/deepseek-v4-pro",
        charge: { input: "1.74", output: "3.48", cache_read: "0.145" },
        context_length: 1_000_000,
        max_output_tokens: 384_000,
      },
      {
        provider: "novita",
        upstream_model: "deepseek/deepseek-v4-pro",
        charge: { input: "1.60", output: "3.20", cache_read: "0.135" },
      },
      {
        provider: "together",
        upstream_model: "deepseek-ai/DeepSeek-V4-Pro",
        charge: { input: "2.10", output: "4.40", cache_read: "0.20" },
        context_length: 512_000,
        max_output_tokens: 384_000,
      },
    ],
  },
  {
    id: "deepseek/deepseek-v4-pro-0813",
    name: "DeepSeek V4 Pro 0813",
    context_length: 1_048_576,
    max_output_tokens: 384_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "deepseek",
        upstream_model: "deepseek-v4-pro",
        charge: {
          input: "0.66",
          output: "1.98",
          cache_read: "0.022",
          hours: [
            {
              at: "mon,tue,wed,thu,fri 01:00-04:00",
              input: "1.32",
              output: "3.96",
              cache_read: "0.044",
            },
            {
              at: "mon,tue,wed,thu,fri 06:00-10:00",
              input: "1.32",
              output: "3.96",
              cache_read: "0.044",
            },
          ],
        },
        context_length: 1_000_000,
      },
      {
        provider: "together",
        upstream_model: "deepseek-ai/DeepSeek-V4-Pro-0813",
        charge: { input: "1.32", output: "3.96", cache_read: "0.13" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-v4.1-flash",
    name: "DeepSeek V4.1 Flash",
    context_length: 1_048_576,
    max_output_tokens: 384_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/deepseek-v4p1-flash",
        charge: { input: "0.30", output: "1.20", cache_read: "0.006" },
        context_length: 1_000_000,
      },
      {
        provider: "together",
        upstream_model: "deepseek-ai/DeepSeek-V4.1-Flash",
        charge: { input: "0.30", output: "1.20", cache_read: "0.006" },
      },
    ],
  },
  {
    id: "deepseek/deepseek-v4.1-flash-1017",
    name: "DeepSeek V4.1 Flash 1017",
    context_length: 1_048_576,
    max_output_tokens: 384_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "deepseek",
        upstream_model: "deepseek-flash",
        charge: {
          input: "0.15",
          output: "0.60",
          cache_read: "0.003",
          hours: [
            {
              at: "mon,tue,wed,thu,fri 01:00-04:00",
              input: "0.30",
              output: "1.20",
              cache_read: "0.006",
            },
            {
              at: "mon,tue,wed,thu,fri 06:00-10:00",
              input: "0.30",
              output: "1.20",
              cache_read: "0.006",
            },
          ],
        },
        context_length: 1_000_000,
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/deepseek-v4p1-flash-1017",
        charge: { input: "0.30", output: "1.20", cache_read: "0.006" },
        context_length: 1_000_000,
      },
      {
        provider: "mistral",
        upstream_model: "deepseek-v4-1-flash-1017",
        charge: { input: "0.30", output: "1.20", cache_read: "0.007" },
        max_output_tokens: 128_000,
      },
    ],
  },
  {
    id: "fireworks/ember-1",
    name: "Ember-1",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/ember-1",
        charge: { input: "3.00", output: "15.00", cache_read: "0.30" },
      },
    ],
  },
  {
    id: "google/gemma-3-12b-it",
    name: "Gemma 3 12B",
    context_length: 131_072,
    max_output_tokens: 8_192,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-3-12b-it",
        charge: { input: "0.04", output: "0.13" },
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-3-12b-it",
        charge: { input: "0.05", output: "0.10" },
      },
    ],
  },
  {
    id: "google/gemma-3-27b-it",
    name: "Gemma 3 27B",
    context_length: 131_072,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-3-27b-it",
        charge: { input: "0.08", output: "0.16" },
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-3-27b-it",
        charge: { input: "0.119", output: "0.20" },
        context_length: 98_304,
      },
    ],
  },
  {
    id: "google/gemma-4-26b-a4b-it",
    name: "Gemma 4 26B A4B ",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-4-26B-A4B-it",
        charge: { input: "0.07", output: "0.34" },
        max_output_tokens: 32_768,
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-4-26b-a4b-it",
        charge: { input: "0.13", output: "0.40" },
      },
    ],
  },
  {
    id: "google/gemma-4-31b-it",
    name: "Gemma 4 31B",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_a top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-4-31b-it",
        charge: { input: "0.13", output: "0.38" },
        max_output_tokens: 32_768,
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-4-31b-it",
        charge: { input: "0.14", output: "0.40" },
      },
      {
        provider: "together",
        upstream_model: "google/gemma-4-31B-it",
        charge: { input: "0.39", output: "0.97" },
      },
    ],
  },
  {
    id: "meta-llama/llama-3.1-8b-instruct",
    name: "Llama 3.1 8B Instruct",
    context_length: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "groq",
        upstream_model: "llama-3.1-8b-instant",
        charge: { input: "0.05", output: "0.08" },
      },
    ],
  },
  {
    id: "meta-llama/llama-3.3-70b-instruct",
    name: "Llama 3.3 70B Instruct",
    context_length: 131_072,
    max_output_tokens: 120_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "groq",
        upstream_model: "llama-3.3-70b-versatile",
        charge: { input: "0.59", output: "0.79" },
        max_output_tokens: 32_768,
      },
      {
        provider: "novita",
        upstream_model: "meta-llama/llama-3.3-70b-instruct",
        charge: { input: "0.39", output: "0.39" },
      },
      {
        provider: "together",
        upstream_model: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        charge: { input: "0.88", output: "0.88" },
      },
    ],
  },
  {
    id: "meta-llama/llama-4-maverick",
    name: "Llama 4 Maverick",
    context_length: 1_048_576,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
        charge: { input: "0.15", output: "0.60" },
      },
      {
        provider: "novita",
        upstream_model: "meta-llama/llama-4-maverick-17b-128e-instruct-fp8",
        charge: { input: "0.27", output: "0.85" },
        max_output_tokens: 8_192,
      },
    ],
  },
  {
    id: "meta-llama/llama-4-scout",
    name: "Llama 4 Scout",
    context_length: 327_680,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "meta-llama/Llama-4-Scout-17B-16E-Instruct",
        charge: { input: "0.08", output: "0.30" },
      },
      {
        provider: "novita",
        upstream_model: "meta-llama/llama-4-scout-17b-16e-instruct",
        charge: { input: "0.18", output: "0.59" },
        context_length: 131_072,
      },
    ],
  },
  {
    id: "meta/muse-spark-open",
    name: "Muse Spark Open",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/muse-spark-open",
        charge: { input: "1.25", output: "4.25", cache_read: "0.15" },
      },
    ],
  },
  {
    id: "minimax/minimax-m2.5",
    name: "MiniMax M2.5",
    context_length: 204_800,
    max_output_tokens: 131_100,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p parallel_tool_calls presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "MiniMaxAI/MiniMax-M2.5",
        charge: { input: "0.15", output: "1.15", cache_read: "0.03", cache_write: "0.375" },
        context_length: 196_608,
        max_output_tokens: 131_072,
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2.5",
        charge: { input: "0.30", output: "1.20", cache_read: "0.03" },
      },
      {
        provider: "together",
        upstream_model: "MiniMaxAI/MiniMax-M2.5",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06" },
        max_output_tokens: 131_072,
      },
    ],
  },
  {
    id: "minimax/minimax-m2.7",
    name: "MiniMax M2.7",
    context_length: 204_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/minimax-m2p7",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06" },
        context_length: 196_608,
      },
      {
        provider: "novita",
        upstream_model: "minimax/minimax-m2.7",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06" },
      },
      {
        provider: "together",
        upstream_model: "MiniMaxAI/MiniMax-M2.7",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06" },
        context_length: 202_752,
      },
    ],
  },
  {
    id: "minimax/minimax-m3",
    name: "MiniMax M3",
    context_length: 524_288,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/minimax-m3",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06" },
        context_length: 512_000,
      },
      {
        provider: "together",
        upstream_model: "MiniMaxAI/MiniMax-M3",
        charge: { input: "0.30", output: "1.20", cache_read: "0.06" },
      },
    ],
  },
  {
    id: "minimax/minimax-m3.1-flash",
    name: "MiniMax M3.1 Flash",
    context_length: 1_000_000,
    max_output_tokens: 512_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/minimax-m3p1-flash",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015" },
      },
    ],
  },
  {
    id: "mistralai/codestral-2508",
    name: "Codestral 2508",
    context_length: 256_000,
    max_output_tokens: 8_192,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens prediction presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "codestral-2508",
        charge: { input: "0.30", output: "0.90", cache_read: "0.03" },
      },
    ],
  },
  {
    id: "mistralai/codestral-latest",
    name: "Codestral (latest)",
    context_length: 256_000,
    max_output_tokens: 4_096,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "codestral-latest",
        charge: { input: "0.30", output: "0.90", cache_read: "0.03" },
      },
    ],
  },
  {
    id: "mistralai/devstral-2512",
    name: "Devstral 2 2512",
    context_length: 262_144,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-2512",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04" },
      },
    ],
  },
  {
    id: "mistralai/devstral-latest",
    name: "Devstral 2",
    context_length: 262_144,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-latest",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04" },
      },
    ],
  },
  {
    id: "mistralai/devstral-medium",
    name: "Devstral Medium",
    context_length: 262_144,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-medium-latest",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04" },
      },
    ],
  },
  {
    id: "mistralai/devstral-small",
    name: "Devstral Small 1.1",
    context_length: 128_000,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-small-2507",
        charge: { input: "0.10", output: "0.30" },
      },
    ],
  },
  {
    id: "mistralai/devstral-small-2505",
    name: "devstral-small-2505",
    context_length: 128_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-small-2505",
        charge: { input: "0.10", output: "0.30" },
      },
    ],
  },
  {
    id: "mistralai/labs-devstral-small-2512",
    name: "Devstral Small 2",
    context_length: 256_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "labs-devstral-small-2512",
        charge: { input: "0.10", output: "0.30" },
      },
    ],
  },
  {
    id: "mistralai/magistral-medium-latest",
    name: "Magistral Medium (latest)",
    context_length: 262_144,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "magistral-medium-latest",
        charge: { input: "2.00", output: "5.00", cache_read: "0.20" },
      },
    ],
  },
  {
    id: "mistralai/magistral-small",
    name: "Magistral Small",
    context_length: 128_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "magistral-small",
        charge: { input: "0.50", output: "1.50" },
      },
    ],
  },
  {
    id: "mistralai/ministral-14b-2512",
    name: "Ministral 3 14B 2512",
    context_length: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "ministral-14b-2512",
        charge: { input: "0.20", output: "0.20", cache_read: "0.02" },
      },
    ],
  },
  {
    id: "mistralai/ministral-3b-2512",
    name: "Ministral 3 3B 2512",
    context_length: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "ministral-3b-2512",
        charge: { input: "0.10", output: "0.10", cache_read: "0.01" },
      },
    ],
  },
  {
    id: "mistralai/ministral-3b-latest",
    name: "Ministral 3B (latest)",
    context_length: 131_072,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tool_choice tools top_p"),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "ministral-3b-latest",
        charge: { input: "0.10", output: "0.10", cache_read: "0.01" },
      },
    ],
  },
  {
    id: "mistralai/ministral-8b-2512",
    name: "Ministral 3 8B 2512",
    context_length: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "ministral-8b-2512",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015" },
      },
    ],
  },
  {
    id: "mistralai/ministral-8b-latest",
    name: "Ministral 8B (latest)",
    context_length: 262_144,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "ministral-8b-latest",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015" },
      },
    ],
  },
  {
    id: "mistralai/mistral-7b-instruct",
    name: "Mistral 7B",
    context_length: 8_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "open-mistral-7b",
        charge: { input: "0.25", output: "0.25" },
      },
    ],
  },
  {
    id: "mistralai/mistral-large",
    name: "Mistral Large",
    context_length: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-large-latest",
        charge: { input: "0.50", output: "1.50", cache_read: "0.05" },
      },
    ],
  },
  {
    id: "mistralai/mistral-large-2411",
    name: "Mistral Large 2411",
    context_length: 131_072,
    max_output_tokens: 16_384,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-large-2411",
        charge: { input: "2.00", output: "6.00" },
      },
    ],
  },
  {
    id: "mistralai/mistral-large-2512",
    name: "Mistral Large 3 2512",
    context_length: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-large-2512",
        charge: { input: "0.50", output: "1.50", cache_read: "0.05" },
      },
    ],
  },
  {
    id: "mistralai/mistral-large-4-0",
    name: "Mistral Large 4",
    context_length: 1_048_576,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-large-4",
        charge: { input: "0.70", output: "2.10", cache_read: "0.07" },
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-3",
    name: "Mistral Medium 3",
    context_length: 131_072,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-2505",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04" },
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-3-5",
    name: "Mistral Medium 3.5",
    context_length: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-3.5",
        charge: { input: "1.50", output: "7.50", cache_read: "0.15" },
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-3.1",
    name: "Mistral Medium 3.1",
    context_length: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-2508",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04" },
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-latest",
    name: "Mistral Medium (latest)",
    context_length: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-latest",
        charge: { input: "1.50", output: "7.50", cache_read: "0.15" },
      },
    ],
  },
  {
    id: "mistralai/mistral-nemo",
    name: "Mistral Nemo",
    context_length: 128_000,
    max_output_tokens: 16_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "open-mistral-nemo",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015" },
      },
      {
        provider: "novita",
        upstream_model: "mistralai/mistral-nemo",
        charge: { input: "0.17", output: "0.17" },
        context_length: 60_288,
      },
    ],
  },
  {
    id: "mistralai/mistral-small-2603",
    name: "Mistral Small 4",
    context_length: 262_144,
    max_output_tokens: 256_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-small-2603",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015" },
      },
    ],
  },
  {
    id: "mistralai/mistral-small-3.2-24b-instruct",
    name: "Mistral Small 3.2 24B",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-small-2506",
        charge: { input: "0.10", output: "0.30", cache_read: "0.01" },
      },
    ],
  },
  {
    id: "mistralai/mistral-small-latest",
    name: "Mistral Small (latest)",
    context_length: 262_144,
    max_output_tokens: 256_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-small-latest",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015" },
      },
    ],
  },
  {
    id: "mistralai/mixtral-8x22b-instruct",
    name: "Mixtral 8x22B Instruct",
    context_length: 64_000,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "open-mixtral-8x22b",
        charge: { input: "0.90", output: "0.90" },
      },
    ],
  },
  {
    id: "mistralai/mixtral-8x7b-instruct",
    name: "Mixtral 8x7B",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "open-mixtral-8x7b",
        charge: { input: "0.70", output: "0.70" },
      },
    ],
  },
  {
    id: "mistralai/pixtral-12b",
    name: "Pixtral 12B",
    context_length: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tool_choice tools top_p"),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "pixtral-12b",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015" },
      },
    ],
  },
  {
    id: "mistralai/pixtral-large-2411",
    name: "Pixtral Large 2411",
    context_length: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "pixtral-large-latest",
        charge: { input: "2.00", output: "6.00" },
      },
    ],
  },
  {
    id: "mistralai/voxtral-small-24b-2507",
    name: "Voxtral Small 24B 2507",
    context_length: 32_768,
    max_output_tokens: 32_000,
    input_modalities: ["text", "file", "audio"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "voxtral-small-2507",
        charge: { input: "0.10", output: "0.40", cache_read: "0.01" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k2",
    name: "Kimi K2 0711",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty repetition_penalty seed stop temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "moonshotai/kimi-k2-instruct",
        charge: { input: "0.57", output: "2.30" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k2-0905",
    name: "Kimi K2 0905",
    context_length: 262_144,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "moonshotai/kimi-k2-0905",
        charge: { input: "0.60", output: "2.50" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k2-thinking",
    name: "Kimi K2 Thinking",
    context_length: 262_144,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "moonshotai/kimi-k2-thinking",
        charge: { input: "0.60", output: "2.50", cache_read: "0.15" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k2.5",
    name: "Kimi K2.5",
    context_length: 262_144,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "moonshotai/Kimi-K2.5",
        charge: { input: "0.45", output: "2.25", cache_read: "0.07" },
      },
      {
        provider: "novita",
        upstream_model: "moonshotai/kimi-k2.5",
        charge: { input: "0.60", output: "3.00", cache_read: "0.10" },
      },
      {
        provider: "together",
        upstream_model: "moonshotai/Kimi-K2.5",
        charge: { input: "0.50", output: "2.80" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k2.6",
    name: "Kimi K2.6",
    context_length: 262_144,
    max_output_tokens: 131_000,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p parallel_tool_calls presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "moonshotai/Kimi-K2.6",
        charge: { input: "0.75", output: "3.50", cache_read: "0.15" },
        max_output_tokens: 16_384,
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/kimi-k2p6",
        charge: { input: "0.95", output: "4.00", cache_read: "0.16" },
        context_length: 262_000,
      },
      {
        provider: "moonshotai",
        upstream_model: "kimi-k2.6",
        charge: { input: "0.95", output: "4.00", cache_read: "0.16" },
      },
      {
        provider: "novita",
        upstream_model: "moonshotai/kimi-k2.6",
        charge: { input: "0.95", output: "4.00", cache_read: "0.16" },
      },
      {
        provider: "together",
        upstream_model: "moonshotai/Kimi-K2.6",
        charge: { input: "1.20", output: "4.50", cache_read: "0.20" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k2.7-code",
    name: "Kimi K2.7 Code",
    context_length: 262_144,
    max_output_tokens: 235_929,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p parallel_tool_calls presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "moonshotai/Kimi-K2.7-Code",
        charge: { input: "0.75", output: "3.50", cache_read: "0.15" },
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/kimi-k2p7-code",
        charge: { input: "0.95", output: "4.00", cache_read: "0.19" },
        context_length: 262_000,
      },
      {
        provider: "moonshotai",
        upstream_model: "kimi-k2.7-code",
        charge: { input: "0.95", output: "4.00", cache_read: "0.19" },
      },
      {
        provider: "novita",
        upstream_model: "moonshotai/kimi-k2.7-code",
        charge: { input: "0.95", output: "4.00", cache_read: "0.19" },
      },
      {
        provider: "together",
        upstream_model: "moonshotai/Kimi-K2.7-Code",
        charge: { input: "1.20", output: "4.50", cache_read: "0.20" },
        max_output_tokens: 131_072,
      },
    ],
  },
  {
    id: "moonshotai/kimi-k2.7-code-highspeed",
    name: "Kimi K2.7 Code HighSpeed",
    context_length: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "moonshotai",
        upstream_model: "kimi-k2.7-code-highspeed",
        charge: { input: "1.90", output: "8.00", cache_read: "0.38" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k3",
    name: "Kimi K3",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/kimi-k3",
        charge: { input: "3.00", output: "15.00", cache_read: "0.30" },
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/routers/kimi-k3-fast",
        charge: { input: "4.50", output: "22.50", cache_read: "0.45" },
      },
      {
        provider: "moonshotai",
        upstream_model: "kimi-k3",
        charge: { input: "3.00", output: "15.00", cache_read: "0.30" },
      },
      {
        provider: "novita",
        upstream_model: "moonshotai/kimi-k3",
        charge: { input: "3.00", output: "15.00", cache_read: "0.30" },
      },
      {
        provider: "together",
        upstream_model: "moonshotai/Kimi-K3",
        charge: { input: "3.00", output: "15.00", cache_read: "0.30" },
      },
    ],
  },
  {
    id: "moonshotai/kimi-k3.1-pro",
    name: "Kimi K3.1 Pro",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/kimi-k3p1-pro",
        charge: { input: "2.00", output: "10.00", cache_read: "0.20" },
      },
      {
        provider: "moonshotai",
        upstream_model: "kimi-k3.1-pro",
        charge: { input: "2.00", output: "10.00", cache_read: "0.20" },
      },
      {
        provider: "together",
        upstream_model: "moonshotai/Kimi-K3.1-Pro",
        charge: { input: "2.00", output: "10.00", cache_read: "0.20" },
      },
    ],
  },
  {
    id: "nvidia/nemotron-3-nano-30b-a3b",
    name: "Nemotron 3 Nano 30B A3B",
    context_length: 262_144,
    max_output_tokens: 235_929,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "nvidia/Nemotron-3-Nano-30B-A3B",
        charge: { input: "0.05", output: "0.20" },
      },
    ],
  },
  {
    id: "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
    name: "Nemotron 3 Nano Omni",
    context_length: 256_000,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning seed temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning",
        charge: { input: "0.20", output: "0.80" },
      },
    ],
  },
  {
    id: "nvidia/nemotron-3-ultra-550b-a55b",
    name: "Nemotron 3 Ultra",
    context_length: 512_300,
    max_output_tokens: 182_520,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "nemotron-3-ultra-nvfp4",
        charge: { input: "0.60", output: "2.40", cache_read: "0.12" },
        context_length: 262_000,
      },
      {
        provider: "together",
        upstream_model: "nvidia/nemotron-3-ultra-550b-a55b",
        charge: { input: "0.60", output: "3.60", cache_read: "0.20" },
      },
    ],
  },
  {
    id: "nvidia/nemotron-3.5-super-vl",
    name: "Nemotron 3.5 Super VL",
    context_length: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "together",
        upstream_model: "nvidia/NVIDIA-Nemotron-3.5-Super-VL",
        charge: { input: "0.15", output: "0.50", cache_read: "0.02" },
      },
    ],
  },
  {
    id: "openai/gpt-3.5-turbo",
    name: "GPT-3.5 Turbo",
    context_length: 16_385,
    max_output_tokens: 4_096,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-3.5-turbo",
        charge: { input: "0.50", output: "1.50" },
      },
    ],
  },
  {
    id: "openai/gpt-4",
    name: "GPT-4",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    endpoints: [
      { provider: "openai", upstream_model: "gpt-4", charge: { input: "30.00", output: "60.00" } },
    ],
  },
  {
    id: "openai/gpt-4-turbo",
    name: "GPT-4 Turbo",
    context_length: 128_000,
    max_output_tokens: 4_096,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4-turbo",
        charge: { input: "10.00", output: "30.00" },
      },
    ],
  },
  {
    id: "openai/gpt-4.1",
    name: "GPT-4.1",
    context_length: 1_047_576,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_completion_tokens max_tokens response_format seed structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4.1",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50" },
      },
    ],
  },
  {
    id: "openai/gpt-4.1-mini",
    name: "GPT-4.1 Mini",
    context_length: 1_047_576,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_completion_tokens max_tokens response_format seed structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4.1-mini",
        charge: { input: "0.40", output: "1.60", cache_read: "0.10" },
      },
    ],
  },
  {
    id: "openai/gpt-4.1-nano",
    name: "GPT-4.1 Nano",
    context_length: 1_047_576,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_completion_tokens max_tokens response_format seed structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4.1-nano",
        charge: { input: "0.10", output: "0.40", cache_read: "0.025" },
      },
    ],
  },
  {
    id: "openai/gpt-4o",
    name: "GPT-4o",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens prediction presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p web_search_options",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4o",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25" },
      },
    ],
  },
  {
    id: "openai/gpt-4o-2024-05-13",
    name: "GPT-4o (2024-05-13)",
    context_length: 128_000,
    max_output_tokens: 4_096,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens prediction presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p web_search_options",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4o-2024-05-13",
        charge: { input: "5.00", output: "15.00" },
      },
    ],
  },
  {
    id: "openai/gpt-4o-2024-08-06",
    name: "GPT-4o (2024-08-06)",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens prediction presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p web_search_options",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4o-2024-08-06",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25" },
      },
    ],
  },
  {
    id: "openai/gpt-4o-2024-11-20",
    name: "GPT-4o (2024-11-20)",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens prediction presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p web_search_options",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4o-2024-11-20",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25" },
      },
    ],
  },
  {
    id: "openai/gpt-4o-mini",
    name: "GPT-4o-mini",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens prediction presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p web_search_options",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-4o-mini",
        charge: { input: "0.15", output: "0.60", cache_read: "0.075" },
      },
    ],
  },
  {
    id: "openai/gpt-5",
    name: "GPT-5",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125" },
      },
    ],
  },
  {
    id: "openai/gpt-5-chat",
    name: "GPT-5 Chat",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens response_format seed structured_outputs"),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5-chat-latest",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125" },
      },
    ],
  },
  {
    id: "openai/gpt-5-mini",
    name: "GPT-5 Mini",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5-mini",
        charge: { input: "0.25", output: "2.00", cache_read: "0.025" },
      },
    ],
  },
  {
    id: "openai/gpt-5-nano",
    name: "GPT-5 Nano",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5-nano",
        charge: { input: "0.05", output: "0.40", cache_read: "0.005" },
      },
    ],
  },
  {
    id: "openai/gpt-5.1",
    name: "GPT-5.1",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.1",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125" },
      },
    ],
  },
  {
    id: "openai/gpt-5.2",
    name: "GPT-5.2",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.2",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175" },
      },
    ],
  },
  {
    id: "openai/gpt-5.2-chat",
    name: "GPT-5.2 Chat",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_completion_tokens max_tokens response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.2-chat-latest",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175" },
      },
    ],
  },
  {
    id: "openai/gpt-5.3-chat",
    name: "GPT-5.3 Chat",
    context_length: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_completion_tokens max_tokens response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.3-chat-latest",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175" },
      },
    ],
  },
  {
    id: "openai/gpt-5.4",
    name: "GPT-5.4",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.4",
        charge: {
          input: "2.50",
          output: "15.00",
          cache_read: "0.25",
          tiers: [
            { above_input_tokens: 272_000, input: "5.00", output: "22.50", cache_read: "0.50" },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-5.4-mini",
    name: "GPT-5.4 Mini",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.4-mini",
        charge: { input: "0.75", output: "4.50", cache_read: "0.075" },
      },
    ],
  },
  {
    id: "openai/gpt-5.4-nano",
    name: "GPT-5.4 Nano",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.4-nano",
        charge: { input: "0.20", output: "1.25", cache_read: "0.02" },
      },
    ],
  },
  {
    id: "openai/gpt-5.5",
    name: "GPT-5.5",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.5",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          tiers: [
            { above_input_tokens: 272_000, input: "10.00", output: "45.00", cache_read: "1.00" },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-5.6",
    name: "gpt-5.6",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.6",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          cache_write: "6.25",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "10.00",
              output: "45.00",
              cache_read: "1.00",
              cache_write: "12.50",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-5.6-luna",
    name: "GPT-5.6 Luna",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.6-luna",
        charge: {
          input: "0.20",
          output: "1.20",
          cache_read: "0.02",
          cache_write: "0.25",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "0.40",
              output: "1.80",
              cache_read: "0.04",
              cache_write: "0.50",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-5.6-sol",
    name: "GPT-5.6 Sol",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.6-sol",
        charge: {
          input: "4.00",
          output: "20.00",
          cache_read: "0.40",
          cache_write: "5.00",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "8.00",
              output: "30.00",
              cache_read: "0.80",
              cache_write: "10.00",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-5.6-terra",
    name: "GPT-5.6 Terra",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.6-terra",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          cache_write: "2.50",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "4.00",
              output: "18.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-6-astra",
    name: "GPT-6 Astra",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-6-astra",
        charge: {
          input: "10.00",
          output: "50.00",
          cache_read: "1.00",
          cache_write: "12.50",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "20.00",
              output: "75.00",
              cache_read: "2.00",
              cache_write: "25.00",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-6-luna",
    name: "GPT-6 Luna",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-6-luna",
        charge: {
          input: "0.10",
          output: "0.50",
          cache_read: "0.01",
          cache_write: "0.125",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "0.20",
              output: "0.75",
              cache_read: "0.02",
              cache_write: "0.25",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-6-sol",
    name: "GPT-6 Sol",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-6-sol",
        charge: {
          input: "2.00",
          output: "10.00",
          cache_read: "0.20",
          cache_write: "2.50",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-6.1-sol",
    name: "GPT-6.1 Sol",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-6.1-sol",
        charge: {
          input: "2.00",
          output: "10.00",
          cache_read: "0.10",
          cache_write: "2.50",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.20",
              cache_write: "5.00",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-6.1-terra",
    name: "GPT-6.1 Terra",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-6.1-terra",
        charge: {
          input: "1.00",
          output: "5.00",
          cache_read: "0.05",
          cache_write: "1.25",
          tiers: [
            {
              above_input_tokens: 272_000,
              input: "2.00",
              output: "7.50",
              cache_read: "0.10",
              cache_write: "2.50",
            },
          ],
        },
      },
    ],
  },
  {
    id: "openai/gpt-chat-latest",
    name: "GPT Chat Latest",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "chat-latest",
        charge: { input: "5.00", output: "30.00", cache_read: "0.50" },
      },
    ],
  },
  {
    id: "openai/gpt-oss-120b",
    name: "gpt-oss-120b",
    context_length: 131_072,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_a top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "cerebras",
        upstream_model: "gpt-oss-120b",
        charge: { input: "0.35", output: "0.75", cache_read: "0.35" },
        max_output_tokens: 40_960,
      },
      {
        provider: "deepinfra",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.039", output: "0.19" },
        max_output_tokens: 16_384,
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", cache_read: "0.014" },
        max_output_tokens: 32_768,
      },
      {
        provider: "groq",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", cache_read: "0.075" },
      },
      {
        provider: "novita",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.05", output: "0.25" },
        max_output_tokens: 32_768,
      },
      {
        provider: "together",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.15", output: "0.60" },
      },
    ],
  },
  {
    id: "openai/gpt-oss-20b",
    name: "gpt-oss-20b",
    context_length: 131_072,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.03", output: "0.14" },
        max_output_tokens: 16_384,
      },
      {
        provider: "groq",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.075", output: "0.30", cache_read: "0.0375" },
      },
      {
        provider: "novita",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.04", output: "0.15" },
        max_output_tokens: 32_768,
      },
      {
        provider: "together",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.05", output: "0.20" },
      },
    ],
  },
  {
    id: "openai/o1",
    name: "o1",
    context_length: 200_000,
    max_output_tokens: 100_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "o1",
        charge: { input: "15.00", output: "60.00", cache_read: "7.50" },
      },
    ],
  },
  {
    id: "openai/o3",
    name: "o3",
    context_length: 200_000,
    max_output_tokens: 100_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "o3",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50" },
      },
    ],
  },
  {
    id: "openai/o3-mini",
    name: "o3 Mini",
    context_length: 200_000,
    max_output_tokens: 100_000,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "o3-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.55" },
      },
    ],
  },
  {
    id: "openai/o4-mini",
    name: "o4 Mini",
    context_length: 200_000,
    max_output_tokens: 100_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed structured_outputs tool_choice tools",
    ),
    endpoints: [
      {
        provider: "openai",
        upstream_model: "o4-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.275" },
      },
    ],
  },
  {
    id: "qwen/qwen-2.5-72b-instruct",
    name: "Qwen2.5 72B Instruct",
    context_length: 32_000,
    max_output_tokens: 8_192,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen-2.5-72b-instruct",
        charge: { input: "0.38", output: "0.40" },
      },
    ],
  },
  {
    id: "qwen/qwen-2.5-7b-instruct",
    name: "Qwen2.5 7B Instruct",
    context_length: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "together",
        upstream_model: "Qwen/Qwen2.5-7B-Instruct-Turbo",
        charge: { input: "0.30", output: "0.30" },
      },
    ],
  },
  {
    id: "qwen/qwen3-235b-a22b-2507",
    name: "Qwen3 235B A22B Instruct 2507",
    context_length: 262_144,
    max_output_tokens: 16_384,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-235b-a22b-instruct-2507",
        charge: { input: "0.09", output: "0.58" },
        context_length: 131_072,
      },
      {
        provider: "together",
        upstream_model: "Qwen/Qwen3-235B-A22B-Instruct-2507-tput",
        charge: { input: "0.20", output: "0.60" },
      },
    ],
  },
  {
    id: "qwen/qwen3-235b-a22b-thinking-2507",
    name: "Qwen3 235B A22B Thinking 2507",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-235b-a22b-thinking-2507",
        charge: { input: "0.30", output: "3.00" },
      },
    ],
  },
  {
    id: "qwen/qwen3-30b-a3b",
    name: "Qwen3 30B A3B",
    context_length: 40_960,
    max_output_tokens: 20_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3-30B-A3B",
        charge: { input: "0.09", output: "0.45" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-30b-a3b-fp8",
        charge: { input: "0.09", output: "0.45" },
      },
    ],
  },
  {
    id: "qwen/qwen3-32b",
    name: "Qwen3 32B",
    context_length: 40_960,
    max_output_tokens: 20_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3-32B",
        charge: { input: "0.08", output: "0.28" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-32b-fp8",
        charge: { input: "0.10", output: "0.45" },
      },
    ],
  },
  {
    id: "qwen/qwen3-coder",
    name: "Qwen3 Coder 480B A35B",
    context_length: 262_144,
    max_output_tokens: 66_536,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3-Coder-480B-A35B-Instruct-Turbo",
        charge: { input: "0.30", output: "1.00", cache_read: "0.10" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-coder-480b-a35b-instruct",
        charge: { input: "0.30", output: "1.30" },
        max_output_tokens: 65_536,
      },
      {
        provider: "together",
        upstream_model: "Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8",
        charge: { input: "2.00", output: "2.00" },
      },
    ],
  },
  {
    id: "qwen/qwen3-coder-30b-a3b-instruct",
    name: "Qwen3 Coder 30B A3B Instruct",
    context_length: 160_000,
    max_output_tokens: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logprobs max_tokens presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-coder-30b-a3b-instruct",
        charge: { input: "0.07", output: "0.27" },
      },
    ],
  },
  {
    id: "qwen/qwen3-coder-next",
    name: "Qwen3 Coder Next",
    context_length: 262_144,
    max_output_tokens: 65_536,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-coder-next",
        charge: { input: "0.20", output: "1.50" },
      },
      {
        provider: "together",
        upstream_model: "Qwen/Qwen3-Coder-Next-FP8",
        charge: { input: "0.50", output: "1.20" },
      },
    ],
  },
  {
    id: "qwen/qwen3-next-80b-a3b-instruct",
    name: "Qwen3 Next 80B A3B Instruct",
    context_length: 262_144,
    max_output_tokens: 32_768,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3-Next-80B-A3B-Instruct",
        charge: { input: "0.09", output: "1.10" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-next-80b-a3b-instruct",
        charge: { input: "0.15", output: "1.50" },
        context_length: 131_072,
      },
    ],
  },
  {
    id: "qwen/qwen3-vl-235b-a22b-instruct",
    name: "Qwen3 VL 235B A22B Instruct",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3-VL-235B-A22B-Instruct",
        charge: { input: "0.20", output: "0.88" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-vl-235b-a22b-instruct",
        charge: { input: "0.30", output: "1.50" },
      },
    ],
  },
  {
    id: "qwen/qwen3-vl-30b-a3b-instruct",
    name: "Qwen3 VL 30B A3B Instruct",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-vl-30b-a3b-instruct",
        charge: { input: "0.20", output: "0.70" },
      },
    ],
  },
  {
    id: "qwen/qwen3-vl-30b-a3b-thinking",
    name: "Qwen3 VL 30B A3B Thinking",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-vl-30b-a3b-thinking",
        charge: { input: "0.20", output: "1.00" },
      },
    ],
  },
  {
    id: "qwen/qwen3-vl-8b-instruct",
    name: "Qwen3 VL 8B Instruct",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3-vl-8b-instruct",
        charge: { input: "0.08", output: "0.50" },
      },
    ],
  },
  {
    id: "qwen/qwen3.5-122b-a10b",
    name: "Qwen3.5-122B-A10B",
    context_length: 262_144,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3.5-122B-A10B",
        charge: { input: "0.29", output: "2.40" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3.5-122b-a10b",
        charge: { input: "0.40", output: "3.20" },
      },
    ],
  },
  {
    id: "qwen/qwen3.5-27b",
    name: "Qwen3.5-27B",
    context_length: 262_144,
    max_output_tokens: 81_920,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3.5-27B",
        charge: { input: "0.26", output: "2.60" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3.5-27b",
        charge: { input: "0.30", output: "2.40" },
        max_output_tokens: 65_536,
      },
    ],
  },
  {
    id: "qwen/qwen3.5-35b-a3b",
    name: "Qwen3.5-35B-A3B",
    context_length: 262_144,
    max_output_tokens: 81_920,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3.5-35B-A3B",
        charge: { input: "0.14", output: "1.00", cache_read: "0.05" },
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3.5-35b-a3b",
        charge: { input: "0.25", output: "2.00" },
        max_output_tokens: 65_536,
      },
    ],
  },
  {
    id: "qwen/qwen3.5-397b-a17b",
    name: "Qwen3.5 397B A17B",
    context_length: 262_144,
    max_output_tokens: 130_000,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3.5-397B-A17B",
        charge: { input: "0.49", output: "3.60", cache_read: "0.30" },
        max_output_tokens: 81_920,
      },
      {
        provider: "novita",
        upstream_model: "qwen/qwen3.5-397b-a17b",
        charge: { input: "0.60", output: "3.60" },
        max_output_tokens: 64_000,
      },
      {
        provider: "together",
        upstream_model: "Qwen/Qwen3.5-397B-A17B",
        charge: { input: "0.60", output: "3.60" },
      },
    ],
  },
  {
    id: "qwen/qwen3.5-9b",
    name: "Qwen3.5-9B",
    context_length: 262_144,
    max_output_tokens: 235_929,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3.5-9B",
        charge: { input: "0.04", output: "0.15" },
      },
      {
        provider: "together",
        upstream_model: "Qwen/Qwen3.5-9B",
        charge: { input: "0.17", output: "0.25" },
        max_output_tokens: 65_536,
      },
    ],
  },
  {
    id: "qwen/qwen3.6-27b",
    name: "Qwen3.6 27B",
    context_length: 262_144,
    max_output_tokens: 81_920,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3.6-27B",
        charge: { input: "0.32", output: "3.20" },
      },
      {
        provider: "groq",
        upstream_model: "qwen/qwen3.6-27b",
        charge: { input: "0.60", output: "3.00", cache_read: "0.30" },
        context_length: 131_072,
        max_output_tokens: 16_384,
      },
    ],
  },
  {
    id: "qwen/qwen3.6-35b-a3b",
    name: "Qwen3.6 35B A3B",
    context_length: 262_144,
    max_output_tokens: 81_920,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "Qwen/Qwen3.6-35B-A3B",
        charge: { input: "0.15", output: "0.95" },
      },
    ],
  },
  {
    id: "qwen/qwen3.6-plus",
    name: "Qwen3.6 Plus",
    context_length: 1_000_000,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "together",
        upstream_model: "Qwen/Qwen3.6-Plus",
        charge: { input: "0.50", output: "3.00" },
      },
    ],
  },
  {
    id: "qwen/qwen3.7-max",
    name: "Qwen3.7 Max",
    context_length: 1_000_000,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "qwen/qwen3.7-max",
        charge: { input: "1.25", output: "3.75", cache_read: "0.125", cache_write: "1.5625" },
        max_output_tokens: 65_536,
      },
      {
        provider: "together",
        upstream_model: "Qwen/Qwen3.7-Max",
        charge: { input: "2.50", output: "7.50", cache_read: "0.50" },
      },
    ],
  },
  {
    id: "qwen/qwen3.7-plus",
    name: "Qwen3.7 Plus",
    context_length: 262_144,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/qwen3p7-plus",
        charge: { input: "0.40", output: "1.60", cache_read: "0.08" },
      },
    ],
  },
  {
    id: "qwen/qwen3.8-2.4t-a95b",
    name: "Qwen3.8 2.4T A95B",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/qwen3p8-2p4t-a95b",
        charge: { input: "2.00", output: "6.00", cache_read: "0.25" },
      },
    ],
  },
  {
    id: "qwen/qwen3.8-27b",
    name: "Qwen3.8 27B",
    context_length: 131_072,
    max_output_tokens: 40_960,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "cerebras",
        upstream_model: "qwen-3.8-27b",
        charge: { input: "0.99", output: "1.49", cache_read: "0.99" },
      },
      {
        provider: "groq",
        upstream_model: "qwen/qwen3.8-27b",
        charge: { input: "0.80", output: "4.00" },
        max_output_tokens: 16_384,
      },
    ],
  },
  {
    id: "reflection/beam-1.0-501b-a23b",
    name: "Beam 1.0 501B A23B",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "together",
        upstream_model: "reflection/Beam-1.0-501B-A23B",
        charge: { input: "0.40", output: "1.20", cache_read: "0.04" },
      },
    ],
  },
  {
    id: "thinkingmachines/inkling",
    name: "Inkling",
    context_length: 1_040_000,
    max_output_tokens: 471_859,
    input_modalities: ["text", "image", "audio"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "inkling",
        charge: { input: "1.00", output: "4.05", cache_read: "0.17" },
      },
      {
        provider: "together",
        upstream_model: "thinkingmachines/Inkling",
        charge: { input: "1.00", output: "4.05", cache_read: "0.17" },
        context_length: 524_288,
        max_output_tokens: 131_072,
      },
    ],
  },
  {
    id: "x-ai/grok-4.20-0309-non-reasoning",
    name: "Grok 4.20 (Non-Reasoning)",
    context_length: 1_000_000,
    max_output_tokens: 30_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "xai",
        upstream_model: "grok-4.20-0309-non-reasoning",
        charge: { input: "2.00", output: "6.00", cache_read: "0.20" },
      },
    ],
  },
  {
    id: "x-ai/grok-4.20-0309-reasoning",
    name: "grok-4.20-0309-reasoning",
    context_length: 1_000_000,
    max_output_tokens: 30_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    endpoints: [
      {
        provider: "xai",
        upstream_model: "grok-4.20-0309-reasoning",
        charge: { input: "2.00", output: "6.00", cache_read: "0.20" },
      },
    ],
  },
  {
    id: "x-ai/grok-4.3",
    name: "Grok 4.3",
    context_length: 1_000_000,
    max_output_tokens: 30_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    endpoints: [
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
        },
      },
    ],
  },
  {
    id: "x-ai/grok-4.5",
    name: "Grok 4.5",
    context_length: 500_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
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
        },
      },
    ],
  },
  {
    id: "x-ai/grok-4.6",
    name: "Grok 4.6",
    context_length: 500_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
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
        },
      },
    ],
  },
  {
    id: "x-ai/grok-4.7",
    name: "Grok 4.7",
    context_length: 500_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
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
        },
      },
    ],
  },
  {
    id: "x-ai/grok-build-0.1",
    name: "Grok Build 0.1",
    context_length: 256_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logprobs max_tokens presence_penalty reasoning response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
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
        },
      },
    ],
  },
  {
    id: "xiaomi/mimo-v2.5",
    name: "MiMo-V2.5",
    context_length: 262_144,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
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
        },
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
        },
        max_output_tokens: 16_384,
      },
      {
        provider: "novita",
        upstream_model: "xiaomimimo/mimo-v2.5-pro",
        charge: {
          input: "2.00",
          output: "6.00",
          cache_read: "0.40",
          tiers: [
            { above_input_tokens: 256_000, input: "2.00", output: "6.00", cache_read: "0.40" },
          ],
        },
      },
    ],
  },
  {
    id: "z-ai/glm-4.5",
    name: "GLM 4.5",
    context_length: 131_072,
    max_output_tokens: 98_304,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "zai-org/glm-4.5",
        charge: { input: "0.60", output: "2.20", cache_read: "0.11" },
      },
    ],
  },
  {
    id: "z-ai/glm-4.5-air",
    name: "GLM 4.5 Air",
    context_length: 131_072,
    max_output_tokens: 98_304,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning repetition_penalty seed stop temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "zai-org/glm-4.5-air",
        charge: { input: "0.13", output: "0.85" },
      },
    ],
  },
  {
    id: "z-ai/glm-4.5v",
    name: "GLM 4.5V",
    context_length: 65_536,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning repetition_penalty response_format seed stop temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "zai-org/glm-4.5v",
        charge: { input: "0.60", output: "1.80", cache_read: "0.11" },
      },
    ],
  },
  {
    id: "z-ai/glm-4.6",
    name: "GLM 4.6",
    context_length: 204_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "zai-org/GLM-4.6",
        charge: { input: "0.43", output: "1.74", cache_read: "0.08" },
        context_length: 202_752,
      },
      {
        provider: "novita",
        upstream_model: "zai-org/glm-4.6",
        charge: { input: "0.55", output: "2.20", cache_read: "0.11" },
      },
    ],
  },
  {
    id: "z-ai/glm-4.6v",
    name: "GLM 4.6V",
    context_length: 131_072,
    max_output_tokens: 32_768,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning repetition_penalty response_format seed stop temperature tool_choice tools top_k top_p",
    ),
    endpoints: [
      {
        provider: "novita",
        upstream_model: "zai-org/glm-4.6v",
        charge: { input: "0.30", output: "0.90", cache_read: "0.055" },
      },
    ],
  },
  {
    id: "z-ai/glm-4.7",
    name: "GLM 4.7",
    context_length: 204_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "zai-org/GLM-4.7",
        charge: { input: "0.40", output: "1.75", cache_read: "0.08" },
        context_length: 202_752,
        max_output_tokens: 16_384,
      },
      {
        provider: "novita",
        upstream_model: "zai-org/glm-4.7",
        charge: { input: "0.60", output: "2.20", cache_read: "0.11" },
      },
    ],
  },
  {
    id: "z-ai/glm-4.7-flash",
    name: "GLM 4.7 Flash",
    context_length: 202_752,
    max_output_tokens: 128_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "zai-org/GLM-4.7-Flash",
        charge: { input: "0.06", output: "0.40", cache_read: "0.01" },
        max_output_tokens: 16_384,
      },
      {
        provider: "novita",
        upstream_model: "zai-org/glm-4.7-flash",
        charge: { input: "0.07", output: "0.40", cache_read: "0.01" },
        context_length: 200_000,
      },
    ],
  },
  {
    id: "z-ai/glm-5",
    name: "GLM 5",
    context_length: 202_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "zai-org/GLM-5",
        charge: { input: "0.60", output: "2.08", cache_read: "0.12" },
        context_length: 202_752,
        max_output_tokens: 16_384,
      },
      {
        provider: "novita",
        upstream_model: "zai-org/glm-5",
        charge: { input: "1.00", output: "3.20", cache_read: "0.20" },
      },
      {
        provider: "together",
        upstream_model: "zai-org/GLM-5",
        charge: { input: "1.00", output: "3.20" },
        context_length: 202_752,
      },
    ],
  },
  {
    id: "z-ai/glm-5.1",
    name: "GLM 5.1",
    context_length: 204_800,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "zai-org/GLM-5.1",
        charge: { input: "1.05", output: "3.50", cache_read: "0.20" },
        context_length: 202_752,
        max_output_tokens: 16_384,
      },
      {
        provider: "novita",
        upstream_model: "zai-org/glm-5.1",
        charge: { input: "1.40", output: "4.40", cache_read: "0.26" },
      },
      {
        provider: "together",
        upstream_model: "zai-org/GLM-5.1",
        charge: { input: "1.40", output: "4.40" },
        context_length: 202_752,
      },
    ],
  },
  {
    id: "z-ai/glm-5.2",
    name: "GLM 5.2",
    context_length: 1_048_576,
    max_output_tokens: 164_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p parallel_tool_calls presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "zai-org/GLM-5.2",
        charge: { input: "0.95", output: "3.00", cache_read: "0.18" },
        max_output_tokens: 32_768,
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/glm-5p2",
        charge: { input: "1.40", output: "4.40", cache_read: "0.14" },
        context_length: 1_048_575,
        max_output_tokens: 131_072,
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/routers/glm-5p2-fast",
        charge: { input: "2.10", output: "6.60", cache_read: "0.21" },
        context_length: 1_048_575,
        max_output_tokens: 131_072,
      },
      {
        provider: "mistral",
        upstream_model: "glm-5-2",
        charge: { input: "1.40", output: "4.40", cache_read: "0.14" },
        max_output_tokens: 131_072,
      },
      {
        provider: "novita",
        upstream_model: "zai-org/glm-5.2",
        charge: { input: "1.40", output: "4.40", cache_read: "0.26" },
        max_output_tokens: 131_072,
      },
      {
        provider: "together",
        upstream_model: "zai-org/GLM-5.2",
        charge: { input: "1.40", output: "4.40", cache_read: "0.26" },
        context_length: 1_048_575,
      },
    ],
  },
  {
    id: "z-ai/glm-5.3",
    name: "GLM 5.3",
    context_length: 1_048_576,
    max_output_tokens: 262_144,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/glm-5p3",
        charge: { input: "1.40", output: "4.40", cache_read: "0.26" },
        context_length: 1_048_573,
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/routers/glm-5p3-fast",
        charge: { input: "2.10", output: "6.60", cache_read: "0.39" },
        context_length: 1_048_572,
      },
      {
        provider: "mistral",
        upstream_model: "zai-glm-5-3",
        charge: { input: "1.40", output: "4.40", cache_read: "0.14" },
        max_output_tokens: 131_072,
      },
      {
        provider: "together",
        upstream_model: "zai-org/GLM-5.3",
        charge: { input: "1.40", output: "4.40", cache_read: "0.26" },
        context_length: 1_048_575,
      },
    ],
  },
  {
    id: "z-ai/glm-5.3-flash",
    name: "GLM 5.3 Flash",
    context_length: 1_048_575,
    max_output_tokens: 400_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("include_reasoning max_tokens reasoning stop temperature top_p"),
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/glm-5p3-flash",
        charge: { input: "0.15", output: "0.50", cache_read: "0.03" },
        context_length: 1_048_573,
        max_output_tokens: 131_072,
      },
      {
        provider: "together",
        upstream_model: "zai-org/GLM-5.3-Flash",
        charge: { input: "0.15", output: "0.50", cache_read: "0.03" },
      },
    ],
  },
];
