/** Where the prices of the shipped catalogue were read, and of which day each is. */
export type PriceSource = { source: string; as_of: string };

export const piAi: PriceSource = { source: "pi-ai 1.5.2", as_of: "2026-11-10" };
export const genaiPrices: PriceSource = { source: "genai-prices 0.1.8", as_of: "2026-09-23" };
export const portkey: PriceSource = { source: "portkey-models", as_of: "2026-08-21" };
export const liteLlm: PriceSource = { source: "litellm", as_of: "2026-08-06" };
export const modelsDev: PriceSource = { source: "models.dev", as_of: "2026-07-02" };
/** Bedrock's price of a region without the tenth that it adds to the price of everywhere. */
export const piAiGlobal: PriceSource = {
  source: "pi-ai 1.5.2, the in-region price divided by 1.1",
  as_of: "2026-11-10",
};
/** Databricks and Snowflake bill in units of their own. */
export const liteLlmConverted: PriceSource = {
  source: "litellm, converted from DBU or credits",
  as_of: "2026-08-06",
};
export const modelsDevConverted: PriceSource = {
  source: "models.dev, converted from DBU or credits",
  as_of: "2026-07-02",
};

/** By hand (\`added-facts.ts\`). */
export const voyageDocs: PriceSource = {
  source: "docs.voyageai.com/docs/pricing",
  as_of: "2026-05-01",
};
export const coherePricing: PriceSource = { source: "cohere.com/pricing", as_of: "2025-12-31" };
export const openRouterPage: PriceSource = {
  source: "openrouter.ai/cohere/rerank-4-pro",
  as_of: "2026-04-06",
};
