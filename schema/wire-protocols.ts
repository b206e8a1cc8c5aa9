/** How upstreams are spoken to, by name. `data-plane/providers/registry.ts` has one entry for each. */

export const wireProtocols = [
  "openai-chat",
  "azure-openai",
  "openai-responses",
  "anthropic-messages",
  "gemini-generate-content",
  "vertex",
  "cohere-chat",
  "bedrock-converse",
  "openai-embeddings",
  "gemini-embeddings",
  "cohere-embed",
  "cohere-rerank",
  "jina-rerank",
] as const;
export type WireProtocolName = (typeof wireProtocols)[number];

/** How a credential is shown to a provider; each protocol has its usual one, a provider's or endpoint's flag `auth` wins. */
export const authSchemes = [
  "none",
  "bearer",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "aws-sigv4",
  "google-oauth",
] as const;
export type AuthScheme = (typeof authSchemes)[number];
