/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { piAi } from "../sources.ts";
import { words } from "../words.ts";

export const reflection: readonly WrittenModel[] = [
  {
    id: "reflection/beam-1.0-501b-a23b",
    name: "Beam 1.0 501B A23B",
    context_length: 1_048_576,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "other",
    endpoints: [
      {
        provider: "together",
        upstream_model: "reflection/Beam-1.0-501B-A23B",
        charge: { input: "0.40", output: "1.20", cache_read: "0.04", ...piAi },
      },
    ],
  },
];
