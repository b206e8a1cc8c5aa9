/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { liteLlm } from "../sources.ts";
import { words } from "../words.ts";

export const inception: readonly WrittenModel[] = [
  {
    id: "inception/mercury-2",
    name: "Mercury 2",
    context_length: 128_000,
    max_output_tokens: 50_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning reasoning_effort response_format stop structured_outputs temperature tool_choice tools",
    ),
    tokenizer: "other",
    endpoints: [
      {
        provider: "inception",
        upstream_model: "mercury-2",
        charge: { input: "0.25", output: "0.75", cache_read: "0.025", ...liteLlm },
      },
    ],
  },
];
