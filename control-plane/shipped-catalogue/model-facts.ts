/**
 * What is known of models and endpoints by their family, and is in no column of the table: how they are spoken to, how they
 * think, what they read, which weights a host runs. contract/providers.md and contract/anthropic-messages.md 4.5 to 4.7, as
 * of 22 November 2026.
 */
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import type { WrittenModel } from "../configuration/configuration.ts";
import type { Fact } from "./read-facts.ts";

type Flags = Record<string, unknown>;
export type Reasoning = NonNullable<NonNullable<WrittenModel["details"]>["reasoning"]>;

/** On /v1/responses only, at OpenAI and at Azure (contract/providers.md section 0). */
const responsesOnly =
  /^(gpt-5(\.\d)?-pro|o[13]-pro|.*codex.*|gpt-.*-cyber|gpt-daybreak-.*|.*deep-research.*)$/;
/** From GPT-5.4 on, chat refuses `reasoning_effort` beside tools; Responses takes both, and gives thoughts back. */
const betterOnResponses = /^gpt-(5\.[4-9]|[6-9])/;

/** The protocol of an endpoint, where it is another than its provider's. */
export function protocolOf(fact: Fact): WireProtocolName | null {
  const id = fact.upstream_model_id;
  switch (fact.provider) {
    case "openai":
      if (fact.kind === "embedding") return "openai-embeddings";
      return responsesOnly.test(id) || betterOnResponses.test(id) ? "openai-responses" : null;
    case "azure":
      if (fact.kind === "embedding") return "openai-embeddings";
      return responsesOnly.test(id) ? "openai-responses" : null;
    case "xai":
    case "meta":
      return "openai-responses";
    case "google-ai-studio":
      return fact.kind === "embedding" ? "gemini-embeddings" : null;
    case "cohere":
      if (fact.kind === "rerank") return "cohere-rerank";
      return fact.kind === "embedding" ? "cohere-embed" : null;
    default:
      if (fact.kind === "rerank") return "jina-rerank";
      return fact.kind === "embedding" ? "openai-embeddings" : null;
  }
}

type Claude = { line: string; version: number };

/** Claude's generations, by the rules that they follow (contract/anthropic-messages.md 4.7). */
function claudeOf(model: string): Claude | null {
  const [, line, version] =
    /^anthropic\/claude-(fable|opus|sonnet|haiku)-(\d+(?:\.\d+)?)$/.exec(model) ?? [];
  return line === undefined || version === undefined ? null : { line, version: Number(version) };
}

/** Whether Claude refuses the sampling fields: all that came after Opus 4.6 (contract/providers.md section 0). */
const claudeRefusesSampling = ({ line, version }: Claude): boolean =>
  version >= 4.7 || line === "fable";

/** Thinking that cannot be switched off. */
const claudeAlwaysThinks = ({ line, version }: Claude): boolean =>
  line === "fable" || (line === "opus" && version >= 5.5);

/** What an endpoint's flags say over its provider's (`schema/flags`). */
export function flagsOf(fact: Fact, protocol: WireProtocolName): Flags {
  const claude = claudeOf(fact.model);
  switch (protocol) {
    case "anthropic-messages":
    case "vertex":
      return claude ? claudeFlags(claude) : {};
    case "openai-responses":
      return {
        // Azure's Responses takes its key as its chat does.
        ...(fact.provider === "azure" ? { auth: "api-key" } : {}),
        ...(fact.model.startsWith("openai/") ? responsesFlags(fact) : {}),
      };
    case "jina-rerank":
      return fact.provider === "voyage" ? { topField: "top_k" } : {};
    case "openai-embeddings":
      return fact.provider === "azure" ? { auth: "api-key" } : {};
    case "openai-chat":
    case "azure-openai":
      return chatFlags(fact, claude);
    case "cohere-chat":
      return {
        ...(/reasoning/.test(fact.model) ? {} : { thinking: false }),
        ...(/command-(r|r-plus)-08-2024|aya/.test(fact.model) ? { toolChoice: "auto" } : {}),
      };
    default:
      // Gemini's and Bedrock's protocols read such facts from the model's name.
      return {};
  }
}

/** contract/anthropic-messages.md 4.7; what holds without a flag is how Claude 4.6 behaves. */
function claudeFlags(claude: Claude): Flags {
  const { line, version } = claude;
  const takesSystemLater =
    line === "fable" || version >= 5.5 || (line === "opus" && version >= 4.8);
  return {
    ...(version < 4.6 ? { thinking: "budget", thinkingDisplay: false } : {}),
    ...(claudeAlwaysThinks(claude) ? { thinking: "always" } : {}),
    ...(version === 4.6 ? { efforts: ["low", "medium", "high", "max"] } : {}),
    ...(claudeRefusesSampling(claude) ? { sampling: false } : {}),
    ...(version >= 4.6 ? { prefill: false } : {}),
    ...(version < 4.5 ? { structuredOutputs: "tool", strictTools: false } : {}),
    ...(takesSystemLater ? { midSystem: true } : {}),
  };
}

/** OpenAI's thinking models: thoughts are asked for enciphered, so that they can go back; sampling is refused. */
function responsesFlags(fact: Fact): Flags {
  const known = reasoningOf(fact.model);
  return {
    ...(known ? { reasoning: "always", ...effortFlags(known) } : {}),
    sampling: false,
    ...(openaiVersion(fact.model) >= 5.6 ? { cacheMarks: "breakpoints" } : {}),
  };
}

function chatFlags(fact: Fact, claude: Claude | null): Flags {
  if (claude)
    return claudeRefusesSampling(claude) ? { unsupported: ["temperature", "top_p", "top_k"] } : {};
  const known = reasoningOf(fact.model);
  // vLLM and all who serve it tell gpt-oss by the effort, whatever they tell others by.
  if (/gpt-oss/.test(fact.model))
    return { reasoningIn: "effort", ...(known ? effortFlags(known) : {}) };
  if (/^openai\/(o\d|gpt-[56])/.test(fact.model) && known)
    return {
      ...effortFlags(known),
      ...(openaiVersion(fact.model) >= 5.4 ? { effortWithTools: false } : {}),
      unsupported: [
        "temperature",
        "top_p",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "stop",
        ...(/\/o\d/.test(fact.model) ? ["parallel_tool_calls"] : []),
      ],
    };
  // Whoever does not think refuses to be told to, at most hosts.
  if (!parametersOf(fact).includes("reasoning")) return { reasoningIn: "none" };
  return known?.mandatory ? { reasoningMandatory: true } : {};
}

const effortFlags = ({ mandatory, supported_efforts: efforts }: Reasoning): Flags => ({
  ...(efforts ? { reasoningEfforts: efforts.toReversed() } : {}),
  ...(mandatory ? { reasoningMandatory: true } : {}),
});

/** `openai/gpt-5.6-sol` is 5.6; what has no such number is 0. */
const openaiVersion = (model: string): number =>
  Number(/^openai\/gpt-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? 0);

const levels = ["low", "medium", "high"];

/** From most to least, as the contract orders them. */
const effortOrder = ["max", "xhigh", "high", "medium", "low", "minimal", "none"];

/** How a model thinks, where that is known; undefined says nothing. */
export function reasoningOf(model: string): Reasoning | undefined {
  const known = familyReasoning(model);
  if (!known) return undefined;
  const { supported_efforts: efforts, supports_max_tokens: hasBudget, ...rest } = known;
  return {
    ...rest,
    ...(efforts ? { supported_efforts: effortOrder.filter((one) => efforts.includes(one)) } : {}),
    ...(hasBudget ? { supports_max_tokens: true } : {}),
  };
}

function familyReasoning(model: string): Reasoning | undefined {
  const claude = claudeOf(model);
  if (claude) {
    const { line, version } = claude;
    if (line === "haiku" && version < 5)
      return { mandatory: false, default_enabled: false, supports_max_tokens: true };
    if (version < 4.6)
      return { mandatory: false, default_enabled: false, supports_max_tokens: true };
    return {
      mandatory: claudeAlwaysThinks(claude),
      default_enabled: line === "fable" || version >= 5,
      supported_efforts: [...levels, ...(version >= 4.7 ? ["xhigh"] : []), "max"],
      default_effort: "high",
      supports_max_tokens: version < 4.7,
    };
  }
  const name = model.slice(model.indexOf("/") + 1);
  if (model.startsWith("openai/")) return openaiReasoning(name);
  if (name.startsWith("gemini-2.5-"))
    return {
      mandatory: name === "gemini-2.5-pro",
      default_enabled: name !== "gemini-2.5-flash-lite",
      supports_max_tokens: true,
    };
  if (/^gemini-[34]/.test(name))
    return {
      mandatory: true,
      default_enabled: true,
      supported_efforts: /flash/.test(name) ? ["minimal", ...levels] : levels,
      supports_max_tokens: false,
    };
  if (model.startsWith("deepseek/deepseek-v4"))
    return {
      mandatory: false,
      default_enabled: true,
      supported_efforts: [...levels, "max"],
      supports_max_tokens: false,
    };
  if (name.startsWith("deepseek-r1")) return { mandatory: true, default_enabled: true };
  if (/^glm-(4\.[567]|5)/.test(name)) return { mandatory: false, default_enabled: true };
  if (/^kimi-k2-thinking|-thinking(-2507)?$/.test(name))
    return { mandatory: true, default_enabled: true };
  return undefined;
}

function openaiReasoning(name: string): Reasoning | undefined {
  const of = (efforts: string[], mandatory: boolean, initial: string): Reasoning => ({
    mandatory,
    default_enabled: initial !== "none",
    supported_efforts: efforts,
    default_effort: initial,
    supports_max_tokens: false,
  });
  if (name.startsWith("gpt-oss-") || /^o[134](-|$)/.test(name)) return of(levels, true, "medium");
  if (/chat/.test(name)) return undefined;
  if (name === "gpt-5-pro") return of(["high"], true, "high");
  if (/^gpt-5(-mini|-nano)?$/.test(name)) return of(["minimal", ...levels], true, "medium");
  if (/^gpt-5\.[2345]-pro$/.test(name)) return of(["medium", "high", "xhigh"], true, "high");
  if (/^gpt-5\.\d-codex/.test(name)) return of([...levels, "xhigh"], true, "medium");
  if (name === "gpt-5.1") return of(["none", ...levels], false, "none");
  if (/^gpt-5\.[2345](-mini|-nano)?$/.test(name))
    return of(["none", ...levels, "xhigh"], false, "none");
  if (/^gpt-(5\.6|6)/.test(name)) return of(["none", ...levels, "xhigh", "max"], false, "medium");
  return undefined;
}

/** What a row's model reads; sources that only say "image" of a family that reads more are completed. */
export function inputsOf(fact: Fact): string[] {
  const inputs = new Set(fact.input_modalities.split("+").filter((word) => word !== ""));
  if (inputs.has("image") && /^(anthropic|openai)\//.test(fact.model) && fact.kind === "chat")
    inputs.add("pdf");
  if (/^google\/gemini-[234]/.test(fact.model) && fact.kind === "chat")
    for (const word of ["pdf", "audio", "video"]) inputs.add(word);
  if (fact.model.startsWith("openai/gpt-oss-")) return ["text"];
  return ["text", "image", "pdf", "audio", "video"]
    .filter((word) => inputs.has(word))
    .map((word) => (word === "pdf" ? "file" : word));
}

/** The parameters of a row. Those that the table inferred are completed by what is known of who listed it. */
export function parametersOf(fact: Fact): string[] {
  const words = new Set(fact.supported_parameters.split("+").filter((word) => word !== ""));
  if (fact.kind === "rerank") return [];
  if (fact.kind === "embedding") return embeddingParameters(fact.model);
  const inferred = fact.supported_parameters_source === "inferred";
  const add = (...more: string[]): void => {
    for (const word of more) words.add(word);
  };
  // pi-ai is made for agents and lists only models that call tools.
  if (inferred && fact.price_source.startsWith("pi-ai")) add("tools", "tool_choice");
  if (fact.provider === "cohere" && /command/.test(fact.model))
    add("tools", "tool_choice", "response_format", "structured_outputs");
  const claude = claudeOf(fact.model);
  if (claude) {
    add("tools", "tool_choice", "stop", "max_tokens", "reasoning", "include_reasoning");
    if (claude.version >= 4.5) add("response_format", "structured_outputs");
    if (claudeRefusesSampling(claude))
      for (const word of ["temperature", "top_p", "top_k"]) words.delete(word);
  }
  if (inferred && /^openai\/gpt-[56]/.test(fact.model)) {
    add("response_format", "structured_outputs", "reasoning_effort", "max_completion_tokens");
    for (const word of ["temperature", "top_p", "stop"]) words.delete(word);
  }
  if (inferred && /^google\/gemini-[34]/.test(fact.model))
    add("response_format", "structured_outputs", "seed", "top_k");
  return [...words].toSorted();
}

/** Which vectors can be asked to be shorter, as their makers document it. */
const embeddingParameters = (model: string): string[] =>
  /^(openai\/text-embedding-3|google\/gemini-embedding|qwen\/qwen3-embedding)/.test(model)
    ? ["dimensions"]
    : [];

/** Which weights a host runs, where its name for the model says so. */
export function quantizationOf(fact: Fact): string | null {
  const id = fact.upstream_model_id.toLowerCase();
  const [, said] = /(?:^|[^a-z0-9])(fp8|fp4|nvfp4|int4|int8|bf16)(?:$|[^a-z0-9])/.exec(id) ?? [];
  if (said !== undefined) return said.replace("nv", "");
  if (/awq|gptq/.test(id)) return "int4";
  // Together's Turbo is FP8 of the same weights (contract/catalogue.md section 4).
  if (fact.provider === "together" && fact.variant === "turbo") return "fp8";
  return null;
}

/** Which of a provider's endpoints of one model this is. */
export function tagOf(fact: Fact): string | null {
  const id = fact.upstream_model_id;
  const [, region] = /^(global|us|eu|apac|au|jp)\./.exec(id) ?? [];
  const parts = [
    region ?? "",
    fact.variant || (/-turbo-/.test(id) && fact.provider === "chutes" ? "turbo" : ""),
    id.endsWith("-TEE") ? "tee" : "",
    id.endsWith("-tput") ? "tput" : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : parts.join("-");
}

/** The day of the release, where the provider's full name of the model has it. */
export function releasedOn(facts: readonly Fact[]): string | null {
  const own = facts.filter(({ provider }) =>
    [
      "openai",
      "anthropic",
      "mistral",
      "google-ai-studio",
      "google-vertex",
      "amazon-bedrock",
    ].includes(provider),
  );
  const ids = own.flatMap((fact) => [
    fact.upstream_model_id,
    ...fact.other_upstream_ids.split(" "),
  ]);
  for (const id of ids) {
    const [, year, month, day] =
      /[-@](20\d\d)-(\d\d)-(\d\d)(?:$|[^0-9])/.exec(id) ??
      /[-@](20\d\d)(\d\d)(\d\d)(?:$|[^0-9])/.exec(id) ??
      [];
    if (year !== undefined && month !== undefined && day !== undefined && Number(month) <= 12)
      return `${year}-${month}-${day}`;
  }
  return null;
}

/** The family of the vocabulary, in the estimator's words (`data-plane/tokens/families.ts`). */
export function tokenizerOf(facts: readonly Fact[]): string {
  const families = facts.map(({ tokenizer_family: family }) =>
    family.startsWith("sonar") ? "llama3" : family.replace(/\(.*\)$/, ""),
  );
  const counted = [...Map.groupBy(families, (family) => family)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  );
  const most = counted[0]?.[0] ?? "";
  return most === "unknown" || most === "" ? "other" : most;
}
