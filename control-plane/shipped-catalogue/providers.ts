/**
 * Providers that speak OpenAI's chat protocol as it is, and need no more than a key.
 * Facts of 22 November 2026: addresses as the companies document them; what the flags mean stands in `openai-chat.ts`.
 */
export type ShippedProvider = {
  slug: string;
  name: string;
  baseUrl: string;
  /** The environment variable that holds its key and thereby connects it. */
  keyVariable: string;
  /** Dialect flags: where it differs from the rest. */
  flags: Record<string, unknown>;
  /** A model of its own that is cheap and answers quickly: the one to try first. */
  firstModel: string;
};

/** Their newer models refuse `max_tokens`. */
const maxCompletionTokens = { tokenLimitField: "max_completion_tokens" };

export const shippedProviders: readonly ShippedProvider[] = [
  {
    slug: "openai",
    name: "OpenAI",
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    flags: maxCompletionTokens,
    firstModel: "openai/gpt-4.1-mini",
  },
  {
    slug: "deepseek",
    name: "DeepSeek",
    baseUrl: "https://api.deepseek.com",
    keyVariable: "DEEPSEEK_API_KEY",
    flags: {},
    firstModel: "deepseek/deepseek-v4.1-flash-1017",
  },
  {
    slug: "mistral",
    name: "Mistral",
    baseUrl: "https://api.mistral.ai/v1",
    keyVariable: "MISTRAL_API_KEY",
    flags: { usageInStream: "always" },
    firstModel: "mistralai/mistral-small-latest",
  },
  {
    slug: "groq",
    name: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    keyVariable: "GROQ_API_KEY",
    flags: maxCompletionTokens,
    firstModel: "openai/gpt-oss-20b",
  },
  {
    slug: "together",
    name: "Together",
    baseUrl: "https://api.together.ai/v1",
    keyVariable: "TOGETHER_API_KEY",
    flags: {},
    firstModel: "openai/gpt-oss-20b",
  },
  {
    slug: "fireworks",
    name: "Fireworks",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    keyVariable: "FIREWORKS_API_KEY",
    flags: {},
    firstModel: "openai/gpt-oss-120b",
  },
  {
    slug: "deepinfra",
    name: "DeepInfra",
    baseUrl: "https://api.deepinfra.com/v1/openai",
    keyVariable: "DEEPINFRA_API_KEY",
    flags: {},
    firstModel: "openai/gpt-oss-20b",
  },
  {
    slug: "cerebras",
    name: "Cerebras",
    baseUrl: "https://api.cerebras.ai/v1",
    keyVariable: "CEREBRAS_API_KEY",
    flags: maxCompletionTokens,
    firstModel: "openai/gpt-oss-120b",
  },
  {
    slug: "xai",
    name: "xAI",
    baseUrl: "https://api.x.ai/v1",
    keyVariable: "XAI_API_KEY",
    flags: { ...maxCompletionTokens, completionExcludesReasoning: true },
    firstModel: "x-ai/grok-4.3",
  },
  {
    slug: "moonshotai",
    name: "Moonshot AI",
    baseUrl: "https://api.moonshot.ai/v1",
    keyVariable: "MOONSHOTAI_API_KEY",
    flags: {},
    firstModel: "moonshotai/kimi-k2.6",
  },
  {
    slug: "novita",
    name: "Novita",
    baseUrl: "https://api.novita.ai/openai/v1",
    keyVariable: "NOVITA_API_KEY",
    flags: {},
    firstModel: "openai/gpt-oss-20b",
  },
];

/** Providers that people have keys of, and that this version cannot speak to yet. */
export const notYetBuilt: Record<string, string> = {
  ANTHROPIC_API_KEY: "Anthropic (anthropic-messages)",
  GEMINI_API_KEY: "Google (gemini-generate-content)",
  GOOGLE_API_KEY: "Google (gemini-generate-content)",
  COHERE_API_KEY: "Cohere (cohere-chat)",
};
