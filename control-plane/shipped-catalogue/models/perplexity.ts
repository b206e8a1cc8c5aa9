/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices } from "../sources.ts";
import { words } from "../words.ts";

export const perplexity: readonly WrittenModel[] = [
  {
    id: "perplexity/sonar",
    name: "Sonar",
    context_length: 128_000,
    max_output_tokens: 4_096,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty temperature top_k top_p web_search_options",
    ),
    tokenizer: "llama3",
    endpoints: [
      {
        provider: "perplexity",
        upstream_model: "sonar",
        charge: { input: "1.00", output: "1.00", request: "0.012", ...genaiPrices },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "perplexity/sonar-pro",
    name: "Sonar Pro",
    context_length: 200_000,
    max_output_tokens: 8_192,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty max_tokens presence_penalty temperature top_k top_p web_search_options",
    ),
    tokenizer: "llama3",
    endpoints: [
      {
        provider: "perplexity",
        upstream_model: "sonar-pro",
        charge: { input: "3.00", output: "15.00", request: "0.014", ...genaiPrices },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "perplexity/sonar-reasoning-pro",
    name: "Sonar Reasoning Pro",
    context_length: 128_000,
    max_output_tokens: 4_096,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens presence_penalty reasoning temperature top_k top_p web_search_options",
    ),
    tokenizer: "llama3",
    endpoints: [
      {
        provider: "perplexity",
        upstream_model: "sonar-reasoning-pro",
        charge: { input: "2.00", output: "8.00", request: "0.014", ...genaiPrices },
      },
    ],
  },
];
