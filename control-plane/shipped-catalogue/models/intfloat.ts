/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { modelsDev } from "../sources.ts";

export const intfloat: readonly WrittenModel[] = [
  {
    id: "intfloat/e5-large-v2",
    name: "E5 Large v2",
    context_length: 512,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "digitalocean",
        upstream_model: "e5-large-v2",
        charge: { input: "0.02", output: "0.00", ...modelsDev },
        protocol: "openai-embeddings",
      },
    ],
  },
  {
    id: "intfloat/e5-mistral-7b-instruct",
    name: "E5 Mistral 7B",
    context_length: 4_096,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "stackit",
        upstream_model: "intfloat/e5-mistral-7b-instruct",
        charge: { input: "0.02", output: "0.00", ...modelsDev },
        protocol: "openai-embeddings",
      },
    ],
  },
];
