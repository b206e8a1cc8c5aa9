/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { modelsDev } from "../sources.ts";

export const nomic: readonly WrittenModel[] = [
  {
    id: "nomic/nomic-embed-text-v1.5",
    name: "Nomic Embed Text v1.5",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "tinfoil",
        upstream_model: "nomic-embed-text",
        charge: { input: "0.05", output: "0.00", ...modelsDev },
        protocol: "openai-embeddings",
      },
    ],
  },
];
