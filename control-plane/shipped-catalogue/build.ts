/**
 * Writes models/ and models.ts from the table of facts: node control-plane/shipped-catalogue/build.ts catalogue-facts.csv
 *
 * Taken: endpoints of the providers in providers.ts with a price above zero and a context length, seen since September 2026
 * (August where no newer list covers the provider), of models that OpenRouter listed in November 2026, that their maker
 * serves itself, or that two providers serve. What `review.ts` names is left out or set right. The result is reviewed and
 * committed; the table stays outside.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  formatDollars,
  formatPerMillion,
  parseDollars,
  parsePerMillion,
} from "#schema/money/amount.ts";
import { addedFacts } from "./added-facts.ts";
import { aliases } from "./aliases.ts";
import {
  flagsOf,
  inputsOf,
  parametersOf,
  protocolOf,
  quantizationOf,
  reasoningOf,
  releasedOn,
  tagOf,
  tokenizerOf,
} from "./model-facts.ts";
import { shippedProviders } from "./providers.ts";
import { readFacts, type Fact } from "./read-facts.ts";
import { corrected, reasonAgainst } from "./review.ts";

/** The day of the table. */
const factsOf = "2026-11-22";
/** Which provider is a maker's own, where they are not called alike. */
const ownProvider: Record<string, string> = {
  "meta-llama": "meta",
  mistralai: "mistral",
  "x-ai": "xai",
  google: "google-ai-studio",
  amazon: "amazon-bedrock",
  qwen: "alibaba",
  "arcee-ai": "arcee",
};
/** The names of sources in sources.ts. */
const sourceNames: Record<string, string> = {
  "pi-ai@1.5.2": "piAi",
  "genai-prices@0.1.8": "genaiPrices",
  "portkey-models@2026-08-21": "portkey",
  "litellm@2026-08-06": "liteLlm",
  "models.dev@2026-07-02": "modelsDev",
  "voyage-docs@2026-05-01": "voyageDocs",
  "cohere-pricing@2025-12-31": "coherePricing",
  "openrouter-page@2026-04-06": "openRouterPage",
};

const outputOfKind: Record<string, string> = {
  chat: '["text"]',
  embedding: '["embeddings"]',
  rerank: '["rerank"]',
};

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("Usage: node control-plane/shipped-catalogue/build.ts catalogue-facts.csv");
  process.exit(2);
}
const facts = choose([...readFacts(path), ...addedFacts]);
const byAuthor = Map.groupBy(facts, (fact) => fact.model.slice(0, fact.model.indexOf("/")));
// All of it is made before any of it is written: what is there must not go for a mistake.
const files = [...byAuthor].map(([author, ofAuthor]): [name: string, text: string] => [
  `${author}.ts`,
  writeAuthor(author, ofAuthor),
]);
const index = writeIndex([...byAuthor.keys()].toSorted());
const folder = join(import.meta.dirname, "models");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [name, text] of files) writeFileSync(join(folder, name), text);
writeFileSync(join(import.meta.dirname, "models.ts"), index);
const distinct = (column: "model" | "provider"): number =>
  new Set(facts.map((fact) => fact[column])).size;
console.log(
  `${distinct("model")} models, ${facts.length} endpoints, ${distinct("provider")} providers, ${files.length} authors`,
);

function choose(all: readonly Fact[]): Fact[] {
  const priced = all.map(corrected).filter(couldBeShipped);
  const hosts = Map.groupBy(priced, (fact) => fact.model);
  return priced
    .filter((fact) => {
      const ofModel = hosts.get(fact.model) ?? [];
      return (
        fact.kind !== "chat" ||
        ofModel.some((each) => each.on_openrouter_2026_11 === "1" || isOwn(each)) ||
        new Set(ofModel.map(({ provider }) => provider)).size >= 2
      );
    })
    .flatMap(bedrockProfiles)
    .toSorted(
      (a, b) =>
        compare(a.model, b.model) ||
        compare(a.provider, b.provider) ||
        compare(tagOf(a) ?? "", tagOf(b) ?? ""),
    );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isOwn(fact: Fact): boolean {
  return fact.provider === (ownProvider[fact.author] ?? fact.author);
}

function couldBeShipped(fact: Fact): boolean {
  const isFree = !(Number(fact.usd_per_mtok_input) > 0 || Number(fact.usd_per_1k_requests) > 0);
  const seenSince =
    fact.kind === "embedding" || ["google-vertex", "cohere"].includes(fact.provider)
      ? "2026-08"
      : "2026-09";
  return (
    shippedProviders.some(({ slug }) => slug === fact.provider) &&
    ["chat", "embedding", "rerank"].includes(fact.kind) &&
    // No price, or that of a trial, is none to charge by; and a `:free` variant is a provider's to give.
    !isFree &&
    fact.usd_per_mtok_output !== "" &&
    fact.last_seen >= seenSince &&
    Number(fact.context_tokens) > 0 &&
    reasonAgainst(fact) === null &&
    /^[a-z0-9~][a-z0-9._-]*\/[a-z0-9][a-z0-9._:-]*$/.test(fact.model)
  );
}

/**
 * Bedrock answers newer models by inference profiles only (contract/providers.md 4.5): `global.` where there is one, else
 * `us.`. A price that is 1.1 times the maker's in every part is a region's: it stays with the regional profile, and the
 * profile of everywhere gets the maker's.
 */
function bedrockProfiles(fact: Fact, _at: number, all: readonly Fact[]): Fact[] {
  if (fact.provider !== "amazon-bedrock") return [fact];
  const ids = [fact.upstream_model_id, ...fact.other_upstream_ids.split(" ")];
  const bare = fact.upstream_model_id.replace(/^(global|us|eu|apac|au|jp|in|ca|us-gov)\./, "");
  const profile = (region: string): string | undefined =>
    ids.find((id) => id === `${region}.${bare}`);
  const everywhere = profile("global");
  const regional = profile("us") ?? profile("eu");
  const named = (id: string): Fact => ({ ...fact, upstream_model_id: id });
  const own = all.find((each) => each.model === fact.model && isOwn(each) && each !== fact);
  const global = own && everywhere !== undefined ? withoutATenth(fact, own) : null;
  if (everywhere !== undefined && global !== null)
    return [
      { ...global, upstream_model_id: everywhere },
      ...(regional === undefined ? [] : [named(regional)]),
    ];
  // In-region by its price, and no maker's to compare with.
  if (fact.model === "amazon/nova-2-lite-v1" || fact.model === "z-ai/glm-5.3")
    return [named(regional ?? bare)];
  return [named(everywhere ?? regional ?? fact.upstream_model_id)];
}

/** The maker's prices as Bedrock's of everywhere, when the row's are 1.1 times those; else null. */
function withoutATenth(fact: Fact, own: Fact): Fact | null {
  const columns = ["usd_per_mtok_input", "usd_per_mtok_output", "usd_per_mtok_cache_read"] as const;
  const isTenthMore = columns.every((column) =>
    fact[column] === "" || own[column] === ""
      ? fact[column] === own[column]
      : parsePerMillion(fact[column]) * 10n === parsePerMillion(own[column]) * 11n,
  );
  if (!isTenthMore) return null;
  return {
    ...fact,
    usd_per_mtok_input: own.usd_per_mtok_input,
    usd_per_mtok_output: own.usd_per_mtok_output,
    usd_per_mtok_cache_read: own.usd_per_mtok_cache_read,
    usd_per_mtok_cache_write_5m: own.usd_per_mtok_cache_write_5m,
    usd_per_mtok_cache_write_1h: own.usd_per_mtok_cache_write_1h,
    tiers_above_input_tokens:
      fact.tiers_above_input_tokens === "" ? "" : own.tiers_above_input_tokens,
    note: "without a tenth",
  };
}

/**
 * Sources disagree on names, and some repeat the id; the shortest that is a name reads best. Where there is none, the id is
 * written as one. o1 and gpt-oss are written small by their maker.
 */
function nameOf(ofModel: readonly Fact[]): string {
  const id = ofModel[0]?.model ?? "";
  const slug = id.slice(id.indexOf("/") + 1);
  if (/^(o\d|gpt-oss)/.test(slug)) return ofModel[0]?.name ?? id;
  const names = ofModel
    .map(({ name }) => name.trim())
    .filter((name) => /[A-Z]/.test(name) && !name.includes("/"));
  const [shortest] = names.toSorted((a, b) => a.length - b.length);
  return (
    shortest ?? slug.replaceAll("-", " ").replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())
  );
}

function contextOf(fact: Fact): number {
  return Number(fact.context_tokens);
}

function outputOf(fact: Fact): number | null {
  const output = Number(fact.max_output_tokens);
  return output > 0 ? Math.min(output, contextOf(fact)) : null;
}

function writeAuthor(author: string, ofAuthor: readonly Fact[]): string {
  const up = "../.."; // from models/
  const models = [...Map.groupBy(ofAuthor, (fact) => fact.model)].map(([id, ofModel]) =>
    writeModel(id, ofModel),
  );
  const body = models.join("\n");
  const used = [
    ...Object.values(sourceNames),
    "liteLlmConverted",
    "modelsDevConverted",
    "piAiGlobal",
  ]
    .filter((name) => new RegExp(`\\.\\.\\.${name}\\b`).test(body))
    .toSorted();
  return `/** Written by build.ts from facts of ${factsOf}; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "${up}/configuration/configuration.ts";
import { ${used.join(", ")} } from "../sources.ts";
${body.includes("words(") ? 'import { words } from "../words.ts";' : ""}

export const ${variableOf(author)}: readonly WrittenModel[] = [
${body}
];
`;
}

/** `meta-llama` to `metaLlama`. */
function variableOf(author: string): string {
  return author.replace(/[^a-z0-9]+(.)/g, (_match, letter: string) => letter.toUpperCase());
}

function writeIndex(authors: readonly string[]): string {
  return `/** Written by build.ts: every model that is shipped, by its id. */
import type { WrittenModel } from "../configuration/configuration.ts";
${authors.map((author) => `import { ${variableOf(author)} } from "./models/${author}.ts";`).join("\n")}

/** The day of the facts; a release that ships older ones than 60 days is refused (\`check-age.ts\`). */
export const factsOf = "${factsOf}";

export const shippedModels: readonly WrittenModel[] = [
${authors.map((author) => `  ...${variableOf(author)},`).join("\n")}
];
`;
}

type Shared = { context: number; output: number | null; parameters: string[] };

function writeModel(id: string, ofModel: readonly Fact[]): string {
  const outputs = ofModel.map(outputOf).filter((output) => output !== null);
  const shared: Shared = {
    context: Math.max(...ofModel.map(contextOf)),
    output: outputs.length === 0 ? null : Math.max(...outputs),
    parameters: [...new Set(ofModel.flatMap(parametersOf))].toSorted(),
  };
  const details = detailsOf(id, ofModel);
  const fields = [
    `id: ${JSON.stringify(id)}`,
    `name: ${JSON.stringify(nameOf(ofModel))}`,
    `context_length: ${underscored(shared.context)}`,
    ...(shared.output === null ? [] : [`max_output_tokens: ${underscored(shared.output)}`]),
    `input_modalities: ${JSON.stringify(mostlyRead(ofModel))}`,
    // Other outputs exist on other paths; /chat/completions gives text, and no price of another is known.
    `output_modalities: ${outputOfKind[ofModel[0]?.kind ?? "chat"]}`,
    `supported_parameters: ${writeWords(shared.parameters)}`,
    `tokenizer: ${JSON.stringify(tokenizerOf(ofModel))}`,
    ...(Object.keys(details).length === 0 ? [] : [`details: ${JSON.stringify(details)}`]),
    `endpoints: [\n${ofModel.map((fact) => `    ${writeEndpoint(fact, shared)},`).join("\n")}\n  ]`,
  ];
  return `  { ${fields.join(", ")} },`;
}

/** What at least half of the rows say that it reads: a picture must not go to a host that knows none. */
function mostlyRead(ofModel: readonly Fact[]): string[] {
  const lists = ofModel.map(inputsOf);
  return ["text", "image", "file", "audio", "video"].filter(
    (word) => lists.filter((list) => list.includes(word)).length * 2 >= lists.length,
  );
}

function detailsOf(id: string, ofModel: readonly Fact[]): Record<string, unknown> {
  const repository = ofModel.map(({ hf_repo: name }) => name).find((name) => name !== "");
  const released = releasedOn(ofModel);
  const reasoning = ofModel.some((fact) => parametersOf(fact).includes("reasoning"))
    ? reasoningOf(id)
    : undefined;
  const names = Object.keys(aliases).filter((alias) => aliases[alias] === id);
  return {
    ...(repository === undefined ? {} : { hugging_face_id: repository }),
    ...(released === null ? {} : { released_on: released }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(names.length === 0 ? {} : { aliases: names }),
  };
}

function writeEndpoint(fact: Fact, shared: Shared): string {
  const ofProvider = shippedProviders.find(({ slug }) => slug === fact.provider);
  if (!ofProvider) throw new Error(`no provider ${fact.provider}`);
  const protocol = protocolOf(fact) ?? ofProvider.protocol;
  const flags = withProviders(flagsOf(fact, protocol), ofProvider.flags);
  const tag = tagOf(fact);
  const quantization = quantizationOf(fact);
  const output = outputOf(fact);
  const parameters = parametersOf(fact);
  const fields = [
    `provider: ${JSON.stringify(fact.provider)}`,
    `upstream_model: ${JSON.stringify(fact.upstream_model_id)}`,
    ...(tag === null ? [] : [`tag: ${JSON.stringify(tag)}`]),
    `charge: ${chargeOf(fact)}`,
    ...(contextOf(fact) === shared.context
      ? []
      : [`context_length: ${underscored(contextOf(fact))}`]),
    ...(output === null || output === shared.output
      ? []
      : [`max_output_tokens: ${underscored(output)}`]),
    ...(quantization === null ? [] : [`quantization: ${JSON.stringify(quantization)}`]),
    ...(protocol === ofProvider.protocol ? [] : [`protocol: ${JSON.stringify(protocol)}`]),
    ...(Object.keys(flags).length === 0 ? [] : [`flags: ${JSON.stringify(flags)}`]),
    ...(parameters.join(" ") === shared.parameters.join(" ")
      ? []
      : [`supported_parameters: ${writeWords(parameters)}`]),
  ];
  return `{ ${fields.join(", ")} }`;
}

/** A list among an endpoint's flags stands in place of its provider's, so that has to be in it. */
function withProviders(
  flags: Record<string, unknown>,
  ofProvider: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const [own, others] = [flags["unsupported"], ofProvider["unsupported"]];
  if (!Array.isArray(own) || !Array.isArray(others)) return flags;
  return { ...flags, unsupported: [...new Set<unknown>([...others, ...own])] };
}

function chargeOf(fact: Fact): string {
  const prices: [string, string][] = [
    ["input", fact.usd_per_mtok_input],
    ["output", fact.usd_per_mtok_output],
    ["cache_read", fact.usd_per_mtok_cache_read],
    ["cache_write", fact.usd_per_mtok_cache_write_5m],
    ["cache_write_1h", fact.usd_per_mtok_cache_write_1h],
    // Thoughts cost what the answer costs unless the list says otherwise.
    [
      "reasoning",
      fact.usd_per_mtok_reasoning === fact.usd_per_mtok_output ? "" : fact.usd_per_mtok_reasoning,
    ],
    ["audio_input", fact.usd_per_mtok_audio_input],
    ["request", perRequest(fact.usd_per_1k_requests)],
  ];
  const tiers = fact.tiers_above_input_tokens
    .split(" ")
    .filter((tier) => tier.startsWith(">"))
    .map((tier) => {
      const [above = "", list = ""] = tier.slice(1).split(":");
      const words: Record<string, string> = { in: "input", out: "output" };
      const higher = list.split(";").map((part): [string, string] => {
        const [word = "", amount = ""] = part.split("=");
        return [words[word] ?? word, amount];
      });
      return `{ ${edgeOf(fact, Number(above))}, ${writePrices(higher)} }`;
    });
  const rest = tiers.length === 0 ? "" : `, tiers: [${tiers.join(", ")}]`;
  const from = `, ...${sourceOf(fact)}`;
  const peaks = peakHoursOf(fact);
  if (peaks.length === 0) return `{ ${writePrices(prices)}${rest}${from} }`;
  if (rest !== "") throw new Error(`${fact.model}: tiers and peak hours at once`);
  // Our rows know no holidays: on a Chinese one, when the provider asks half all day, the peak price stands.
  const hours = peaks.map((at) => `{ at: "${at}", ${writePrices(prices)} }`);
  return `{ ${writePrices(prices.map(halved))}, hours: [${hours.join(", ")}]${from} }`;
}

/** OpenAI's long price starts at 272,000 tokens; all others say "above" (contract/catalogue.md section 6). */
function edgeOf(fact: Fact, above: number): string {
  return fact.author === "openai" && above === 272_000
    ? "from_input_tokens: 272_000"
    : `above_input_tokens: ${underscored(above)}`;
}

/** USD for a thousand as USD for one. */
function perRequest(perThousand: string): string {
  return perThousand === "" ? "" : formatDollars(parseDollars(perThousand) / 1_000n);
}

function sourceOf(fact: Fact): string {
  const name = sourceNames[fact.price_source];
  if (name === undefined)
    throw new Error(`${fact.model}: ${fact.price_source} is in no line of sourceNames`);
  if (fact.note === "without a tenth") return `${name}Global`;
  return fact.note.startsWith("converted from") ? `${name}Converted` : name;
}

/** DeepSeek's rows hold its peak price, and say in words when that is; at other hours it is half. */
function peakHoursOf(fact: Fact): string[] {
  const [, spans] =
    /^peak price \(Mon-Fri ([\d:-]+(?: and [\d:-]+)*) UTC[^)]*\); off-peak = exactly half, all fields$/.exec(
      fact.note,
    ) ?? [];
  if (spans === undefined && fact.note.startsWith("peak price"))
    throw new Error(`${fact.model}: peak hours in unknown words: ${fact.note}`);
  return spans?.split(" and ").map((span) => `mon,tue,wed,thu,fri ${span}`) ?? [];
}

function halved([word, amount]: readonly [string, string]): [string, string] {
  if (amount === "") return [word, ""];
  const perUnit = parsePerMillion(amount);
  if (perUnit % 2n !== 0n) throw new Error(`half of ${amount} cannot be charged exactly`);
  return [word, formatPerMillion(perUnit / 2n)];
}

function writePrices(prices: readonly [string, string][]): string {
  return prices
    .filter(([, amount]) => amount !== "")
    .map(([meter, amount]) => `${meter}: "${withCents(amount)}"`)
    .join(", ");
}

function writeWords(list: readonly string[]): string {
  return list.length === 0 ? "[]" : `words("${list.join(" ")}")`;
}

function withCents(amount: string): string {
  const [whole = "0", fraction = ""] = amount.split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

function underscored(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "_");
}
