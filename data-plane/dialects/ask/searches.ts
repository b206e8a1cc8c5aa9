/** How often a provider may search the web for a request by itself. */
import { isObject } from "../../operations/json-value.ts";

/** A provider that searches by itself says neither before nor during how often; none is known to do more for one answer. */
const searchesMax = 10;

export function searchesBound({
  web_search_options: options,
  tools,
}: Record<string, unknown>): number {
  const searches =
    (options !== undefined && options !== null) ||
    (Array.isArray(tools) &&
      tools.some((tool) => isObject(tool) && String(tool["type"]).startsWith("web_search")));
  return searches ? searchesMax : 0;
}
