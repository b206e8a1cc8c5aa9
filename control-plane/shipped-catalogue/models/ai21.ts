/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { portkey } from "../sources.ts";
import { words } from "../words.ts";

export const ai21: readonly WrittenModel[] = [
  {
    id: "ai21/jamba-large",
    name: "Jamba Large",
    context_length: 256_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature top_p"),
    tokenizer: "jamba",
    endpoints: [
      {
        provider: "ai21",
        upstream_model: "jamba-large",
        charge: { input: "2.00", output: "8.00", ...portkey },
        flags: { reasoningIn: "none" },
      },
    ],
  },
  {
    id: "ai21/jamba-mini",
    name: "Jamba Mini",
    context_length: 256_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words("max_tokens stop temperature top_p"),
    tokenizer: "jamba",
    endpoints: [
      {
        provider: "ai21",
        upstream_model: "jamba-mini",
        charge: { input: "0.20", output: "0.40", ...portkey },
        flags: { reasoningIn: "none" },
      },
    ],
  },
];
