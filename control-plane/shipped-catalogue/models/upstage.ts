/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { modelsDev } from "../sources.ts";
import { words } from "../words.ts";

export const upstage: readonly WrittenModel[] = [
  {
    id: "upstage/solar-mini",
    name: "Solar Mini",
    context_length: 32_768,
    max_output_tokens: 4_096,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature tool_choice tools top_p"),
    tokenizer: "other",
    endpoints: [
      {
        provider: "upstage",
        upstream_model: "solar-mini",
        charge: { input: "0.15", output: "0.15", ...modelsDev },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "upstage/solar-pro2",
    name: "Solar Pro2",
    context_length: 65_536,
    max_output_tokens: 8_192,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "other",
    endpoints: [
      {
        provider: "upstage",
        upstream_model: "solar-pro2",
        charge: { input: "0.25", output: "0.25", ...modelsDev },
      },
    ],
  },
  {
    id: "upstage/solar-pro3",
    name: "Solar Pro3",
    context_length: 131_072,
    max_output_tokens: 8_192,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "other",
    endpoints: [
      {
        provider: "upstage",
        upstream_model: "solar-pro3",
        charge: { input: "0.25", output: "0.25", ...modelsDev },
      },
    ],
  },
];
