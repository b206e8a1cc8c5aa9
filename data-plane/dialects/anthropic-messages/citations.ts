/** The contract's annotations as Anthropic's citations. */
import { isObject } from "../../operations/json-value.ts";

/** Null for what is no citation of an address, such as a parsed file. */
export function citationOf(annotation: unknown): object | null {
  if (!isObject(annotation) || annotation["type"] !== "url_citation") return null;
  const cited = annotation["url_citation"];
  if (!isObject(cited) || typeof cited["url"] !== "string") return null;
  const { url, title, content } = cited;
  return {
    type: "web_search_result_location",
    url,
    title: typeof title === "string" ? title : null,
    cited_text: typeof content === "string" ? content : "",
    encrypted_index: "",
  };
}
