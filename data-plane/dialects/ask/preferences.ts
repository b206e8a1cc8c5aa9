/** `provider`: which providers may be asked, and in which order (openrouter-api.md part 2). */
import { parsePerMillion } from "#schema/money/amount.ts";
import type { ProviderPreferences } from "../../operations/chat.ts";
import { invalid } from "../../refusal.ts";
import { isObject } from "../../operations/json-value.ts";

export const noPreferences: ProviderPreferences = {
  order: [],
  only: null,
  ignore: [],
  allowFallbacks: true,
  sort: null,
  maxPrice: { input: null, output: null },
  quantizations: null,
  dataPolicy: false,
  requireParameters: false,
};

/** @throws {Refusal} 400 that names the preference. */
export function preferencesOf(provider: unknown): ProviderPreferences {
  if (provider === undefined || provider === null) return noPreferences;
  if (!isObject(provider)) throw invalid("provider", "an object", provider);
  const words = (field: string): string[] | null => {
    const value = provider[field];
    if (value === undefined || value === null) return null;
    if (
      !Array.isArray(value) ||
      value.length > 100 ||
      value.some((word) => typeof word !== "string")
    )
      throw invalid(`provider.${field}`, "a list of at most 100 words", value);
    return value;
  };
  const flag = (field: string, otherwise: boolean): boolean => {
    const value = provider[field] ?? otherwise;
    if (typeof value !== "boolean") throw invalid(`provider.${field}`, "true or false", value);
    return value;
  };
  const { sort, data_collection: collection = "allow" } = provider;
  if (collection !== null && collection !== "allow" && collection !== "deny")
    throw invalid("provider.data_collection", "allow or deny", collection);
  return {
    order: words("order") ?? [],
    only: words("only"),
    ignore: words("ignore") ?? [],
    allowFallbacks: flag("allow_fallbacks", true),
    sort: (isObject(sort) ? sort["by"] : sort) === "price" ? "price" : null,
    maxPrice: maxPriceOf(provider["max_price"]),
    quantizations: words("quantizations"),
    dataPolicy: flag("zdr", false) || collection === "deny",
    requireParameters: flag("require_parameters", false),
  };
}

/** USD per million tokens, as a number or, from the SDK, as text. */
function maxPriceOf(value: unknown): ProviderPreferences["maxPrice"] {
  if (value === undefined || value === null) return noPreferences.maxPrice;
  if (!isObject(value)) throw invalid("provider.max_price", "an object", value);
  const bound = (field: string): bigint | null => {
    const price = value[field];
    if (price === undefined || price === null) return null;
    const refused = invalid(
      `provider.max_price.${field}`,
      'USD per million tokens, such as 2 or "0.5"',
      price,
    );
    if (typeof price !== "number" && typeof price !== "string") throw refused;
    try {
      return parsePerMillion(String(price));
    } catch {
      throw refused;
    }
  };
  return { input: bound("prompt"), output: bound("completion") };
}
