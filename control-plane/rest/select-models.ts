import { z } from "zod";
import { unitPrice } from "#schema/money/price.ts";
import { wholeNumber } from "./inputs.ts";
import type { CatalogueModel } from "./read-catalogue.ts";

const queryCharactersMax = 200;
const orders = ["newest", "pricing-low-to-high", "pricing-high-to-low", "context-high-to-low"];

/** Words with commas between them. */
const words = (meaning: string) =>
  z
    .string()
    .transform((text) =>
      text
        .toLowerCase()
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== ""),
    )
    .default([])
    .meta({ default: "", description: `${meaning}; several with commas between them` });

/** USD per million tokens as picodollars per token. Only ever compared, so a float will do. */
const perMillion = (meaning: string) =>
  z
    .string()
    .transform((text, context): bigint => {
      const value = Number(text);
      if (Number.isFinite(value) && value >= 0 && value <= 1e9)
        return BigInt(Math.round(value * 1_000_000));
      context.addIssue({
        code: "custom",
        message: `expected USD per million tokens, such as 2.50; got ${JSON.stringify(text.slice(0, 40))}`,
      });
      return z.NEVER;
    })
    .optional()
    .meta({
      type: "number",
      minimum: 0,
      maximum: 1e9,
      description: `${meaning}, in USD per million tokens`,
    });

/** Which models, and in which order (openrouter-api.md 1.2). What we have no figures for (benchmarks, categories) is not asked. */
export const modelsQuery = z.object({
  q: z
    .string()
    .max(queryCharactersMax, `expected at most ${queryCharactersMax} characters`)
    .transform((text) => text.trim().toLowerCase())
    .default("")
    .describe("A part of the id or the name"),
  supported_parameters: words("Parameters of which the model takes all"),
  input_modalities: words("What it takes all of, or `all`"),
  output_modalities: words("What it answers with one of, or `all`; text unless told"),
  model_authors: words("What stands before the slash of its id"),
  providers: words("Who offers it, by slug or name"),
  context: wholeNumber().optional().describe("The least length of its context, in tokens"),
  min_price: perMillion("The least price of a prompt"),
  max_price: perMillion("The highest price of a prompt"),
  min_output_price: perMillion("The least price of an answer"),
  max_output_price: perMillion("The highest price of an answer"),
  sort: z
    .string()
    .default("newest")
    .describe(`One of ${orders.join(", ")}; any other word is as the first`),
});
export type ModelsQuery = z.infer<typeof modelsQuery>;

/** The models that are asked for, in the order that is asked for. Without a query: those that answer with text, the newest first. */
export function selectModels(
  models: readonly CatalogueModel[],
  query: ModelsQuery,
): CatalogueModel[] {
  const { q: search, supported_parameters: parameters, input_modalities: inputs } = query;
  const { output_modalities: outputs, model_authors: authors, providers, context } = query;
  const prices = [
    { meter: "input", min: query.min_price, max: query.max_price },
    { meter: "output", min: query.min_output_price, max: query.max_output_price },
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
    if (context !== undefined && model.contextLength < context) return false;
    return prices.every(({ meter, min, max }) => {
      const price = priceOf({ model, offers }, meter);
      return (min === undefined || price >= min) && (max === undefined || price <= max);
    });
  });
  return sortModels(chosen, query.sort);
}

/** The contract's orders that we have figures for; any other word leaves the newest first. */
function sortModels(models: CatalogueModel[], order: string): CatalogueModel[] {
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
