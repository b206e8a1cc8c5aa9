/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { portkey } from "../sources.ts";
import { words } from "../words.ts";

export const bytedanceSeed: readonly WrittenModel[] = [
  {
    id: "bytedance-seed/seed-2.0-code",
    name: "Seed-2.0-Code",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature top_p"),
    tokenizer: "seed",
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "ByteDance/Seed-2.0-code",
        charge: { input: "0.50", output: "3.00", cache_read: "0.10", ...portkey },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "bytedance-seed/seed-2.0-mini",
    name: "Seed-2.0-Mini",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning max_tokens reasoning reasoning_effort response_format stop structured_outputs temperature tool_choice tools top_p",
    ),
    tokenizer: "seed",
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "ByteDance/Seed-2.0-mini",
        charge: { input: "0.10", output: "0.40", cache_read: "0.02", ...portkey },
      },
    ],
  },
];
