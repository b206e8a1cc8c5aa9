import type { WireProtocolName } from "#schema/wire-protocols.ts";
const special: Record<string, WireProtocolName> = {
  anthropic: "anthropic-messages",
  "google-ai-studio": "gemini-generate-content",
  "google-vertex": "vertex",
  "amazon-bedrock": "bedrock-converse",
  azure: "azure-openai",
  xai: "openai-responses",
  meta: "openai-responses",
  cohere: "cohere-chat",
  voyage: "openai-embeddings",
  jina: "openai-embeddings",
};
export const shippedProviders =
  "ai21 alibaba amazon-bedrock anthropic arcee azure baseten cerebras chutes cloudflare cohere crusoe databricks deepinfra deepseek digitalocean fireworks friendli gmicloud google-ai-studio google-vertex groq inception inference-net io-net jina meta minimax mistral moonshotai morph nearai nebius novita nscale openai ovhcloud perplexity sambanova scaleway siliconflow snowflake stepfun together upstage voyage vultr wandb xai xiaomi z-ai"
    .split(" ")
    .map((slug) => ({ slug, protocol: special[slug] ?? ("openai-chat" as const) }));
