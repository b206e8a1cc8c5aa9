/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { liteLlm, modelsDev } from "../sources.ts";
import { words } from "../words.ts";

export const morph: readonly WrittenModel[] = [
  {
    id: "morph/auto",
    name: "Auto",
    context_length: 32_000,
    max_output_tokens: 32_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop top_p"),
    tokenizer: "other",
    endpoints: [
      {
        provider: "morph",
        upstream_model: "auto",
        charge: { input: "0.85", output: "1.55", ...modelsDev },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "morph/morph-v3-fast",
    name: "Morph V3 Fast",
    context_length: 16_000,
    max_output_tokens: 16_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature"),
    tokenizer: "other",
    endpoints: [
      {
        provider: "morph",
        upstream_model: "morph-v3-fast",
        charge: { input: "0.80", output: "1.20", ...liteLlm },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "morph/morph-v3-large",
    name: "Morph V3 Large",
    context_length: 32_000,
    max_output_tokens: 32_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "logprobs max_tokens response_format stop structured_outputs temperature top_logprobs",
    ),
    tokenizer: "other",
    endpoints: [
      {
        provider: "morph",
        upstream_model: "morph-v3-large",
        charge: { input: "0.90", output: "1.90", ...liteLlm },
        flags: { reasoningIn: "none" },
      },
    ],
  },
];
