/** How many tokens a vocabulary makes of what o200k makes one of: a start, until a model's own usage has been seen. */

/**
 * By the catalogue's `tokenizer` word. Measured on the same texts (contract/providers.md 5.2, 22 November 2026) where the
 * vocabulary is public; Claude's and Gemini's by what providers report.
 */
const factors: Readonly<Record<string, number>> = {
  o200k_base: 1,
  o200k_harmony: 1,
  cl100k_base: 1.02,
  llama3: 1,
  llama4: 1,
  qwen: 1.02,
  mimo: 1.02,
  deepseek: 1.05,
  glm: 1.05,
  kimi: 1.05,
  minimax: 1.05,
  grok: 1.05,
  phi: 1.05,
  "mistral-tekken": 1.06,
  nemotron: 1.06,
  cohere: 1.1,
  nova: 1.1,
  gemini: 1.12,
  gemma: 1.12,
  claude: 1.13,
  "mistral-spm": 1.25,
  llama2: 1.25,
  "claude-v2": 1.5,
};
/** For what is not known the dear side: a prompt that is thought longer than it is goes to a larger window. */
const unknownFactor = 1.3;

export const factorOfFamily = (tokenizer: string): number => factors[tokenizer] ?? unknownFactor;
