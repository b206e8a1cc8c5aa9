/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { coherePricing, genaiPrices, liteLlm, openRouterPage, portkey } from "../sources.ts";
import { words } from "../words.ts";

export const cohere: readonly WrittenModel[] = [
  {
    id: "cohere/c4ai-aya-expanse-32b",
    name: "Aya Expanse 32B",
    context_length: 128_000,
    max_output_tokens: 4_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature top_p"),
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "c4ai-aya-expanse-32b",
        charge: { input: "0.50", output: "1.50", ...genaiPrices },
        flags: { thinking: false, toolChoice: "auto" },
      },
    ],
  },
  {
    id: "cohere/command-a",
    name: "Command A",
    context_length: 256_000,
    max_output_tokens: 8_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "cohere",
    details: {
      hugging_face_id: "CohereForAI/c4ai-command-a-03-2025",
      aliases: ["~cohere/command-latest"],
    },
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "command-a-03-2025",
        charge: { input: "2.50", output: "10.00", ...genaiPrices },
        flags: { thinking: false },
      },
    ],
  },
  {
    id: "cohere/command-r-08-2024",
    name: "Command R (08-2024)",
    context_length: 128_000,
    max_output_tokens: 4_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "command-r-08-2024",
        charge: { input: "0.15", output: "0.60", ...liteLlm },
        flags: { thinking: false, toolChoice: "auto" },
      },
    ],
  },
  {
    id: "cohere/command-r-plus-08-2024",
    name: "Command R+ (08-2024)",
    context_length: 128_000,
    max_output_tokens: 4_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "command-r-plus-08-2024",
        charge: { input: "2.50", output: "10.00", ...liteLlm },
        flags: { thinking: false, toolChoice: "auto" },
      },
    ],
  },
  {
    id: "cohere/command-r7b-12-2024",
    name: "Command R7B (12-2024)",
    context_length: 128_000,
    max_output_tokens: 4_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "command-r7b-12-2024",
        charge: { input: "0.0375", output: "0.15", ...liteLlm },
        flags: { thinking: false },
      },
    ],
  },
  {
    id: "cohere/embed-english-v2.0",
    name: "Embed English V2.0",
    context_length: 4_096,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "embed-english-v2.0",
        charge: { input: "0.10", output: "0.00", ...portkey },
        protocol: "cohere-embed",
      },
    ],
  },
  {
    id: "cohere/embed-english-v3.0",
    name: "Embed English V3.0",
    context_length: 1_024,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "embed-english-v3.0",
        charge: { input: "0.10", output: "0.00", ...portkey },
        protocol: "cohere-embed",
      },
    ],
  },
  {
    id: "cohere/embed-multilingual-v2.0",
    name: "Embed Multilingual V2.0",
    context_length: 768,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "embed-multilingual-v2.0",
        charge: { input: "0.10", output: "0.00", ...portkey },
        protocol: "cohere-embed",
      },
    ],
  },
  {
    id: "cohere/embed-multilingual-v3.0",
    name: "Embed Multilingual V3.0",
    context_length: 1_024,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "embed-multilingual-v3.0",
        charge: { input: "0.10", output: "0.00", ...portkey },
        protocol: "cohere-embed",
      },
    ],
  },
  {
    id: "cohere/embed-v4.0",
    name: "Embed v4.0",
    context_length: 128_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "embed-v4.0",
        charge: { input: "0.12", output: "0.00", ...liteLlm },
        protocol: "cohere-embed",
      },
    ],
  },
  {
    id: "cohere/rerank-4-fast",
    name: "Rerank 4 Fast",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["rerank"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "rerank-v4.0-fast",
        charge: { input: "0.00", output: "0.00", request: "0.002", ...coherePricing },
        protocol: "cohere-rerank",
      },
    ],
  },
  {
    id: "cohere/rerank-4-pro",
    name: "Rerank 4 Pro",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["rerank"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "rerank-v4.0-pro",
        charge: { input: "0.00", output: "0.00", request: "0.0025", ...openRouterPage },
        protocol: "cohere-rerank",
      },
    ],
  },
  {
    id: "cohere/rerank-v3.5",
    name: "Rerank 3.5",
    context_length: 4_096,
    input_modalities: ["text"],
    output_modalities: ["rerank"],
    supported_parameters: [],
    tokenizer: "cohere",
    endpoints: [
      {
        provider: "cohere",
        upstream_model: "rerank-v3.5",
        charge: { input: "0.00", output: "0.00", request: "0.002", ...coherePricing },
        protocol: "cohere-rerank",
      },
    ],
  },
];
