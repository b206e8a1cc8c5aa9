/** Rows that the table does not have, gathered by hand: it knows no rankings. */
import type { Fact } from "./read-facts.ts";

const nothing: Fact = {
  model: "",
  author: "",
  name: "",
  kind: "rerank",
  provider: "",
  upstream_model_id: "",
  variant: "",
  context_tokens: "",
  max_output_tokens: "",
  input_modalities: "text",
  output_modalities: "rerank",
  usd_per_mtok_input: "0",
  usd_per_mtok_output: "0",
  usd_per_mtok_cache_read: "",
  usd_per_mtok_cache_write_5m: "",
  usd_per_mtok_cache_write_1h: "",
  usd_per_mtok_reasoning: "",
  usd_per_mtok_audio_input: "",
  usd_per_1k_requests: "",
  tiers_above_input_tokens: "",
  supported_parameters: "",
  supported_parameters_source: "",
  tokenizer_family: "",
  last_seen: "2026-11",
  price_source: "",
  price_check: "single",
  price_checked_against: "",
  other_upstream_ids: "",
  hf_repo: "",
  on_openrouter_2026_11: "",
  note: "",
};

/** Billed by the search: a query with up to a hundred documents. OpenRouter's names of the models. */
const cohere = (
  row: Pick<
    Fact,
    | "model"
    | "name"
    | "upstream_model_id"
    | "context_tokens"
    | "usd_per_1k_requests"
    | "price_source"
  >,
): Fact => ({
  ...nothing,
  author: "cohere",
  provider: "cohere",
  tokenizer_family: "cohere",
  ...row,
});

/** Billed by tokens: those of the query count once for each document. */
const voyage = (
  row: Pick<Fact, "model" | "name" | "upstream_model_id" | "usd_per_mtok_input">,
): Fact => ({
  ...nothing,
  author: "voyage",
  provider: "voyage",
  context_tokens: "32000",
  price_source: "voyage-docs@2026-05-01",
  ...row,
});

export const addedFacts: readonly Fact[] = [
  cohere({
    model: "cohere/rerank-4-pro",
    name: "Rerank 4 Pro",
    upstream_model_id: "rerank-v4.0-pro",
    context_tokens: "32000",
    usd_per_1k_requests: "2.5",
    price_source: "openrouter-page@2026-04-06",
  }),
  cohere({
    model: "cohere/rerank-4-fast",
    name: "Rerank 4 Fast",
    upstream_model_id: "rerank-v4.0-fast",
    context_tokens: "32000",
    usd_per_1k_requests: "2",
    price_source: "cohere-pricing@2025-12-31",
  }),
  cohere({
    model: "cohere/rerank-v3.5",
    name: "Rerank 3.5",
    upstream_model_id: "rerank-v3.5",
    context_tokens: "4096",
    usd_per_1k_requests: "2",
    price_source: "cohere-pricing@2025-12-31",
  }),
  voyage({
    model: "voyage/rerank-2.5",
    name: "Rerank 2.5",
    upstream_model_id: "rerank-2.5",
    usd_per_mtok_input: "0.05",
  }),
  voyage({
    model: "voyage/rerank-2.5-lite",
    name: "Rerank 2.5 Lite",
    upstream_model_id: "rerank-2.5-lite",
    usd_per_mtok_input: "0.02",
  }),
];
