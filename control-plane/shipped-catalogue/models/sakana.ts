/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { modelsDev } from "../sources.ts";
import { words } from "../words.ts";

export const sakana: readonly WrittenModel[] = [
  {
    id: "sakana/fugu-ultra",
    name: "Fugu Ultra",
    context_length: 1_000_000,
    max_output_tokens: 1_000_000,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning reasoning reasoning_effort structured_outputs tool_choice tools web_search_options",
    ),
    tokenizer: "other",
    endpoints: [
      {
        provider: "sakana",
        upstream_model: "fugu-ultra",
        charge: {
          input: "5.00",
          output: "30.00",
          cache_read: "0.50",
          tiers: [
            { above_input_tokens: 272_000, input: "10.00", output: "45.00", cache_read: "1.00" },
          ],
          ...modelsDev,
        },
      },
    ],
  },
];
