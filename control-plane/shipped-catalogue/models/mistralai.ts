/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices, liteLlm, liteLlmConverted, modelsDev, piAi, portkey } from "../sources.ts";
import { words } from "../words.ts";

export const mistralai: readonly WrittenModel[] = [
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
    tokenizer: "mistral-tekken",
    details: { aliases: ["~mistralai/codestral-latest"] },
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "codestral-2508",
        charge: { input: "0.30", output: "0.90", cache_read: "0.03", ...piAi },
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
    tokenizer: "mistral-spm",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "codestral-latest",
        charge: { input: "0.30", output: "0.90", cache_read: "0.03", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/devstral-2512",
    name: "Devstral 2 2512",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    details: {
      hugging_face_id: "mistralai/Devstral-2-123B-Instruct-2512",
      aliases: ["~mistralai/devstral-latest"],
    },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "mistral.devstral-2-123b",
        charge: { input: "0.40", output: "2.00", ...piAi },
        max_output_tokens: 8_192,
      },
      {
        provider: "doubleword",
        upstream_model: "mistralai/Devstral-2-123B-Instruct-2512",
        charge: { input: "0.40", output: "2.00", ...genaiPrices },
        max_output_tokens: 209_715,
      },
      {
        provider: "mistral",
        upstream_model: "devstral-2512",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/devstral-latest",
    name: "Devstral 2",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-latest",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/devstral-medium",
    name: "Devstral Medium",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-medium-latest",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/devstral-small",
    name: "Devstral Small 1.1",
    context_length: 128_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Devstral-Small-2507" },
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "devstral-small-2507",
        charge: { input: "0.10", output: "0.30", ...genaiPrices },
      },
    ],
  },
  {
    id: "mistralai/devstral-small-2505",
    name: "Devstral Small 2505",
    context_length: 128_000,
    max_output_tokens: 128_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "io-net",
        upstream_model: "mistralai/Devstral-Small-2505",
        charge: { input: "0.05", output: "0.22", cache_read: "0.025", ...modelsDev },
        max_output_tokens: 4_096,
        supported_parameters: words("max_tokens stop temperature tool_choice tools top_p"),
      },
      {
        provider: "mistral",
        upstream_model: "devstral-small-2505",
        charge: { input: "0.10", output: "0.30", ...liteLlm },
      },
    ],
  },
  {
    id: "mistralai/labs-devstral-small-2512",
    name: "Devstral Small 2",
    context_length: 256_000,
    max_output_tokens: 256_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "labs-devstral-small-2512",
        charge: { input: "0.10", output: "0.30", ...portkey },
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
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "magistral-medium-latest",
        charge: { input: "2.00", output: "5.00", cache_read: "0.20", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/magistral-small",
    name: "Magistral Small",
    context_length: 128_000,
    max_output_tokens: 128_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "magistral-small",
        charge: { input: "0.50", output: "1.50", ...genaiPrices },
      },
    ],
  },
  {
    id: "mistralai/ministral-14b-2512",
    name: "Ministral 3 14B 2512",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Ministral-3-14B-Instruct-2512" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "mistral.ministral-3-14b-instruct",
        charge: { input: "0.20", output: "0.20", ...piAi },
        context_length: 128_000,
        max_output_tokens: 4_096,
      },
      {
        provider: "digitalocean",
        upstream_model: "mistral-3-14B",
        charge: { input: "0.20", output: "0.20", ...modelsDev },
        max_output_tokens: 128_000,
      },
      {
        provider: "mistral",
        upstream_model: "ministral-14b-2512",
        charge: { input: "0.20", output: "0.20", cache_read: "0.02", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/ministral-3b-2512",
    name: "Ministral 3 3B 2512",
    context_length: 256_000,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Ministral-3-3B-Instruct-2512" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "mistral.ministral-3-3b-instruct",
        charge: { input: "0.10", output: "0.10", ...piAi },
        max_output_tokens: 8_192,
      },
      {
        provider: "mistral",
        upstream_model: "ministral-3b-2512",
        charge: { input: "0.10", output: "0.10", cache_read: "0.01", ...piAi },
        context_length: 131_072,
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
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "ministral-3b-latest",
        charge: { input: "0.10", output: "0.10", cache_read: "0.01", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/ministral-8b-2512",
    name: "Ministral 3 8B 2512",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Ministral-3-8B-Instruct-2512" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "mistral.ministral-3-8b-instruct",
        charge: { input: "0.15", output: "0.15", ...piAi },
        context_length: 128_000,
        max_output_tokens: 4_096,
      },
      {
        provider: "mistral",
        upstream_model: "ministral-8b-2512",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015", ...piAi },
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
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "ministral-8b-latest",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mistral-embed",
    name: "Mistral Embed",
    context_length: 8_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "mistral-spm",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-embed",
        charge: { input: "0.10", output: "0.00", ...genaiPrices },
        protocol: "openai-embeddings",
      },
    ],
  },
  {
    id: "mistralai/mistral-large-2407",
    name: "Mistral Large 2407",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-spm",
    endpoints: [
      {
        provider: "snowflake",
        upstream_model: "mistral-large2",
        charge: { input: "2.00", output: "6.00", ...liteLlmConverted },
      },
    ],
  },
  {
    id: "mistralai/mistral-large-2411",
    name: "Mistral Large 2411",
    context_length: 131_072,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "io-net",
        upstream_model: "mistralai/Mistral-Large-Instruct-2411",
        charge: { input: "2.00", output: "6.00", cache_read: "1.00", ...modelsDev },
        context_length: 128_000,
        max_output_tokens: 4_096,
      },
      {
        provider: "mistral",
        upstream_model: "mistral-large-2411",
        charge: { input: "2.00", output: "6.00", ...liteLlm },
      },
    ],
  },
  {
    id: "mistralai/mistral-large-2512",
    name: "Mistral Large 3 2512",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "mistral.mistral-large-3-675b-instruct",
        charge: { input: "0.50", output: "1.50", ...piAi },
        max_output_tokens: 8_192,
      },
      {
        provider: "mistral",
        upstream_model: "mistral-large-2512",
        charge: { input: "0.50", output: "1.50", cache_read: "0.05", ...piAi },
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
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { aliases: ["~mistralai/mistral-large-latest"] },
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-large-4",
        charge: { input: "0.70", output: "2.10", cache_read: "0.07", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-3",
    name: "Mistral Medium 3",
    context_length: 131_072,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-2505",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-3-5",
    name: "Mistral Medium 3.5",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning reasoning_effort response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { aliases: ["~mistralai/mistral-medium-latest"] },
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-3.5",
        charge: { input: "1.50", output: "7.50", cache_read: "0.15", ...piAi },
      },
      {
        provider: "scaleway",
        upstream_model: "mistral-medium-3.5-128b",
        charge: { input: "1.50", output: "7.50", ...modelsDev },
        context_length: 256_000,
        max_output_tokens: 16_384,
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-3.1",
    name: "Mistral Medium 3.1",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-2508",
        charge: { input: "0.40", output: "2.00", cache_read: "0.04", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mistral-medium-latest",
    name: "Mistral Medium (latest)",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-medium-latest",
        charge: { input: "1.50", output: "7.50", cache_read: "0.15", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mistral-nemo",
    name: "Mistral Nemo",
    context_length: 131_072,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Mistral-Nemo-Instruct-2407" },
    endpoints: [
      {
        provider: "chutes",
        upstream_model: "unsloth/Mistral-Nemo-Instruct-2407-TEE",
        tag: "tee",
        charge: { input: "0.0245", output: "0.0978", cache_read: "0.01225", ...modelsDev },
      },
      {
        provider: "digitalocean",
        upstream_model: "mistral-nemo-instruct-2407",
        charge: { input: "0.30", output: "0.30", ...liteLlm },
        context_length: 128_000,
        max_output_tokens: 16_384,
      },
      {
        provider: "inference-net",
        upstream_model: "mistral/mistral-nemo-12b-instruct",
        charge: { input: "0.038", output: "0.10", ...modelsDev },
        context_length: 16_000,
        max_output_tokens: 4_096,
      },
      {
        provider: "mistral",
        upstream_model: "open-mistral-nemo",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015", ...piAi },
        context_length: 128_000,
        max_output_tokens: 128_000,
      },
      {
        provider: "ovhcloud",
        upstream_model: "Mistral-Nemo-Instruct-2407",
        charge: { input: "0.14", output: "0.14", ...genaiPrices },
        context_length: 65_536,
        max_output_tokens: 65_536,
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
    tokenizer: "mistral-tekken",
    details: {
      hugging_face_id: "mistralai/Mistral-Small-4-119B-2603",
      aliases: ["~mistralai/mistral-small-latest"],
    },
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-small-2603",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mistral-small-3.1-24b-instruct",
    name: "Mistral Small 3.1 24B",
    context_length: 128_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty seed stop temperature top_k top_logprobs top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Mistral-Small-3.1-24B-Instruct-2503" },
    endpoints: [
      {
        provider: "cloudflare",
        upstream_model: "@cf/mistralai/mistral-small-3.1-24b-instruct",
        charge: { input: "0.351", output: "0.555", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mistral-small-3.2-24b-instruct",
    name: "Mistral Small 3.2 24B",
    context_length: 131_072,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty logit_bias logprobs max_tokens min_p presence_penalty repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Mistral-Small-3.2-24B-Instruct-2506" },
    endpoints: [
      {
        provider: "berget",
        upstream_model: "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
        charge: { input: "0.33", output: "0.33", ...modelsDev },
        context_length: 32_000,
        max_output_tokens: 8_192,
      },
      {
        provider: "mistral",
        upstream_model: "mistral-small-2506",
        charge: { input: "0.10", output: "0.30", cache_read: "0.01", ...piAi },
        context_length: 128_000,
        max_output_tokens: 16_384,
      },
      {
        provider: "ovhcloud",
        upstream_model: "Mistral-Small-3.2-24B-Instruct-2506",
        charge: { input: "0.10", output: "0.31", ...genaiPrices },
      },
      {
        provider: "scaleway",
        upstream_model: "mistral-small-3.2-24b-instruct-2506",
        charge: { input: "0.15", output: "0.35", ...liteLlm },
        context_length: 128_000,
        max_output_tokens: 32_768,
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
    tokenizer: "mistral-spm",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "mistral-small-latest",
        charge: { input: "0.15", output: "0.60", cache_read: "0.015", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/mixtral-8x7b-instruct",
    name: "Mixtral 8x7B",
    context_length: 32_000,
    max_output_tokens: 32_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "max_tokens response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-spm",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "mistral.mixtral-8x7b-instruct-v0:1",
        charge: { input: "0.45", output: "0.70", ...genaiPrices },
        max_output_tokens: 8_191,
        supported_parameters: words("max_tokens stop temperature top_p"),
      },
      {
        provider: "mistral",
        upstream_model: "open-mixtral-8x7b",
        charge: { input: "0.70", output: "0.70", ...genaiPrices },
      },
    ],
  },
  {
    id: "mistralai/pixtral-12b",
    name: "Pixtral 12B",
    context_length: 128_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tool_choice tools top_p"),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "pixtral-12b",
        charge: { input: "0.15", output: "0.15", cache_read: "0.015", ...piAi },
      },
    ],
  },
  {
    id: "mistralai/pixtral-large-2411",
    name: "Pixtral Large 2411",
    context_length: 128_000,
    max_output_tokens: 128_000,
    input_modalities: ["text", "image", "file"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "mistral-tekken",
    endpoints: [
      {
        provider: "mistral",
        upstream_model: "pixtral-large-latest",
        charge: { input: "2.00", output: "6.00", ...portkey },
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
    tokenizer: "mistral-tekken",
    details: { hugging_face_id: "mistralai/Voxtral-Small-24B-2507" },
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "mistral.voxtral-small-24b-2507",
        charge: { input: "0.10", output: "0.30", ...piAi },
        max_output_tokens: 8_192,
      },
      {
        provider: "mistral",
        upstream_model: "voxtral-small-2507",
        charge: { input: "0.10", output: "0.40", cache_read: "0.01", ...piAi },
      },
    ],
  },
];
