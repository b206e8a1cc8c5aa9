/** A service tier that has prices of its own. */
import { optionalText } from "./fields.ts";

/** The contract's words (openrouter-api.md part 2): `fast` is another for `priority`. */
export function serviceTierOf(body: Record<string, unknown>): string | null {
  const tier = optionalText(body, "service_tier", 32);
  if (tier === null || tier === "auto" || tier === "default") return null;
  return tier === "fast" ? "priority" : tier;
}
