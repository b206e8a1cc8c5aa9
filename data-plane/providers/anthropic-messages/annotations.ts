/** Citations as the contract's annotations: those that name an address (openrouter-api.md 3.1). */
import { isObject } from "../../operations/json-value.ts";

/**
 * Null for one into a document of the request, which has no address and hence no annotation; clients of Messages get it.
 * @param start characters of the answer's text before the block that cites, `end` those before its end
 */
export function annotationOf(citation: unknown, start: number, end: number): unknown {
  if (!isObject(citation)) return null;
  const url =
    citation["url"] ?? (citation["type"] === "search_result_location" ? citation["source"] : null);
  if (typeof url !== "string") return null;
  const { title, cited_text: content } = citation;
  return {
    type: "url_citation",
    url_citation: {
      url,
      title: typeof title === "string" ? title : "",
      ...(typeof content === "string" ? { content } : {}),
      start_index: start,
      end_index: end,
    },
  };
}
