/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices, liteLlm, voyageDocs } from "../sources.ts";

export const voyage: readonly WrittenModel[] = [
  {
    id: "voyage/rerank-2.5",
    name: "Rerank 2.5",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["rerank"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "rerank-2.5",
        charge: { input: "0.05", output: "0.00", ...voyageDocs },
        protocol: "jina-rerank",
        flags: { topField: "top_k" },
      },
    ],
  },
  {
    id: "voyage/rerank-2.5-lite",
    name: "Rerank 2.5 Lite",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["rerank"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "rerank-2.5-lite",
        charge: { input: "0.02", output: "0.00", ...voyageDocs },
        protocol: "jina-rerank",
        flags: { topField: "top_k" },
      },
    ],
  },
  {
    id: "voyage/voyage-2",
    name: "Voyage 2",
    context_length: 4_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-2",
        charge: { input: "0.10", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-3",
    name: "Voyage 3",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-3",
        charge: { input: "0.06", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-3-large",
    name: "Voyage 3 Large",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-3-large",
        charge: { input: "0.18", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-3-lite",
    name: "Voyage 3 Lite",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-3-lite",
        charge: { input: "0.02", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-3.5",
    name: "Voyage 3.5",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-3.5",
        charge: { input: "0.06", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-3.5-lite",
    name: "Voyage 3.5 Lite",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-3.5-lite",
        charge: { input: "0.02", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-4",
    name: "Voyage 4",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-4",
        charge: { input: "0.06", output: "0.00", ...genaiPrices },
      },
    ],
  },
  {
    id: "voyage/voyage-4-large",
    name: "Voyage 4 Large",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-4-large",
        charge: { input: "0.12", output: "0.00", ...genaiPrices },
      },
    ],
  },
  {
    id: "voyage/voyage-4-lite",
    name: "Voyage 4 Lite",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-4-lite",
        charge: { input: "0.02", output: "0.00", ...genaiPrices },
      },
    ],
  },
  {
    id: "voyage/voyage-code-2",
    name: "Voyage Code 2",
    context_length: 16_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-code-2",
        charge: { input: "0.12", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-code-3",
    name: "Voyage Code 3",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-code-3",
        charge: { input: "0.18", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-finance-2",
    name: "Voyage Finance 2",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-finance-2",
        charge: { input: "0.12", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-large-2",
    name: "Voyage Large 2",
    context_length: 16_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-large-2",
        charge: { input: "0.12", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-law-2",
    name: "Voyage Law 2",
    context_length: 16_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-law-2",
        charge: { input: "0.12", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-lite-01",
    name: "Voyage Lite 01",
    context_length: 4_096,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-lite-01",
        charge: { input: "0.10", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-lite-02-instruct",
    name: "Voyage Lite 02 Instruct",
    context_length: 4_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-lite-02-instruct",
        charge: { input: "0.10", output: "0.00", ...liteLlm },
      },
    ],
  },
  {
    id: "voyage/voyage-multilingual-2",
    name: "Voyage Multilingual 2",
    context_length: 32_000,
    input_modalities: ["text"],
    output_modalities: ["embeddings"],
    supported_parameters: [],
    tokenizer: "other",
    endpoints: [
      {
        provider: "voyage",
        upstream_model: "voyage-multilingual-2",
        charge: { input: "0.12", output: "0.00", ...genaiPrices },
      },
    ],
  },
];
