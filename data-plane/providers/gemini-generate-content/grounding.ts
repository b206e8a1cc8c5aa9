/** What an answer that searched rests on: citations for the client, and how many searches are billed. */
import { listOf, textOf } from "./wire.ts";
import { isObject } from "../../operations/json-value.ts";

const citationsMax = 500;

/**
 * Google bills each query from Gemini 3 on, and once for a prompt that was searched for before
 * (ai.google.dev/gemini-api/docs/pricing, September 2026).
 */
export function searchesOf(
  grounding: Record<string, unknown>,
  billing: "query" | "prompt",
): number {
  const queries = listOf(grounding["webSearchQueries"]).filter((query) => textOf(query) !== "");
  if (billing === "query") return queries.length;
  return queries.length > 0 || listOf(grounding["groundingChunks"]).length > 0 ? 1 : 0;
}

/**
 * Citations as the contract has them (openrouter-api.md 3.1). Google names stretches of the text by bytes of UTF-8; ours
 * are characters of the content. A source that nothing in the text rests on is cited at its beginning.
 */
export function citationsOf(grounding: Record<string, unknown>, text: string): object[] {
  const sources = listOf(grounding["groundingChunks"]).map((chunk) => {
    const source = isObject(chunk)
      ? (chunk["web"] ?? chunk["maps"] ?? chunk["retrievedContext"])
      : null;
    const url = isObject(source) ? textOf(source["uri"]) : "";
    return url === "" ? null : { url, title: isObject(source) ? textOf(source["title"]) : "" };
  });
  const citations: object[] = [];
  const cited = new Set<number>();
  const bytes = Buffer.from(text, "utf8");
  const at = (value: unknown): number =>
    typeof value === "number" && value > 0 ? bytes.toString("utf8", 0, value).length : 0;
  const cite = (index: number, from: number, to: number, content: string): void => {
    const source = sources[index];
    if (!source || citations.length >= citationsMax) return;
    cited.add(index);
    citations.push({
      type: "url_citation",
      url_citation: {
        ...source,
        ...(content === "" ? {} : { content }),
        start_index: from,
        end_index: to,
      },
    });
  };
  for (const support of listOf(grounding["groundingSupports"]).slice(0, citationsMax)) {
    if (!isObject(support) || !isObject(support["segment"])) continue;
    const { startIndex, endIndex, text: content } = support["segment"];
    const from = at(startIndex);
    const to = at(endIndex);
    for (const index of listOf(support["groundingChunkIndices"]))
      if (typeof index === "number") cite(index, from, to, textOf(content));
  }
  for (const index of sources.keys()) if (!cited.has(index)) cite(index, 0, 0, "");
  return citations;
}
