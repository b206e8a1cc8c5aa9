/**
 * Writes models.ts from the table of facts: node control-plane/shipped-catalogue/build.ts catalogue-facts.csv
 *
 * Taken: chat endpoints of the providers in providers.ts, with a price and a context length, seen since September 2026,
 * of models that OpenRouter listed in November 2026, or that the provider made itself and two sources price. Left out:
 * what answers on /responses only, and prices that the table calls outliers.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatPerMillion, parsePerMillion } from "#schema/money/amount.ts";
import { shippedProviders } from "./providers.ts";

const seenSince = "2026-09";
const authorOfProvider: Record<string, string> = { mistral: "mistralai", xai: "x-ai" };
/** OpenAI serves these by the Responses protocol only (contract/providers.md section 0, 22 November 2026). */
const responsesOnly = /^(gpt-5(\.\d)?-pro|o[13]-pro|.*codex.*|.*deep-research.*|.*multi-agent.*)$/;

type Fact = Record<string, string>;
type Endpoint = {
  provider: string;
  upstreamModel: string;
  context: number;
  output: number | null;
  charge: string;
};
type Model = { id: string; name: string; facts: Fact[]; endpoints: Endpoint[] };

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("Usage: node control-plane/shipped-catalogue/build.ts catalogue-facts.csv");
  process.exit(2);
}
const facts = parseCsv(readFileSync(path, "utf8")).filter(isShipped);
const models = groupByModel(facts);
writeFileSync(join(import.meta.dirname, "models.ts"), writeModels(models));
console.log(`${models.length} models, ${facts.length} endpoints`);

function isShipped(fact: Fact): boolean {
  const provider = read(fact, "provider");
  const author = authorOfProvider[provider] ?? provider;
  return (
    shippedProviders.some(({ slug }) => slug === provider) &&
    read(fact, "kind") === "chat" &&
    read(fact, "usd_per_mtok_input") !== "" &&
    read(fact, "usd_per_mtok_output") !== "" &&
    read(fact, "last_seen") >= seenSince &&
    Number(read(fact, "context_tokens")) > 0 &&
    (read(fact, "on_openrouter_2026_11") === "1" ||
      (read(fact, "author") === author && read(fact, "price_check") !== "single")) &&
    !(provider === "openai" && responsesOnly.test(read(fact, "upstream_model_id"))) &&
    !/multi-agent/.test(read(fact, "upstream_model_id")) &&
    !read(fact, "note").startsWith("price outlier") &&
    /^[a-z0-9~][a-z0-9._-]*\/[a-z0-9][a-z0-9._:-]*$/.test(read(fact, "model"))
  );
}

function groupByModel(shipped: readonly Fact[]): Model[] {
  const byId = Map.groupBy(shipped, (fact) => read(fact, "model"));
  return [...byId]
    .map(([id, ofModel]) => ({
      id,
      name: nameOf(ofModel),
      facts: ofModel,
      endpoints: ofModel.map((fact) => ({
        provider: read(fact, "provider"),
        upstreamModel: read(fact, "upstream_model_id"),
        context: Number(read(fact, "context_tokens")),
        output: outputOf(fact),
        charge: chargeOf(fact),
      })),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Sources disagree on names, and some repeat the id; the shortest that is a name reads best. */
function nameOf(ofModel: readonly Fact[]): string {
  const id = ofModel[0] === undefined ? "" : read(ofModel[0], "model");
  const names = ofModel
    .map((fact) => read(fact, "name"))
    .filter((name) => name !== "" && name !== id);
  return names.toSorted((a, b) => a.length - b.length)[0] ?? id;
}

/** A maximum that is the whole context leaves no room for a prompt and bounds nothing. */
function outputOf(fact: Fact): number | null {
  const output = Number(read(fact, "max_output_tokens"));
  return output > 0 && output < Number(read(fact, "context_tokens")) ? output : null;
}

function chargeOf(fact: Fact): string {
  const prices: [string, string][] = [
    ["input", read(fact, "usd_per_mtok_input")],
    ["output", read(fact, "usd_per_mtok_output")],
    ["cache_read", read(fact, "usd_per_mtok_cache_read")],
    ["cache_write", read(fact, "usd_per_mtok_cache_write_5m")],
    ["cache_write_1h", read(fact, "usd_per_mtok_cache_write_1h")],
    ["reasoning", read(fact, "usd_per_mtok_reasoning")],
    ["audio_input", read(fact, "usd_per_mtok_audio_input")],
  ];
  const tiers = read(fact, "tiers_above_input_tokens")
    .split(" ")
    .filter((tier) => tier !== "")
    .map((tier) => {
      const [above = "", list = ""] = tier.slice(1).split(":");
      const words: Record<string, string> = { in: "input", out: "output" };
      const higher = list.split(";").map((part): [string, string] => {
        const [word = "", amount = ""] = part.split("=");
        return [words[word] ?? word, amount];
      });
      return `{ above_input_tokens: ${underscored(Number(above))}, ${writePrices(higher)} }`;
    });
  const rest = tiers.length === 0 ? "" : `, tiers: [${tiers.join(", ")}]`;
  const peaks = peakHoursOf(fact);
  if (peaks.length === 0) return `{ ${writePrices(prices)}${rest} }`;
  if (rest !== "") throw new Error(`${read(fact, "model")}: tiers and peak hours at once`);
  // Our rows know no holidays: on a Chinese one, when the provider asks half all day, the peak price stands.
  const hours = peaks.map((at) => `{ at: "${at}", ${writePrices(prices)} }`);
  return `{ ${writePrices(prices.map(halved))}, hours: [${hours.join(", ")}] }`;
}

/** DeepSeek's rows hold its peak price, and say in words when that is; at other hours it is half. */
function peakHoursOf(fact: Fact): string[] {
  const note = read(fact, "note");
  const [, spans] =
    /^peak price \(Mon-Fri ([\d:-]+(?: and [\d:-]+)*) UTC[^)]*\); off-peak = exactly half, all fields$/.exec(
      note,
    ) ?? [];
  if (spans === undefined && note.startsWith("peak price"))
    throw new Error(`${read(fact, "model")}: peak hours in unknown words: ${note}`);
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

function writeModels(all: readonly Model[]): string {
  const body = all.map(({ id, name, facts: ofModel, endpoints }) => {
    const context = Math.max(...endpoints.map((endpoint) => endpoint.context));
    const outputs = endpoints
      .map((endpoint) => endpoint.output)
      .filter((output) => output !== null);
    const output = outputs.length === 0 ? null : Math.max(...outputs);
    const inputs = words(ofModel, "input_modalities", "+").map((word) =>
      word === "pdf" ? "file" : word,
    );
    const fields = [
      `id: ${JSON.stringify(id)}`,
      `name: ${JSON.stringify(name)}`,
      `context_length: ${underscored(context)}`,
      ...(output === null ? [] : [`max_output_tokens: ${underscored(output)}`]),
      `input_modalities: ${JSON.stringify(inputs)}`,
      // Other outputs exist on other paths; /chat/completions of these providers gives text.
      `output_modalities: ["text"]`,
      `supported_parameters: words("${words(ofModel, "supported_parameters", "+").join(" ")}")`,
      `endpoints: [${endpoints.map((endpoint) => writeEndpoint(endpoint, { context, output })).join(", ")}]`,
    ];
    return `  { ${fields.join(", ")} },`;
  });
  return `/** Written by build.ts from facts of 22 November 2026; change those, not this. Prices in USD per million tokens. */
import type { WrittenModel } from "../configuration/configuration.ts";

const words = (text: string): string[] => text.split(" ");

export const shippedModels: readonly WrittenModel[] = [
${body.join("\n")}
];
`;
}

function writeEndpoint(
  endpoint: Endpoint,
  model: { context: number; output: number | null },
): string {
  const fields = [
    `provider: ${JSON.stringify(endpoint.provider)}`,
    `upstream_model: ${JSON.stringify(endpoint.upstreamModel)}`,
    `charge: ${endpoint.charge}`,
    ...(endpoint.context === model.context
      ? []
      : [`context_length: ${underscored(endpoint.context)}`]),
    ...(endpoint.output === null || endpoint.output === model.output
      ? []
      : [`max_output_tokens: ${underscored(endpoint.output)}`]),
  ];
  return `{ ${fields.join(", ")} }`;
}

/** The words that any of the facts names. */
function words(ofModel: readonly Fact[], column: string, separator: string): string[] {
  const all = ofModel.flatMap((fact) => read(fact, column).split(separator));
  return [...new Set(all)].filter((word) => word !== "");
}

function underscored(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "_");
}

function withCents(amount: string): string {
  const [whole = "0", fraction = ""] = amount.split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

function read(fact: Fact, column: string): string {
  const value = fact[column];
  if (value === undefined) throw new Error(`the table has no column ${column}`);
  return value;
}

/** RFC 4180: fields in quotes may hold commas, line ends and doubled quotes. */
function parseCsv(text: string): Fact[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g,
  )) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === ",") continue;
    if (row.length > 1) rows.push(row);
    row = [];
  }
  const [header = [], ...body] = rows;
  return body.map((cells) =>
    Object.fromEntries(header.map((column, index) => [column, cells[index] ?? ""])),
  );
}
