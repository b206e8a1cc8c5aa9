/** The table of facts that the shipped catalogue is written from (contract/catalogue.md section 7), row by row. */
import { readFileSync } from "node:fs";

/** A row: what one provider says of one model. Text as it stands; empty where nothing is known. */
export type Fact = {
  model: string;
  author: string;
  name: string;
  kind: string;
  provider: string;
  upstream_model_id: string;
  variant: string;
  context_tokens: string;
  max_output_tokens: string;
  input_modalities: string;
  output_modalities: string;
  usd_per_mtok_input: string;
  usd_per_mtok_output: string;
  usd_per_mtok_cache_read: string;
  usd_per_mtok_cache_write_5m: string;
  usd_per_mtok_cache_write_1h: string;
  usd_per_mtok_reasoning: string;
  usd_per_mtok_audio_input: string;
  usd_per_1k_requests: string;
  tiers_above_input_tokens: string;
  supported_parameters: string;
  supported_parameters_source: string;
  tokenizer_family: string;
  last_seen: string;
  price_source: string;
  price_check: string;
  price_checked_against: string;
  other_upstream_ids: string;
  hf_repo: string;
  on_openrouter_2026_11: string;
  note: string;
};

const columns = [
  "model",
  "author",
  "name",
  "kind",
  "provider",
  "upstream_model_id",
  "variant",
  "context_tokens",
  "max_output_tokens",
  "input_modalities",
  "output_modalities",
  "usd_per_mtok_input",
  "usd_per_mtok_output",
  "usd_per_mtok_cache_read",
  "usd_per_mtok_cache_write_5m",
  "usd_per_mtok_cache_write_1h",
  "usd_per_mtok_reasoning",
  "usd_per_mtok_audio_input",
  "usd_per_1k_requests",
  "tiers_above_input_tokens",
  "supported_parameters",
  "supported_parameters_source",
  "tokenizer_family",
  "last_seen",
  "price_source",
  "price_check",
  "price_checked_against",
  "other_upstream_ids",
  "hf_repo",
  "on_openrouter_2026_11",
  "note",
] as const satisfies readonly (keyof Fact)[];

/** @throws when the file is not that table. */
export function readFacts(path: string): Fact[] {
  const [header = [], ...rows] = parseCsv(readFileSync(path, "utf8"));
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) throw new Error(`${path} has no column ${missing.join(", ")}`);
  return rows.map((cells) => {
    const fact: Record<string, string> = {};
    for (const [at, column] of header.entries()) fact[column] = cells[at] ?? "";
    return fact as Fact;
  });
}

/** RFC 4180: fields in quotes may hold commas, line ends and doubled quotes. */
function parseCsv(text: string): string[][] {
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
  return rows;
}
