/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { portkey } from "../sources.ts";

export const jina: readonly WrittenModel[] = [
  {
    id: "jina/jina-embeddings-v2-base-code",
    name: "Jina Embeddings V2 Base Code",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "jina",
        upstream_model: "jina-embeddings-v2-base-code",
        charge: { input: "0.02", output: "0.00", ...portkey },
      },
    ],
  },
  {
    id: "jina/jina-embeddings-v2-base-de",
    name: "Jina Embeddings V2 Base De",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "jina",
        upstream_model: "jina-embeddings-v2-base-de",
        charge: { input: "0.02", output: "0.00", ...portkey },
      },
    ],
  },
  {
    id: "jina/jina-embeddings-v2-base-en",
    name: "Jina Embeddings V2 Base En",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "jina",
        upstream_model: "jina-embeddings-v2-base-en",
        charge: { input: "0.02", output: "0.00", ...portkey },
      },
    ],
  },
  {
    id: "jina/jina-embeddings-v2-base-es",
    name: "Jina Embeddings V2 Base Es",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "jina",
        upstream_model: "jina-embeddings-v2-base-es",
        charge: { input: "0.02", output: "0.00", ...portkey },
      },
    ],
  },
  {
    id: "jina/jina-embeddings-v2-base-zh",
    name: "Jina Embeddings V2 Base Zh",
    context_length: 8_192,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "jina",
        upstream_model: "jina-embeddings-v2-base-zh",
        charge: { input: "0.02", output: "0.00", ...portkey },
      },
    ],
  },
];
