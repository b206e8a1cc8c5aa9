/** The words between dialects and wire protocols for vectors and for ranking: what was asked, what comes back. Types and checks of shape only. */
import type { Whole } from "./chat.ts";
import { isObject } from "./json-value.ts";

/** A vector as numbers, or as base64 of little-endian 32-bit floats, which is what `encoding_format: "base64"` means. */
export type Vector = readonly number[] | string;
export type EmbeddingRow = { index: number; embedding: Vector };
/** Whole answers keep their rows beside what chat has; there are no `choices`. */
export type Embeddings = Whole & { data: EmbeddingRow[] };

export type RankedDocument = { index: number; relevance_score: number };
export type Ranking = Whole & { results: RankedDocument[] };

/** What a provider's rows say, in the order of the inputs; null when one is missing, stands twice, or is no vector. */
export function embeddingRows(rows: unknown, inputs: number): EmbeddingRow[] | null {
  if (!Array.isArray(rows) || rows.length !== inputs) return null;
  const sorted: EmbeddingRow[] = [];
  for (const [place, row] of rows.entries()) {
    if (!isObject(row)) return null;
    const index = row["index"] ?? place;
    const embedding = row["embedding"];
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= inputs)
      return null;
    if (sorted[index] || !isVector(embedding)) return null;
    sorted[index] = { index, embedding };
  }
  return sorted;
}

/** What a provider's ranking says, best first as it came; null when a document is unknown, stands twice, or has no score. */
export function rankedDocuments(results: unknown, documents: number): RankedDocument[] | null {
  if (!Array.isArray(results) || results.length > documents) return null;
  const seen = new Set<number>();
  const ranked: RankedDocument[] = [];
  for (const result of results) {
    if (!isObject(result)) return null;
    const { index, relevance_score: score } = result;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= documents)
      return null;
    if (typeof score !== "number" || !Number.isFinite(score) || seen.has(index)) return null;
    seen.add(index);
    ranked.push({ index, relevance_score: score });
  }
  return ranked;
}

export function toBase64(vector: Vector): string {
  return typeof vector === "string"
    ? vector
    : Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}

export function toNumbers(vector: Vector): readonly number[] {
  if (typeof vector !== "string") return vector;
  const bytes = Buffer.from(vector, "base64");
  const numbers: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) numbers.push(bytes.readFloatLE(at));
  return numbers;
}

/** How many inputs a request has: one text or one list of token ids is one. */
export function inputsOf(input: unknown): number {
  if (!Array.isArray(input)) return 1;
  return typeof input[0] === "number" ? 1 : input.length;
}

function isVector(value: unknown): value is Vector {
  if (typeof value === "string") return value.length > 0;
  return Array.isArray(value) && value.length > 0 && typeof value[0] === "number";
}
