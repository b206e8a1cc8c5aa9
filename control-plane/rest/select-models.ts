import { unitPrice } from "#schema/money/price.ts";
import type { CatalogueModel } from "./read-catalogue.ts";
import { Refusal } from "./refusal.ts";

const queryCharactersMax = 200;

/**
 * The models that a query string asks for, in the order it asks for. Without one: those that answer with text, the
 * newest first. Parameters that we have no figures for (benchmarks, categories) are ignored, as unknown ones are.
 * @throws {Refusal} 400 for a number that is none.
 */
export function selectModels(
  models: readonly CatalogueModel[],
  query: URLSearchParams,
): CatalogueModel[] {
  const search = (query.get("q") ?? "").trim().toLowerCase();
  if (search.length > queryCharactersMax)
    throw new Refusal(400, "invalid_request", `q: at most ${queryCharactersMax} characters`);
  const parameters = words(query, "supported_parameters");
  const inputs = words(query, "input_modalities");
  const outputs = words(query, "output_modalities");
  const authors = words(query, "model_authors");
  const providers = words(query, "providers");
  const context = wholeNumber(query, "context");
  const prices = [
    { meter: "input", min: perMillion(query, "min_price"), max: perMillion(query, "max_price") },
    {
      meter: "output",
      min: perMillion(query, "min_output_price"),
      max: perMillion(query, "max_output_price"),
    },
  ] as const;
  const wanted = outputs.length === 0 ? ["text"] : outputs;

  const chosen = models.filter(({ model, offers }) => {
    if (
      search !== "" &&
      !model.id.toLowerCase().includes(search) &&
      !model.name.toLowerCase().includes(search)
    )
      return false;
    if (!parameters.every((word) => model.supportedParameters.includes(word))) return false;
    if (!inputs.includes("all") && !inputs.every((word) => model.inputModalities.includes(word)))
      return false;
    if (!wanted.includes("all") && !wanted.some((word) => model.outputModalities.includes(word)))
      return false;
    if (authors.length > 0 && !authors.includes(model.id.split("/", 1)[0] ?? "")) return false;
    if (
      providers.length > 0 &&
      !offers.some(
        ({ provider }) =>
          providers.includes(provider.slug) || providers.includes(provider.name.toLowerCase()),
      )
    )
      return false;
    if (context !== null && model.contextLength < context) return false;
    return prices.every(({ meter, min, max }) => {
      const price = priceOf({ model, offers }, meter);
      return (min === null || price >= min) && (max === null || price <= max);
    });
  });
  return sortModels(chosen, query.get("sort"));
}

/** The contract's orders that we have figures for; any other word leaves the newest first. */
function sortModels(models: CatalogueModel[], order: string | null): CatalogueModel[] {
  switch (order) {
    case "pricing-low-to-high":
      return models.toSorted((a, b) => compare(bothWays(a), bothWays(b)));
    case "pricing-high-to-low":
      return models.toSorted((a, b) => compare(bothWays(b), bothWays(a)));
    case "context-high-to-low":
      return models.toSorted((a, b) => b.model.contextLength - a.model.contextLength);
    default:
      return models;
  }
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const bothWays = (model: CatalogueModel): bigint =>
  priceOf(model, "input") + priceOf(model, "output");

function priceOf({ offers: [cheapest] }: CatalogueModel, meter: "input" | "output"): bigint {
  return (cheapest && unitPrice(cheapest.price, meter, 0n)) ?? 0n;
}

const words = (query: URLSearchParams, name: string): string[] =>
  (query.get(name) ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** A whole number, or null when it is absent. @throws {Refusal} 400. */
export function wholeNumber(
  query: URLSearchParams,
  name: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER } = {},
): number | null {
  const text = query.get(name);
  if (text === null || text === "") return null;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw new Refusal(
      400,
      "invalid_request",
      `${name}: expected a whole number from ${min} to ${max}; got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return value;
}

/** USD per million tokens as picodollars per token. Only ever compared, so a float will do. */
function perMillion(query: URLSearchParams, name: string): bigint | null {
  const text = query.get(name);
  if (text === null || text === "") return null;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > 1e9) {
    throw new Refusal(
      400,
      "invalid_request",
      `${name}: expected USD per million tokens, such as 2.50; got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return BigInt(Math.round(value * 1_000_000));
}
