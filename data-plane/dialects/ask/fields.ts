/** Single fields of a body: what was expected and what came, when it is not that. Every function throws a 400 that names the field. */
import { invalid } from "../../refusal.ts";

/** A number in a range, if it is there. */
export function bounded(
  body: Record<string, unknown>,
  field: string,
  least: number,
  most: number,
): void {
  const value = body[field];
  if (value === undefined || value === null) return;
  if (typeof value !== "number" || !(value >= least && value <= most))
    throw invalid(field, `a number from ${least} to ${most}`, value);
}

/** A whole number of at least one; null when it is not there. `name` is how the client would write it. */
export function wholeNumber(
  body: Record<string, unknown>,
  field: string,
  name: string = field,
): number | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 100_000_000)
    throw invalid(name, "a whole number of at least 1", value);
  return value;
}

/** Text, or null when it is not there. */
export function optionalText(
  body: Record<string, unknown>,
  field: string,
  charactersMax: number,
): string | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") throw invalid(field, "text", value);
  if (value.length > charactersMax)
    throw invalid(field, `at most ${charactersMax} characters`, value.length);
  return value;
}
