/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import {
  genaiPrices,
  liteLlm,
  liteLlmConverted,
  modelsDev,
  modelsDevConverted,
  piAi,
  portkey,
} from "../sources.ts";
import { words } from "../words.ts";

export const google: readonly WrittenModel[] = [
  {
    id: "google/gemini-2.5-flash",
    name: "Gemini 2.5 Flash",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: { reasoning: { mandatory: false, default_enabled: true, supports_max_tokens: true } },
    endpoints: [
      {
        provider: "databricks",
        upstream_model: "databricks-gemini-2-5-flash",
        charge: {
          input: "0.30",
          output: "2.50",
          cache_read: "0.03",
          audio_input: "1.00",
          ...liteLlmConverted,
        },
      },
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-2.5-flash",
        charge: { input: "0.30", output: "2.50", cache_read: "0.03", audio_input: "1.00", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-2.5-flash",
        charge: { input: "0.30", output: "2.50", cache_read: "0.03", audio_input: "1.00", ...piAi },
      },
      {
        provider: "nearai",
        upstream_model: "google/gemini-2.5-flash",
        charge: {
          input: "0.30",
          output: "2.50",
          cache_read: "0.03",
          audio_input: "1.00",
          ...modelsDev,
        },
      },
    ],
  },
  {
    id: "google/gemini-2.5-flash-lite",
    name: "Gemini 2.5 Flash Lite",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: { reasoning: { mandatory: false, default_enabled: false, supports_max_tokens: true } },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-2.5-flash-lite",
        charge: { input: "0.10", output: "0.40", cache_read: "0.01", audio_input: "0.30", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-2.5-flash-lite",
        charge: { input: "0.10", output: "0.40", cache_read: "0.01", audio_input: "0.30", ...piAi },
      },
      {
        provider: "nearai",
        upstream_model: "google/gemini-2.5-flash-lite",
        charge: {
          input: "0.10",
          output: "0.40",
          cache_read: "0.01",
          audio_input: "0.30",
          ...modelsDev,
        },
      },
    ],
  },
  {
    id: "google/gemini-2.5-pro",
    name: "Gemini 2.5 Pro",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: { reasoning: { mandatory: true, default_enabled: true, supports_max_tokens: true } },
    endpoints: [
      {
        provider: "databricks",
        upstream_model: "databricks-gemini-2-5-pro",
        charge: {
          input: "1.25",
          output: "10.00",
          cache_read: "0.125",
          tiers: [
            { above_input_tokens: 200_000, input: "2.50", output: "15.00", cache_read: "0.25" },
          ],
          ...liteLlmConverted,
        },
        flags: { reasoningMandatory: true },
      },
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-2.5-pro",
        charge: {
          input: "1.25",
          output: "10.00",
          cache_read: "0.125",
          tiers: [
            { above_input_tokens: 200_000, input: "2.50", output: "15.00", cache_read: "0.25" },
          ],
          ...piAi,
        },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-2.5-pro",
        charge: {
          input: "1.25",
          output: "10.00",
          cache_read: "0.125",
          tiers: [
            { above_input_tokens: 200_000, input: "2.50", output: "15.00", cache_read: "0.25" },
          ],
          ...piAi,
        },
      },
      {
        provider: "nearai",
        upstream_model: "google/gemini-2.5-pro",
        charge: {
          input: "1.25",
          output: "10.00",
          cache_read: "0.125",
          tiers: [
            { above_input_tokens: 200_000, input: "2.50", output: "15.00", cache_read: "0.25" },
          ],
          ...modelsDev,
        },
        flags: { reasoningMandatory: true },
      },
    ],
  },
  {
    id: "google/gemini-3-flash-preview",
    name: "Gemini 3 Flash Preview",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "databricks",
        upstream_model: "databricks-gemini-3-flash",
        charge: {
          input: "0.50",
          output: "3.00",
          cache_read: "0.05",
          audio_input: "1.00",
          ...modelsDevConverted,
        },
        flags: { reasoningMandatory: true },
      },
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3-flash-preview",
        charge: { input: "0.50", output: "3.00", cache_read: "0.05", audio_input: "1.00", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3-flash-preview",
        charge: { input: "0.50", output: "3.00", cache_read: "0.05", audio_input: "1.00", ...piAi },
      },
    ],
  },
  {
    id: "google/gemini-3.1-flash-lite",
    name: "Gemini 3.1 Flash Lite",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "databricks",
        upstream_model: "databricks-gemini-3-1-flash-lite",
        charge: {
          input: "0.25",
          output: "1.50",
          cache_read: "0.025",
          audio_input: "0.50",
          ...modelsDevConverted,
        },
        flags: { reasoningMandatory: true },
      },
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.1-flash-lite",
        charge: {
          input: "0.25",
          output: "1.50",
          cache_read: "0.025",
          audio_input: "0.50",
          ...piAi,
        },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.1-flash-lite",
        charge: {
          input: "0.25",
          output: "1.50",
          cache_read: "0.025",
          audio_input: "0.50",
          ...piAi,
        },
      },
      {
        provider: "nearai",
        upstream_model: "google/gemini-3.1-flash-lite",
        charge: {
          input: "0.25",
          output: "1.50",
          cache_read: "0.025",
          audio_input: "0.50",
          ...modelsDev,
        },
        flags: { reasoningMandatory: true },
      },
    ],
  },
  {
    id: "google/gemini-3.1-flash-lite-preview",
    name: "Gemini 3.1 Flash Lite Preview",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.1-flash-lite-preview",
        charge: {
          input: "0.25",
          output: "1.50",
          cache_read: "0.025",
          audio_input: "0.50",
          ...piAi,
        },
      },
    ],
  },
  {
    id: "google/gemini-3.1-pro-preview",
    name: "Gemini 3.1 Pro Preview",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low"],
      },
      aliases: ["~google/gemini-pro-latest"],
    },
    endpoints: [
      {
        provider: "databricks",
        upstream_model: "databricks-gemini-3-1-pro",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "18.00", cache_read: "0.40" },
          ],
          ...modelsDevConverted,
        },
        flags: { reasoningMandatory: true },
        supported_parameters: words(
          "include_reasoning max_tokens reasoning reasoning_effort response_format seed structured_outputs temperature tool_choice tools top_p",
        ),
      },
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.1-pro-preview",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "18.00", cache_read: "0.40" },
          ],
          ...piAi,
        },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.1-pro-preview",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "18.00", cache_read: "0.40" },
          ],
          ...piAi,
        },
      },
    ],
  },
  {
    id: "google/gemini-3.1-pro-preview-customtools",
    name: "Gemini 3.1 Pro Preview Custom Tools",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.1-pro-preview-customtools",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "18.00", cache_read: "0.40" },
          ],
          ...piAi,
        },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.1-pro-preview-customtools",
        charge: {
          input: "2.00",
          output: "12.00",
          cache_read: "0.20",
          tiers: [
            { above_input_tokens: 200_000, input: "4.00", output: "18.00", cache_read: "0.40" },
          ],
          ...piAi,
        },
      },
    ],
  },
  {
    id: "google/gemini-3.5-flash",
    name: "Gemini 3.5 Flash",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.5-flash",
        charge: { input: "1.50", output: "9.00", cache_read: "0.15", audio_input: "1.00", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.5-flash",
        charge: { input: "1.50", output: "9.00", cache_read: "0.15", audio_input: "1.00", ...piAi },
      },
      {
        provider: "nearai",
        upstream_model: "google/gemini-3.5-flash",
        charge: {
          input: "1.50",
          output: "9.00",
          cache_read: "0.15",
          audio_input: "1.50",
          ...modelsDev,
        },
        flags: { reasoningMandatory: true },
      },
    ],
  },
  {
    id: "google/gemini-3.5-flash-lite",
    name: "Gemini 3.5 Flash Lite",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
      aliases: ["~google/gemini-flash-lite-latest"],
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.5-flash-lite",
        charge: { input: "0.30", output: "2.50", cache_read: "0.03", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.5-flash-lite",
        charge: { input: "0.30", output: "2.50", cache_read: "0.03", ...piAi },
      },
    ],
  },
  {
    id: "google/gemini-3.6-flash",
    name: "Gemini 3.6 Flash",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.6-flash",
        charge: { input: "0.75", output: "3.75", cache_read: "0.075", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.6-flash",
        charge: { input: "0.75", output: "3.75", cache_read: "0.075", ...piAi },
      },
    ],
  },
  {
    id: "google/gemini-3.7-flash",
    name: "Gemini 3.7 Flash",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.7-flash",
        charge: { input: "0.75", output: "3.75", cache_read: "0.075", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.7-flash",
        charge: { input: "0.75", output: "3.75", cache_read: "0.075", ...piAi },
      },
    ],
  },
  {
    id: "google/gemini-3.8-flash",
    name: "Gemini 3.8 Flash",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low", "minimal"],
      },
      aliases: ["~google/gemini-flash-latest"],
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-3.8-flash",
        charge: { input: "0.75", output: "3.75", cache_read: "0.075", ...piAi },
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-3.8-flash",
        charge: { input: "0.75", output: "3.75", cache_read: "0.075", ...piAi },
      },
    ],
  },
  {
    id: "google/gemini-4-argon",
    name: "Gemini 4 Argon",
    context_length: 1_048_576,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "gemini",
    details: {
      reasoning: {
        mandatory: true,
        default_enabled: true,
        supported_efforts: ["high", "medium", "low"],
      },
    },
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-4-argon",
        charge: { input: "2.00", output: "10.00", cache_read: "0.10", ...piAi },
        max_output_tokens: 32_768,
      },
      {
        provider: "google-vertex",
        upstream_model: "gemini-4-argon",
        charge: { input: "2.00", output: "10.00", cache_read: "0.10", ...piAi },
      },
    ],
  },
  {
    id: "google/gemini-embedding-001",
    name: "Gemini Embedding 001",
    context_length: 2_048,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: words("dimensions"),
    tokenizer: "gemini",
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-embedding-001",
        charge: { input: "0.15", output: "0.00", ...portkey },
        protocol: "gemini-embeddings",
      },
    ],
  },
  {
    id: "google/gemini-embedding-2",
    name: "Gemini Embedding 2",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: words("dimensions"),
    tokenizer: "gemini",
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-embedding-2",
        charge: { input: "0.20", output: "0.00", audio_input: "6.50", ...liteLlm },
        protocol: "gemini-embeddings",
      },
    ],
  },
  {
    id: "google/gemini-robotics-er-2-preview",
    name: "Gemini Robotics-ER 2 Preview",
    context_length: 131_072,
    max_output_tokens: 65_536,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "gemini",
    endpoints: [
      {
        provider: "google-ai-studio",
        upstream_model: "gemini-robotics-er-2-preview",
        charge: { input: "1.00", output: "5.00", cache_read: "0.10", ...piAi },
      },
    ],
  },
  {
    id: "google/gemma-3-12b-it",
    name: "Gemma 3 12B",
    context_length: 131_072,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "gemma",
    details: { hugging_face_id: "google/gemma-3-12b-it" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "google.gemma-3-12b-it",
        charge: { input: "0.09", output: "0.29", ...genaiPrices },
        max_output_tokens: 8_192,
      },
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-3-12b-it",
        charge: { input: "0.04", output: "0.13", ...portkey },
        flags: { reasoningIn: "none" },
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-3-12b-it",
        charge: { input: "0.05", output: "0.10", ...liteLlm },
        max_output_tokens: 8_192,
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "google/gemma-3-27b-it",
    name: "Gemma 3 27B",
    context_length: 202_752,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "gemma",
    details: { hugging_face_id: "google/gemma-3-27b-it" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "google.gemma-3-27b-it",
        charge: { input: "0.23", output: "0.38", ...genaiPrices },
        max_output_tokens: 8_192,
      },
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-3-27b-it",
        charge: { input: "0.08", output: "0.16", ...portkey },
        context_length: 131_072,
        flags: { reasoningIn: "none" },
      },
      {
        provider: "nebius",
        upstream_model: "google/gemma-3-27b-it",
        charge: {
          input: "0.10",
          output: "0.30",
          cache_read: "0.01",
          cache_write: "0.125",
          ...portkey,
        },
        context_length: 110_000,
        max_output_tokens: 8_192,
        flags: { reasoningIn: "none" },
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-3-27b-it",
        charge: { input: "0.119", output: "0.20", ...portkey },
        context_length: 98_304,
        max_output_tokens: 16_384,
        flags: { reasoningIn: "none" },
      },
      {
        provider: "stackit",
        upstream_model: "google/gemma-3-27b-it",
        charge: { input: "0.49", output: "0.71", ...modelsDev },
        context_length: 37_000,
        max_output_tokens: 8_192,
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "google/gemma-3-4b-it",
    name: "Gemma 3 4B",
    context_length: 131_072,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature top_k top_p",
    ),
    tokenizer: "gemma",
    details: { hugging_face_id: "google/gemma-3-4b-it" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "google.gemma-3-4b-it",
        charge: { input: "0.04", output: "0.08", ...genaiPrices },
        context_length: 128_000,
        max_output_tokens: 4_096,
      },
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-3-4b-it",
        charge: { input: "0.04", output: "0.08", ...portkey },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "google/gemma-4-26b-a4b-it",
    name: "Gemma 4 26B A4B",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "gemma",
    details: { hugging_face_id: "google/gemma-4-26B-A4B-it" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "google.gemma-4-26b-a4b",
        charge: { input: "0.13", output: "0.40", ...piAi },
        max_output_tokens: 32_768,
      },
      {
        provider: "cloudflare",
        upstream_model: "@cf/google/gemma-4-26b-a4b-it",
        charge: { input: "0.10", output: "0.30", cache_read: "0.05", ...piAi },
        context_length: 256_000,
        max_output_tokens: 16_384,
      },
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-4-26B-A4B-it",
        charge: { input: "0.07", output: "0.34", ...portkey },
        max_output_tokens: 32_768,
      },
      {
        provider: "google-ai-studio",
        upstream_model: "gemma-4-26b-a4b-it",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015", ...genaiPrices },
        max_output_tokens: 32_768,
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-4-26b-a4b-it",
        charge: { input: "0.13", output: "0.40", ...modelsDev },
        max_output_tokens: 131_072,
      },
      {
        provider: "scaleway",
        upstream_model: "gemma-4-26b-a4b-it",
        charge: { input: "0.25", output: "0.50", ...liteLlm },
        context_length: 256_000,
        max_output_tokens: 16_384,
      },
      {
        provider: "siliconflow",
        upstream_model: "google/gemma-4-26B-A4B-it",
        charge: { input: "0.12", output: "0.40", ...modelsDev },
      },
    ],
  },
  {
    id: "google/gemma-4-31b-it",
    name: "Gemma 4 31B",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_a top_k top_logprobs top_p",
    ),
    tokenizer: "gemma",
    details: { hugging_face_id: "google/gemma-4-31B-it" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "google.gemma-4-31b",
        charge: { input: "0.14", output: "0.40", ...piAi },
        max_output_tokens: 32_768,
      },
      {
        provider: "berget",
        upstream_model: "google/gemma-4-31B-it",
        charge: { input: "0.275", output: "0.55", ...modelsDev },
        context_length: 128_000,
        max_output_tokens: 8_192,
      },
      {
        provider: "chutes",
        upstream_model: "google/gemma-4-31B-turbo-TEE",
        tag: "turbo-tee",
        charge: { input: "0.12", output: "0.37", cache_read: "0.06", ...modelsDev },
        context_length: 131_072,
        max_output_tokens: 65_536,
      },
      {
        provider: "deepinfra",
        upstream_model: "google/gemma-4-31b-it",
        charge: { input: "0.13", output: "0.38", ...portkey },
        max_output_tokens: 32_768,
      },
      {
        provider: "digitalocean",
        upstream_model: "gemma-4-31B-it",
        charge: { input: "0.18", output: "0.50", ...modelsDev },
        context_length: 256_000,
        max_output_tokens: 8_192,
      },
      {
        provider: "doubleword",
        upstream_model: "google/gemma-4-31B-it",
        charge: { input: "0.14", output: "0.40", ...genaiPrices },
        max_output_tokens: 16_384,
      },
      {
        provider: "friendli",
        upstream_model: "google/gemma-4-31B-it",
        charge: { input: "0.14", output: "0.40", ...modelsDev },
        max_output_tokens: 32_768,
      },
      {
        provider: "novita",
        upstream_model: "google/gemma-4-31b-it",
        charge: { input: "0.14", output: "0.40", ...modelsDev },
        max_output_tokens: 131_072,
      },
      {
        provider: "siliconflow",
        upstream_model: "google/gemma-4-31B-it",
        charge: { input: "0.13", output: "0.40", ...modelsDev },
      },
      {
        provider: "tinfoil",
        upstream_model: "gemma4-31b",
        charge: { input: "0.40", output: "1.00", ...modelsDev },
        context_length: 256_000,
        max_output_tokens: 32_768,
      },
      {
        provider: "together",
        upstream_model: "google/gemma-4-31B-it",
        charge: { input: "0.39", output: "0.97", ...modelsDev },
        max_output_tokens: 131_072,
      },
    ],
  },
];
