/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import {
  genaiPrices,
  liteLlm,
  liteLlmConverted,
  modelsDev,
  modelsDevConverted,
  piAi,
  piAiGlobal,
  portkey,
} from "../sources.ts";
import { words } from "../words.ts";

export const openai: readonly WrittenModel[] = [
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
    tokenizer: "cl100k_base",
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-3.5-turbo",
        charge: { input: "0.50", output: "1.50", ...genaiPrices },
      },
    ],
  },
  {
    id: "openai/gpt-4",
    name: "GPT-4",
    context_length: 8_192,
    max_output_tokens: 8_192,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    tokenizer: "cl100k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4",
        charge: { input: "30.00", output: "60.00", ...piAi },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4",
        charge: { input: "30.00", output: "60.00", ...piAi },
      },
    ],
  },
  {
    id: "openai/gpt-4-turbo",
    name: "GPT-4 Turbo",
    context_length: 128_000,
    max_output_tokens: 4_096,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_logprobs top_p",
    ),
    tokenizer: "cl100k_base",
    details: { released_on: "2024-04-09" },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4-turbo",
        charge: { input: "10.00", output: "30.00", ...piAi },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4-turbo",
        charge: { input: "10.00", output: "30.00", ...piAi },
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
    tokenizer: "o200k_base",
    details: { released_on: "2025-04-14" },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4.1",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...piAi },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-4.1",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...modelsDev },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-4.1",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4.1",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...piAi },
      },
      {
        provider: "snowflake",
        upstream_model: "openai-gpt-4.1",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...liteLlmConverted },
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
    tokenizer: "o200k_base",
    details: { released_on: "2025-04-14" },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4.1-mini",
        charge: { input: "0.40", output: "1.60", cache_read: "0.10", ...piAi },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-4.1-mini",
        charge: { input: "0.40", output: "1.60", cache_read: "0.10", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4.1-mini",
        charge: { input: "0.40", output: "1.60", cache_read: "0.10", ...piAi },
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
    tokenizer: "o200k_base",
    details: { released_on: "2025-04-14" },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4.1-nano",
        charge: { input: "0.10", output: "0.40", cache_read: "0.025", ...piAi },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-4.1-nano",
        charge: { input: "0.10", output: "0.40", cache_read: "0.025", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4.1-nano",
        charge: { input: "0.10", output: "0.40", cache_read: "0.025", ...piAi },
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
    tokenizer: "o200k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4o",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25", ...piAi },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-4o",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4o",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25", ...piAi },
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
    tokenizer: "o200k_base",
    details: { released_on: "2024-05-13" },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4o-2024-05-13",
        charge: { input: "5.00", output: "15.00", ...piAi },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4o-2024-05-13",
        charge: { input: "5.00", output: "15.00", ...piAi },
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
    tokenizer: "o200k_base",
    details: { released_on: "2024-08-06" },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4o-2024-08-06",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25", ...piAi },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4o-2024-08-06",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25", ...piAi },
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
    tokenizer: "o200k_base",
    details: { released_on: "2024-11-20" },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4o-2024-11-20",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25", ...piAi },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4o-2024-11-20",
        charge: { input: "2.50", output: "10.00", cache_read: "1.25", ...piAi },
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
    tokenizer: "o200k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-4o-mini",
        charge: { input: "0.15", output: "0.60", cache_read: "0.075", ...piAi },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-4o-mini",
        charge: { input: "0.15", output: "0.60", cache_read: "0.075", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-4o-mini",
        charge: { input: "0.15", output: "0.60", cache_read: "0.075", ...piAi },
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-08-07",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...piAi },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...liteLlmConverted },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...modelsDev },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...piAi },
      },
      {
        provider: "snowflake",
        upstream_model: "openai-gpt-5",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...liteLlmConverted },
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
    tokenizer: "o200k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5-chat-latest",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...piAi },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5-chat-latest",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...piAi },
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-08-07",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5-mini",
        charge: { input: "0.25", output: "2.00", cache_read: "0.025", ...piAi },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-mini",
        charge: { input: "0.25", output: "2.00", cache_read: "0.025", ...liteLlmConverted },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5-mini",
        charge: { input: "0.25", output: "2.00", cache_read: "0.025", ...modelsDev },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5-mini",
        charge: { input: "0.25", output: "2.00", cache_read: "0.025", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5-mini",
        charge: { input: "0.25", output: "2.00", cache_read: "0.025", ...piAi },
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-08-07",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5-nano",
        charge: { input: "0.05", output: "0.40", cache_read: "0.005", ...piAi },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-nano",
        charge: { input: "0.05", output: "0.40", cache_read: "0.005", ...liteLlmConverted },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5-nano",
        charge: { input: "0.05", output: "0.40", cache_read: "0.005", ...modelsDev },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5-nano",
        charge: { input: "0.05", output: "0.40", cache_read: "0.005", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5-nano",
        charge: { input: "0.05", output: "0.40", cache_read: "0.005", ...piAi },
      },
    ],
  },
  {
    id: "openai/gpt-5-pro",
    name: "GPT-5 Pro",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-10-06",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "high",
        supported_efforts: ["high"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5-pro",
        charge: { input: "15.00", output: "120.00", ...piAi },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5-pro",
        charge: { input: "15.00", output: "120.00", ...piAi },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-11-13",
      reasoning: {
        mandatory: false,
        default_enabled: false,
        default_effort: "none",
        supported_efforts: ["high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.1",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...piAi },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-1",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...liteLlmConverted },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5.1",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.1",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...piAi },
      },
    ],
  },
  {
    id: "openai/gpt-5.1-codex-max",
    name: "GPT-5.1-Codex-Max",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["xhigh", "high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.1-codex-max",
        charge: { input: "1.25", output: "10.00", cache_read: "0.125", ...modelsDev },
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-12-11",
      reasoning: {
        mandatory: false,
        default_enabled: false,
        default_effort: "none",
        supported_efforts: ["xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.2",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...piAi },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-2",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...modelsDevConverted },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.2",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...modelsDev },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5.2",
        charge: { input: "1.80", output: "15.50", cache_read: "0.18", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.2",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...piAi },
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
    tokenizer: "o200k_base",
    details: { released_on: "2025-12-11" },
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.2-chat-latest",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...portkey },
      },
    ],
  },
  {
    id: "openai/gpt-5.2-pro",
    name: "GPT-5.2 Pro",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-12-11",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "high",
        supported_efforts: ["xhigh", "high", "medium"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.2-pro",
        charge: { input: "21.00", output: "168.00", ...piAi },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.2-pro",
        charge: { input: "21.00", output: "168.00", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.2-pro",
        charge: { input: "21.00", output: "168.00", ...piAi },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    endpoints: [
      {
        provider: "openai",
        upstream_model: "gpt-5.3-chat-latest",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...portkey },
      },
    ],
  },
  {
    id: "openai/gpt-5.3-codex",
    name: "GPT-5.3-Codex",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["xhigh", "high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.3-codex",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...piAi },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.3-codex",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.3-codex",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...piAi },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-5.3-codex-spark",
    name: "GPT-5.3 Codex Spark",
    context_length: 128_000,
    max_output_tokens: 32_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["xhigh", "high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.3-codex-spark",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...piAi },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.3-codex-spark",
        charge: { input: "1.75", output: "14.00", cache_read: "0.175", ...piAi },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-03-05",
      reasoning: {
        mandatory: false,
        default_enabled: false,
        default_effort: "none",
        supported_efforts: ["xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "openai.gpt-5.4",
        charge: { input: "2.75", output: "16.50", cache_read: "0.275", ...piAi },
        context_length: 1_000_000,
      },
      {
        provider: "azure",
        upstream_model: "gpt-5.4",
        charge: {
          input: "2.50",
          output: "15.00",
          cache_read: "0.25",
          tiers: [
            { from_input_tokens: 272_000, input: "5.00", output: "22.50", cache_read: "0.50" },
          ],
          ...piAi,
        },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-4",
        charge: {
          input: "2.50",
          output: "15.00",
          cache_read: "0.25",
          tiers: [
            { from_input_tokens: 272_000, input: "5.00", output: "22.50", cache_read: "0.50" },
          ],
          ...modelsDevConverted,
        },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.4",
        charge: { input: "2.50", output: "15.00", cache_read: "0.25", ...modelsDev },
        context_length: 1_000_000,
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5.4",
        charge: {
          input: "2.50",
          output: "15.00",
          cache_read: "0.25",
          tiers: [
            { from_input_tokens: 272_000, input: "5.00", output: "22.50", cache_read: "0.50" },
          ],
          ...modelsDev,
        },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.4",
        charge: {
          input: "2.50",
          output: "15.00",
          cache_read: "0.25",
          tiers: [
            { from_input_tokens: 272_000, input: "5.00", output: "22.50", cache_read: "0.50" },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-03-17",
      reasoning: {
        mandatory: false,
        default_enabled: false,
        default_effort: "none",
        supported_efforts: ["xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.4-mini",
        charge: { input: "0.75", output: "4.50", cache_read: "0.075", ...piAi },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-4-mini",
        charge: { input: "0.75", output: "4.50", cache_read: "0.075", ...modelsDevConverted },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.4-mini",
        charge: { input: "0.75", output: "4.50", cache_read: "0.075", ...modelsDev },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5.4-mini",
        charge: { input: "0.75", output: "4.50", cache_read: "0.075", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.4-mini",
        charge: { input: "0.75", output: "4.50", cache_read: "0.075", ...piAi },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-03-17",
      reasoning: {
        mandatory: false,
        default_enabled: false,
        default_effort: "none",
        supported_efforts: ["xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.4-nano",
        charge: { input: "0.20", output: "1.25", cache_read: "0.02", ...piAi },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-4-nano",
        charge: { input: "0.20", output: "1.25", cache_read: "0.02", ...modelsDevConverted },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.4-nano",
        charge: { input: "0.20", output: "1.25", cache_read: "0.02", ...modelsDev },
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5.4-nano",
        charge: { input: "0.20", output: "1.25", cache_read: "0.02", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.4-nano",
        charge: { input: "0.20", output: "1.25", cache_read: "0.02", ...piAi },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-5.4-pro",
    name: "GPT-5.4 Pro",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-03-05",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "high",
        supported_efforts: ["xhigh", "high", "medium"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.4-pro",
        charge: {
          input: "30.00",
          output: "180.00",
          tiers: [{ from_input_tokens: 272_000, input: "60.00", output: "270.00" }],
          ...piAi,
        },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.4-pro",
        charge: { input: "30.00", output: "180.00", ...modelsDev },
        context_length: 400_000,
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.4-pro",
        charge: {
          input: "30.00",
          output: "180.00",
          tiers: [{ from_input_tokens: 272_000, input: "60.00", output: "270.00" }],
          ...piAi,
        },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-04-23",
      reasoning: {
        mandatory: false,
        default_enabled: false,
        default_effort: "none",
        supported_efforts: ["xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "openai.gpt-5.5",
        charge: { input: "5.50", output: "33.00", cache_read: "0.55", ...piAi },
        context_length: 1_000_000,
      },
      {
        provider: "azure",
        upstream_model: "gpt-5.5",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          tiers: [
            { from_input_tokens: 272_000, input: "10.00", output: "45.00", cache_read: "1.00" },
          ],
          ...piAi,
        },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-5-5",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          tiers: [
            { from_input_tokens: 272_000, input: "10.00", output: "45.00", cache_read: "1.00" },
          ],
          ...modelsDevConverted,
        },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-5.5",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          tiers: [
            { from_input_tokens: 272_000, input: "10.00", output: "45.00", cache_read: "1.00" },
          ],
          ...modelsDev,
        },
        context_length: 1_000_000,
      },
      {
        provider: "nearai",
        upstream_model: "openai/gpt-5.5",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          tiers: [
            { from_input_tokens: 272_000, input: "10.00", output: "45.00", cache_read: "1.00" },
          ],
          ...modelsDev,
        },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.5",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          tiers: [
            { from_input_tokens: 272_000, input: "10.00", output: "45.00", cache_read: "1.00" },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-5.5-pro",
    name: "GPT-5.5 Pro",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-04-23",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "high",
        supported_efforts: ["xhigh", "high", "medium"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.5-pro",
        charge: {
          input: "30.00",
          output: "180.00",
          tiers: [{ from_input_tokens: 272_000, input: "60.00", output: "270.00" }],
          ...piAi,
        },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.5-pro",
        charge: {
          input: "30.00",
          output: "180.00",
          tiers: [{ from_input_tokens: 272_000, input: "60.00", output: "270.00" }],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-5.6-cyber",
    name: "GPT-5.6 Cyber",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-5.6-cyber",
        charge: {
          input: "12.50",
          output: "75.00",
          cache_read: "1.25",
          cache_write: "15.625",
          ...piAi,
        },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "gpt-5.6-cyber",
        charge: {
          input: "12.50",
          output: "75.00",
          cache_read: "1.25",
          cache_write: "15.625",
          ...piAi,
        },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-07-09",
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-5.6-luna",
        tag: "global",
        charge: {
          input: "0.20",
          output: "1.20",
          cache_read: "0.02",
          cache_write: "0.25",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "0.40",
              output: "1.80",
              cache_read: "0.04",
              cache_write: "0.50",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-5.6-luna",
        tag: "us",
        charge: {
          input: "0.22",
          output: "1.32",
          cache_read: "0.022",
          cache_write: "0.275",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "0.44",
              output: "1.98",
              cache_read: "0.044",
              cache_write: "0.55",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-5.6-luna",
        charge: {
          input: "0.20",
          output: "1.20",
          cache_read: "0.02",
          cache_write: "0.25",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "0.40",
              output: "1.80",
              cache_read: "0.04",
              cache_write: "0.50",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "0.40",
              output: "1.80",
              cache_read: "0.04",
              cache_write: "0.50",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-07-09",
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-5.6-sol",
        tag: "global",
        charge: {
          input: "4.00",
          output: "20.00",
          cache_read: "0.40",
          cache_write: "5.00",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "8.00",
              output: "30.00",
              cache_read: "0.80",
              cache_write: "10.00",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-5.6-sol",
        tag: "us",
        charge: {
          input: "4.40",
          output: "22.00",
          cache_read: "0.44",
          cache_write: "5.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "8.80",
              output: "33.00",
              cache_read: "0.88",
              cache_write: "11.00",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-5.6-sol",
        charge: {
          input: "4.00",
          output: "20.00",
          cache_read: "0.40",
          cache_write: "5.00",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "8.00",
              output: "30.00",
              cache_read: "0.80",
              cache_write: "10.00",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "8.00",
              output: "30.00",
              cache_read: "0.80",
              cache_write: "10.00",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2026-07-09",
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-5.6-terra",
        tag: "global",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          cache_write: "2.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.00",
              output: "18.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-5.6-terra",
        tag: "us",
        charge: {
          input: "2.20",
          output: "13.20",
          cache_read: "0.22",
          cache_write: "2.75",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.40",
              output: "19.80",
              cache_read: "0.44",
              cache_write: "5.50",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-5.6-terra",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          cache_write: "2.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.00",
              output: "18.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "4.00",
              output: "18.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-6-astra",
    name: "GPT-6 Astra",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
      aliases: ["~openai/gpt-astra-latest"],
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-6-astra",
        tag: "global",
        charge: {
          input: "10.00",
          output: "50.00",
          cache_read: "1.00",
          cache_write: "12.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "20.00",
              output: "75.00",
              cache_read: "2.00",
              cache_write: "25.00",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-6-astra",
        tag: "us",
        charge: {
          input: "11.00",
          output: "55.00",
          cache_read: "1.10",
          cache_write: "13.75",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "22.00",
              output: "82.50",
              cache_read: "2.20",
              cache_write: "27.50",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-6-astra",
        charge: {
          input: "10.00",
          output: "50.00",
          cache_read: "1.00",
          cache_write: "12.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "20.00",
              output: "75.00",
              cache_read: "2.00",
              cache_write: "25.00",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "20.00",
              output: "75.00",
              cache_read: "2.00",
              cache_write: "25.00",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-6-luna",
    name: "GPT-6 Luna",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
      aliases: ["~openai/gpt-luna-latest"],
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-6-luna",
        tag: "global",
        charge: {
          input: "0.10",
          output: "0.50",
          cache_read: "0.01",
          cache_write: "0.125",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "0.20",
              output: "0.75",
              cache_read: "0.02",
              cache_write: "0.25",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-6-luna",
        tag: "us",
        charge: {
          input: "0.11",
          output: "0.55",
          cache_read: "0.011",
          cache_write: "0.1375",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "0.22",
              output: "0.825",
              cache_read: "0.022",
              cache_write: "0.275",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-6-luna",
        charge: {
          input: "0.10",
          output: "0.50",
          cache_read: "0.01",
          cache_write: "0.125",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "0.20",
              output: "0.75",
              cache_read: "0.02",
              cache_write: "0.25",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "0.20",
              output: "0.75",
              cache_read: "0.02",
              cache_write: "0.25",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-6-sol",
    name: "GPT-6 Sol",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-6-sol",
        tag: "global",
        charge: {
          input: "2.00",
          output: "10.00",
          cache_read: "0.20",
          cache_write: "2.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-6-sol",
        tag: "us",
        charge: {
          input: "2.20",
          output: "11.00",
          cache_read: "0.22",
          cache_write: "2.75",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.40",
              output: "16.50",
              cache_read: "0.44",
              cache_write: "5.50",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-6-sol",
        charge: {
          input: "2.00",
          output: "10.00",
          cache_read: "0.20",
          cache_write: "2.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.40",
              cache_write: "5.00",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-6.1-sol",
    name: "GPT-6.1 Sol",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
      aliases: ["~openai/gpt-sol-latest"],
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-6.1-sol",
        tag: "global",
        charge: {
          input: "2.00",
          output: "10.00",
          cache_read: "0.10",
          cache_write: "2.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.20",
              cache_write: "5.00",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-6.1-sol",
        tag: "us",
        charge: {
          input: "2.20",
          output: "11.00",
          cache_read: "0.11",
          cache_write: "2.75",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.40",
              output: "16.50",
              cache_read: "0.22",
              cache_write: "5.50",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-6.1-sol",
        charge: {
          input: "2.00",
          output: "10.00",
          cache_read: "0.10",
          cache_write: "2.50",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.20",
              cache_write: "5.00",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "4.00",
              output: "15.00",
              cache_read: "0.20",
              cache_write: "5.00",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-6.1-terra",
    name: "GPT-6.1 Terra",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_completion_tokens max_tokens reasoning reasoning_effort response_format structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      reasoning: {
        mandatory: false,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["max", "xhigh", "high", "medium", "low", "none"],
      },
      aliases: ["~openai/gpt-terra-latest"],
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "global.openai.gpt-6.1-terra",
        tag: "global",
        charge: {
          input: "1.00",
          output: "5.00",
          cache_read: "0.05",
          cache_write: "1.25",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "2.00",
              output: "7.50",
              cache_read: "0.10",
              cache_write: "2.50",
            },
          ],
          ...piAiGlobal,
        },
      },
      {
        provider: "amazon-bedrock",
        upstream_model: "us.openai.gpt-6.1-terra",
        tag: "us",
        charge: {
          input: "1.10",
          output: "5.50",
          cache_read: "0.055",
          cache_write: "1.375",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "2.20",
              output: "8.25",
              cache_read: "0.11",
              cache_write: "2.75",
            },
          ],
          ...piAi,
        },
      },
      {
        provider: "azure",
        upstream_model: "gpt-6.1-terra",
        charge: {
          input: "1.00",
          output: "5.00",
          cache_read: "0.05",
          cache_write: "1.25",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "2.00",
              output: "7.50",
              cache_read: "0.10",
              cache_write: "2.50",
            },
          ],
          ...piAi,
        },
      },
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
              from_input_tokens: 272_000,
              input: "2.00",
              output: "7.50",
              cache_read: "0.10",
              cache_write: "2.50",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "chat-latest",
        charge: { input: "5.00", output: "30.00", cache_read: "0.50", ...piAi },
      },
      {
        provider: "openai",
        upstream_model: "chat-latest",
        charge: { input: "5.00", output: "30.00", cache_read: "0.50", ...piAi },
      },
    ],
  },
  {
    id: "openai/gpt-daybreak-blue-latest",
    name: "Daybreak Blue",
    context_length: 1_050_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "o200k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-daybreak-blue-latest",
        charge: {
          input: "4.00",
          output: "20.00",
          cache_read: "0.40",
          cache_write: "5.00",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "8.00",
              output: "30.00",
              cache_read: "0.80",
              cache_write: "10.00",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "gpt-daybreak-blue-latest",
        charge: {
          input: "4.00",
          output: "20.00",
          cache_read: "0.40",
          cache_write: "5.00",
          tiers: [
            {
              from_input_tokens: 272_000,
              input: "8.00",
              output: "30.00",
              cache_read: "0.80",
              cache_write: "10.00",
            },
          ],
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-daybreak-red-latest",
    name: "Daybreak Red",
    context_length: 400_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "o200k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "gpt-daybreak-red-latest",
        charge: {
          input: "12.50",
          output: "75.00",
          cache_read: "1.25",
          cache_write: "15.625",
          ...piAi,
        },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "gpt-daybreak-red-latest",
        charge: {
          input: "12.50",
          output: "75.00",
          cache_read: "1.25",
          cache_write: "15.625",
          ...piAi,
        },
        protocol: "openai-responses",
      },
    ],
  },
  {
    id: "openai/gpt-oss-120b",
    name: "gpt-oss-120b",
    context_length: 131_072,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_a top_k top_logprobs top_p",
    ),
    tokenizer: "o200k_harmony",
    details: {
      hugging_face_id: "openai/gpt-oss-120b",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "openai.gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", ...piAi },
      },
      {
        provider: "baseten",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.10", output: "0.50", cache_read: "0.10", ...piAi },
        context_length: 128_072,
        max_output_tokens: 128_072,
      },
      {
        provider: "cerebras",
        upstream_model: "gpt-oss-120b",
        charge: { input: "0.35", output: "0.75", cache_read: "0.35", ...piAi },
        max_output_tokens: 40_960,
      },
      {
        provider: "cloudflare",
        upstream_model: "@cf/openai/gpt-oss-120b",
        charge: { input: "0.35", output: "0.75", ...piAi },
        context_length: 128_000,
        max_output_tokens: 16_384,
      },
      {
        provider: "crusoe",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.80", output: "0.80", ...liteLlm },
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", ...liteLlmConverted },
        max_output_tokens: 32_768,
      },
      {
        provider: "deepinfra",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.039", output: "0.19", ...portkey },
        max_output_tokens: 16_384,
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-oss-120b",
        charge: { input: "0.10", output: "0.70", ...modelsDev },
      },
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", cache_read: "0.014", ...genaiPrices },
        max_output_tokens: 32_768,
      },
      {
        provider: "google-vertex",
        upstream_model: "openai/gpt-oss-120b-maas",
        charge: { input: "0.09", output: "0.36", ...portkey },
        max_output_tokens: 32_768,
      },
      {
        provider: "groq",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", cache_read: "0.075", ...piAi },
        max_output_tokens: 65_536,
      },
      {
        provider: "io-net",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.04", output: "0.40", cache_read: "0.02", ...modelsDev },
        max_output_tokens: 4_096,
      },
      {
        provider: "nebius",
        upstream_model: "openai/gpt-oss-120b",
        charge: {
          input: "0.15",
          output: "0.60",
          cache_read: "0.015",
          cache_write: "0.18",
          ...portkey,
        },
        context_length: 128_000,
        max_output_tokens: 8_192,
      },
      {
        provider: "novita",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.05", output: "0.25", ...portkey },
        max_output_tokens: 32_768,
      },
      {
        provider: "ovhcloud",
        upstream_model: "gpt-oss-120b",
        charge: { input: "0.09", output: "0.47", ...genaiPrices },
      },
      {
        provider: "scaleway",
        upstream_model: "gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", ...liteLlm },
        context_length: 128_000,
        max_output_tokens: 32_768,
      },
      {
        provider: "siliconflow",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.05", output: "0.45", ...modelsDev },
        context_length: 131_000,
        max_output_tokens: 8_000,
      },
      {
        provider: "stackit",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.49", output: "0.71", ...modelsDev },
        context_length: 131_000,
        max_output_tokens: 8_192,
      },
      {
        provider: "tinfoil",
        upstream_model: "gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", ...modelsDev },
        context_length: 131_000,
        max_output_tokens: 32_768,
      },
      {
        provider: "together",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", ...piAi },
      },
      {
        provider: "wandb",
        upstream_model: "openai/gpt-oss-120b",
        charge: { input: "0.15", output: "0.60", ...modelsDev },
      },
    ],
  },
  {
    id: "openai/gpt-oss-20b",
    name: "gpt-oss-20b",
    context_length: 131_072,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "o200k_harmony",
    details: {
      hugging_face_id: "openai/gpt-oss-20b",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "openai.gpt-oss-20b",
        charge: { input: "0.07", output: "0.30", ...piAi },
      },
      {
        provider: "cloudflare",
        upstream_model: "@cf/openai/gpt-oss-20b",
        charge: { input: "0.20", output: "0.30", ...piAi },
        context_length: 128_000,
        max_output_tokens: 16_384,
      },
      {
        provider: "databricks",
        upstream_model: "databricks-gpt-oss-20b",
        charge: { input: "0.07", output: "0.30", ...liteLlmConverted },
        max_output_tokens: 32_768,
      },
      {
        provider: "deepinfra",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.03", output: "0.14", ...portkey },
        max_output_tokens: 16_384,
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-gpt-oss-20b",
        charge: { input: "0.05", output: "0.45", ...modelsDev },
      },
      {
        provider: "doubleword",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.04", output: "0.30", ...genaiPrices },
        max_output_tokens: 117_964,
      },
      {
        provider: "groq",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.075", output: "0.30", cache_read: "0.0375", ...piAi },
        max_output_tokens: 65_536,
      },
      {
        provider: "io-net",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.03", output: "0.14", cache_read: "0.015", ...modelsDev },
        context_length: 64_000,
        max_output_tokens: 4_096,
      },
      {
        provider: "novita",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.04", output: "0.15", ...liteLlm },
        max_output_tokens: 32_768,
      },
      {
        provider: "ovhcloud",
        upstream_model: "gpt-oss-20b",
        charge: { input: "0.05", output: "0.18", ...genaiPrices },
      },
      {
        provider: "siliconflow",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.04", output: "0.18", ...modelsDev },
        context_length: 131_000,
        max_output_tokens: 8_000,
      },
      {
        provider: "together",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.05", output: "0.20", ...portkey },
      },
      {
        provider: "wandb",
        upstream_model: "openai/gpt-oss-20b",
        charge: { input: "0.05", output: "0.20", ...modelsDev },
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2024-12-17",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "o1",
        charge: { input: "15.00", output: "60.00", cache_read: "7.50", ...piAi },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-o1",
        charge: { input: "15.00", output: "60.00", cache_read: "7.50", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "o1",
        charge: { input: "15.00", output: "60.00", cache_read: "7.50", ...piAi },
      },
    ],
  },
  {
    id: "openai/o1-pro",
    name: "o1-pro",
    context_length: 200_000,
    max_output_tokens: 100_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed structured_outputs",
    ),
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-03-19",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "o1-pro",
        charge: { input: "150.00", output: "600.00", ...piAi },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "o1-pro",
        charge: { input: "150.00", output: "600.00", ...piAi },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-04-16",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "o3",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...piAi },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-o3",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...liteLlm },
      },
      {
        provider: "nearai",
        upstream_model: "openai/o3",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "o3",
        charge: { input: "2.00", output: "8.00", cache_read: "0.50", ...piAi },
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-01-31",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "o3-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.55", ...piAi },
      },
      {
        provider: "digitalocean",
        upstream_model: "openai-o3-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.55", ...liteLlm },
      },
      {
        provider: "nearai",
        upstream_model: "openai/o3-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.55", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "o3-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.55", ...piAi },
      },
    ],
  },
  {
    id: "openai/o3-pro",
    name: "o3 Pro",
    context_length: 200_000,
    max_output_tokens: 100_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed structured_outputs tool_choice tools",
    ),
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-06-10",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "o3-pro",
        charge: { input: "20.00", output: "80.00", ...piAi },
        protocol: "openai-responses",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "o3-pro",
        charge: { input: "20.00", output: "80.00", ...piAi },
        protocol: "openai-responses",
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
    tokenizer: "o200k_base",
    details: {
      released_on: "2025-04-16",
      reasoning: {
        mandatory: true,
        default_enabled: true,
        default_effort: "medium",
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "azure",
        upstream_model: "o4-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.275", ...piAi },
      },
      {
        provider: "nearai",
        upstream_model: "openai/o4-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.275", ...modelsDev },
      },
      {
        provider: "openai",
        upstream_model: "o4-mini",
        charge: { input: "1.10", output: "4.40", cache_read: "0.275", ...piAi },
      },
    ],
  },
  {
    id: "openai/text-embedding-3-large",
    name: "Text Embedding 3 Large",
    context_length: 8_191,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: words("dimensions"),
    tokenizer: "cl100k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "text-embedding-3-large",
        charge: { input: "0.13", output: "0.00", ...portkey },
        protocol: "openai-embeddings",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "text-embedding-3-large",
        charge: { input: "0.13", output: "0.00", ...portkey },
        protocol: "openai-embeddings",
      },
    ],
  },
  {
    id: "openai/text-embedding-3-small",
    name: "Text Embedding 3 Small",
    context_length: 8_191,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: words("dimensions"),
    tokenizer: "cl100k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "text-embedding-3-small",
        charge: { input: "0.02", output: "0.00", ...portkey },
        protocol: "openai-embeddings",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "text-embedding-3-small",
        charge: { input: "0.02", output: "0.00", ...portkey },
        protocol: "openai-embeddings",
      },
    ],
  },
  {
    id: "openai/text-embedding-ada-002",
    name: "Text Embedding Ada 002",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "cl100k_base",
    endpoints: [
      {
        provider: "azure",
        upstream_model: "text-embedding-ada-002",
        charge: { input: "0.10", output: "0.00", ...portkey },
        protocol: "openai-embeddings",
        flags: { auth: "api-key" },
      },
      {
        provider: "openai",
        upstream_model: "text-embedding-ada-002",
        charge: { input: "0.10", output: "0.00", ...portkey },
        protocol: "openai-embeddings",
      },
    ],
  },
];
