/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { piAi } from "../sources.ts";
import { words } from "../words.ts";

export const amazon: readonly WrittenModel[] = [
  {
    id: "amazon/nova-2-lite-v1",
    name: "Nova 2 Lite",
    context_length: 1_000_000,
    max_output_tokens: 65_535,
    input_modalities: ["text", "image", "file", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "nova",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "us.amazon.nova-2-lite-v1:0",
        tag: "us",
        charge: {
          input: "0.33",
          output: "2.75",
          cache_read: "0.0825",
          cache_write: "0.33",
          ...piAi,
        },
      },
    ],
  },
  {
    id: "amazon/nova-lite-v1",
    name: "Nova Lite 1.0",
    context_length: 300_000,
    max_output_tokens: 10_000,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tools top_k top_p"),
    tokenizer: "nova",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "us.amazon.nova-lite-v1:0",
        tag: "us",
        charge: {
          input: "0.06",
          output: "0.24",
          cache_read: "0.015",
          cache_write: "0.06",
          cache_write_1h: "0.12",
          ...piAi,
        },
      },
    ],
  },
  {
    id: "amazon/nova-micro-v1",
    name: "Nova Micro 1.0",
    context_length: 128_000,
    max_output_tokens: 10_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tools top_k top_p"),
    tokenizer: "nova",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "us.amazon.nova-micro-v1:0",
        tag: "us",
        charge: {
          input: "0.035",
          output: "0.14",
          cache_read: "0.00875",
          cache_write: "0.035",
          cache_write_1h: "0.07",
          ...piAi,
        },
      },
    ],
  },
  {
    id: "amazon/nova-premier-v1",
    name: "Nova Premier 1.0",
    context_length: 1_000_000,
    max_output_tokens: 10_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tools top_k top_p"),
    tokenizer: "nova",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "us.amazon.nova-premier-v1:0",
        tag: "us",
        charge: {
          input: "2.50",
          output: "12.50",
          cache_read: "0.625",
          cache_write: "2.50",
          ...piAi,
        },
      },
    ],
  },
  {
    id: "amazon/nova-pro-v1",
    name: "Nova Pro 1.0",
    context_length: 300_000,
    max_output_tokens: 10_000,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tools top_k top_p"),
    tokenizer: "nova",
    endpoints: [
      {
        provider: "amazon-bedrock",
        upstream_model: "us.amazon.nova-pro-v1:0",
        tag: "us",
        charge: {
          input: "0.80",
          output: "3.20",
          cache_read: "0.20",
          cache_write: "0.80",
          cache_write_1h: "1.60",
          ...piAi,
        },
      },
    ],
  },
];
