/** Which of our models an upstream's name means (contract/catalogue.md section 4): names are compared without their dress. */

/** Makers by what stands before the slash of their weights, where that is not our author. */
const authorsByOrganization: Readonly<Record<string, string>> = {
  "zai-org": "z-ai",
  "deepseek-ai": "deepseek",
  minimaxai: "minimax",
  xiaomimimo: "xiaomi",
  "stepfun-ai": "stepfun",
  coherelabs: "cohere",
  coherefoai: "cohere",
  xai: "x-ai",
  mistral: "mistralai",
  meta: "meta-llama",
};
/** Makers that serve their own models. */
const authorsByProvider: Readonly<Record<string, string>> = {
  "google-ai-studio": "google",
  mistral: "mistralai",
  xai: "x-ai",
  alibaba: "qwen",
  arcee: "arcee-ai",
  openai: "openai",
  anthropic: "anthropic",
  cohere: "cohere",
  deepseek: "deepseek",
  moonshotai: "moonshotai",
  "z-ai": "z-ai",
  minimax: "minimax",
  xiaomi: "xiaomi",
  stepfun: "stepfun",
  perplexity: "perplexity",
  ai21: "ai21",
  upstage: "upstage",
  inception: "inception",
  morph: "morph",
  meta: "meta",
  voyage: "voyage",
  jina: "jina",
};

/** Words that say how weights are kept or tuned, and not which they are. */
const dress =
  /-(instruct|it|fp8|bf16|fp4|nvfp4|int4|awq|gptq|hf|tput|versatile|instant|maas|tee|turbo|fast)(?=-|$)/g;

/** A name as it can be compared: `accounts/fireworks/models/glm-5p3` and `zai-org/GLM-5.3` are both `glm-5-3`. */
export function bareName(upstreamModel: string): string {
  const last = upstreamModel.toLowerCase().split("/").at(-1) ?? "";
  return last
    .replace(/^(global|us|eu|apac|au|jp|in|ca|us-gov)\./, "")
    .replace(
      /^(anthropic|amazon|meta|mistral|openai|google|qwen|deepseek|moonshotai|moonshot|zai|xai|minimax|nvidia|cohere)\./,
      "",
    )
    .replace(/@.*$/, "")
    .replace(/-v\d+(:\d+)?$/, "")
    .replace(/(\d)p(?=\d)/g, "$1.")
    .replace(/^(databricks|anthropic|openai)-(?=[a-z])/, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^meta-llama-/, "llama-")
    .replace(/^(llama|qwen)(?=\d)/, "$1-")
    .replace(dress, "")
    .replace(/^-|-$/g, "");
}

/** What is known to be a model: its id, and other names that it goes by. */
export type KnownModel = { id: string; names: readonly string[] };

/** Our id by an upstream's name. A name that two models share means neither. */
export function modelIndex(
  models: readonly KnownModel[],
): (upstreamModel: string) => string | null {
  const byName = new Map<string, string | null>();
  for (const { id, names } of models)
    for (const name of new Set([id, ...names].map(bareName))) {
      const known = byName.get(name);
      byName.set(name, known === undefined || known === id ? id : null);
    }
  return (upstreamModel) => {
    const name = bareName(upstreamModel);
    return byName.get(name) ?? byName.get(name.replace(/-(\d{8}|20\d\d-\d\d-\d\d)$/, "")) ?? null;
  };
}

/**
 * An id for a model that is new here. `certain` is false when neither the name nor the provider says who made it: then it
 * is filed under the provider.
 */
export function idForNew(
  provider: string,
  upstreamModel: string,
): { id: string; certain: boolean } {
  const segments = upstreamModel.toLowerCase().split("/");
  const organization = segments.length === 2 ? (segments[0] ?? "") : "";
  const named =
    organization === "" ? undefined : (authorsByOrganization[organization] ?? organization);
  const author = authorsByProvider[provider] ?? named;
  const name = (segments.at(-1) ?? "").replace(/[^a-z0-9._:-]+/g, "-").replace(/^[^a-z0-9]+/, "");
  const clean = (author ?? provider).replace(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+/, "");
  return { id: `${clean || "unknown"}/${name || "unnamed"}`, certain: author !== undefined };
}
