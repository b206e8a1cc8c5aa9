/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { piAi } from "../sources.ts";
import { words } from "../words.ts";

export const meta: readonly WrittenModel[] = [
  {
    id: "meta/muse-ember-1.0",
    name: "Muse Ember",
    context_length: 1_048_576,
    max_output_tokens: 524_288,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "muse",
    endpoints: [
      {
        provider: "meta",
        upstream_model: "muse-ember-1.0",
        charge: {
          input: "0.10",
          output: "0.50",
          cache_read: "0.004",
          tiers: [
            { above_input_tokens: 200_000, input: "0.30", output: "1.50", cache_read: "0.012" },
          ],
          ...piAi,
        },
      },
    ],
  },
  {
    id: "meta/muse-spark-1.1",
    name: "Muse Spark 1.1",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "file", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort repetition_penalty response_format structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "muse",
    endpoints: [
      {
        provider: "meta",
        upstream_model: "muse-spark-1.1",
        charge: { input: "1.25", output: "4.25", cache_read: "0.15", ...piAi },
      },
    ],
  },
  {
    id: "meta/muse-spark-1.2",
    name: "Muse Spark 1.2",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "muse",
    endpoints: [
      {
        provider: "meta",
        upstream_model: "muse-spark-1.2",
        charge: { input: "1.25", output: "4.25", cache_read: "0.15", ...piAi },
      },
    ],
  },
  {
    id: "meta/muse-spark-1.2-contributor",
    name: "Muse Spark 1.2 Contributor",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "muse",
    endpoints: [
      {
        provider: "meta",
        upstream_model: "muse-spark-1.2-contributor",
        charge: { input: "0.10", output: "0.20", cache_read: "0.002", ...piAi },
      },
    ],
  },
  {
    id: "meta/muse-spark-1.3",
    name: "Muse Spark 1.3",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "muse",
    details: { aliases: ["~meta/muse-spark-latest"] },
    endpoints: [
      {
        provider: "meta",
        upstream_model: "muse-spark-1.3",
        charge: { input: "1.25", output: "4.25", cache_read: "0.15", ...piAi },
      },
    ],
  },
  {
    id: "meta/muse-spark-1.3-contributor",
    name: "Muse Spark 1.3 Contributor",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "muse",
    endpoints: [
      {
        provider: "meta",
        upstream_model: "muse-spark-1.3-contributor",
        charge: { input: "0.10", output: "0.20", cache_read: "0.002", ...piAi },
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
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "muse",
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/muse-spark-open",
        charge: { input: "1.25", output: "4.25", cache_read: "0.15", ...piAi },
      },
    ],
  },
  {
    id: "meta/muse-wonder-1.0",
    name: "Muse Wonder",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "muse",
    endpoints: [
      {
        provider: "meta",
        upstream_model: "muse-wonder-1.0",
        charge: { input: "4.00", output: "20.00", cache_read: "0.20", ...piAi },
      },
    ],
  },
];
