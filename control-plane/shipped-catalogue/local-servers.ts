/** Servers that people run themselves: what they serve is found by asking them (contract/providers.md row 59). */

export type LocalServer = {
  slug: string;
  name: string;
  /** Where it listens when nobody changed that. */
  baseUrl: string;
  flags: Readonly<Record<string, unknown>>;
  docs: string;
};

export const localServers: readonly LocalServer[] = [
  {
    slug: "ollama",
    name: "Ollama",
    baseUrl: "http://127.0.0.1:11434/v1",
    flags: { remoteMedia: "inline" },
    docs: "https://docs.ollama.com/openai",
  },
  {
    slug: "vllm",
    name: "vLLM",
    baseUrl: "http://127.0.0.1:8000/v1",
    flags: { reasoningIn: "chatTemplateKwargs" },
    docs: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
  },
  {
    slug: "sglang",
    name: "SGLang",
    baseUrl: "http://127.0.0.1:30000/v1",
    flags: { reasoningIn: "chatTemplateKwargs" },
    docs: "https://docs.sglang.ai/basic_usage/openai_api.html",
  },
  {
    slug: "llama-cpp",
    name: "llama.cpp",
    baseUrl: "http://127.0.0.1:8080/v1",
    flags: { reasoningIn: "chatTemplateKwargs", remoteMedia: "inline" },
    docs: "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
  },
  {
    slug: "lm-studio",
    name: "LM Studio",
    baseUrl: "http://127.0.0.1:1234/v1",
    flags: { remoteMedia: "inline" },
    docs: "https://lmstudio.ai/docs/app/api/endpoints/openai",
  },
];
