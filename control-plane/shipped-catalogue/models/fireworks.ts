/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { piAi } from "../sources.ts";
import { words } from "../words.ts";

export const fireworks: readonly WrittenModel[] = [
  {
    id: "fireworks/ember-1",
    name: "Ember-1",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "other",
    endpoints: [
      {
        provider: "fireworks",
        upstream_model: "accounts/fireworks/models/ember-1",
        charge: { input: "3.00", output: "15.00", cache_read: "0.30", ...piAi },
      },
    ],
  },
];
