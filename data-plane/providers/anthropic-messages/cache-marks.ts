/** Marks of the prompt cache: how many there may be, and in which order (contract/anthropic-messages.md 4.6). */
import { CannotEncode } from "../wire-protocol.ts";

/** Over tools, system, messages and the one at top level; the fifth is a 400. */
export const marksMax = 4;

export type CacheControl = { type: "ephemeral"; ttl?: "5m" | "1h" };

/** @throws {CannotEncode} for a mark that is none of the API's. */
export function cacheControlOf(value: unknown, field: string): CacheControl | null {
  if (value === undefined || value === null) return null;
  const { type, ttl } = typeof value === "object" ? (value as Record<string, unknown>) : {};
  if (type !== "ephemeral" || (ttl !== undefined && ttl !== null && ttl !== "5m" && ttl !== "1h"))
    throw new CannotEncode(
      `${field}.cache_control`,
      'expected {"type":"ephemeral"}, with ttl "5m" or "1h" if any',
    );
  return ttl === "5m" || ttl === "1h" ? { type, ttl } : { type };
}

/** A mark as it stands in the request, in the order in which the API walks: tools, system, messages, top level. */
export type Mark = { field: string; ttl: "5m" | "1h" };

/** @throws {CannotEncode} for a fifth mark, and for one of an hour behind one of five minutes; both name all of them. */
export function checkMarks(marks: readonly Mark[]): void {
  if (marks.length > marksMax)
    throw new CannotEncode(
      "cache_control",
      `${marks.length} marks, and this API takes at most ${marksMax}: ${marks.map(({ field }) => field).join(", ")}`,
    );
  const short = marks.findIndex(({ ttl }) => ttl === "5m");
  const late = marks.find(({ ttl }, at) => ttl === "1h" && short !== -1 && at > short);
  if (late)
    throw new CannotEncode(
      `${late.field}.cache_control`,
      `a mark with ttl 1h must come before every mark of 5m, and ${marks[short]?.field} is one`,
    );
}
