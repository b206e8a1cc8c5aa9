/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { liteLlm, modelsDev } from "../sources.ts";

export const baai: readonly WrittenModel[] = [
  {
    id: "baai/bge-m3",
    name: "BGE M3",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "digitalocean",
        upstream_model: "bge-m3",
        charge: { input: "0.02", output: "0.00", ...modelsDev },
        protocol: "openai-embeddings",
      },
    ],
  },
  {
    id: "baai/bge-multilingual-gemma2",
    name: "Bge Multilingual Gemma2",
    context_length: 8_191,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "scaleway",
        upstream_model: "bge-multilingual-gemma2",
        charge: { input: "0.10", output: "0.00", ...liteLlm },
        protocol: "openai-embeddings",
      },
    ],
  },
];
