/**
 * What somebody else's list says, in our words: the form that every reader of this room gives, and that a command may
 * bring from a file. Prices are written as the config file writes them, in exact decimal text.
 */
import { z } from "zod";
import type { PriceList } from "../catalogue/price-list.ts";
import { modalities, modelDetails } from "../configuration/configuration.ts";

const word = z.string().min(1).max(300);
const tokens = z.int().positive().max(100_000_000);
const wordList = z.array(z.string().min(1).max(64)).max(100);

export const listedEndpoint = z.strictObject({
  /** Our slug of the provider. */
  provider: z.string().min(1).max(63),
  /** What the provider calls the model; null when the list does not say, and then `model` and `tag` find it. */
  upstreamModel: word.nullable(),
  /** Our id of the model, when the list has one that is made as ours are. */
  model: word.nullable(),
  tag: z.string().max(63).nullable().default(null),
  name: z.string().max(300),
  contextLength: tokens.nullable(),
  maxOutputTokens: tokens.nullable(),
  inputModalities: wordList,
  outputModalities: wordList,
  supportedParameters: wordList,
  details: z.record(z.string().max(64), z.json()).default({}),
  /** Null: the list gives none. */
  price: z.custom<PriceList>((value) => typeof value === "object" && value !== null).nullable(),
  /** What in it we have no word for, or had to round. */
  remarks: z.array(z.string().max(300)).max(20).default([]),
});
export type ListedEndpoint = z.output<typeof listedEndpoint>;

export const listing = z.strictObject({
  /** Who said so, as it stands with every price: "models.dev". */
  source: word,
  /** The day on which it was so. */
  asOf: z.iso.date(),
  /** Providers of which it lists all: what is missing there is gone. */
  complete: z.array(z.string().max(63)).max(500),
  endpoints: z.array(listedEndpoint).max(20_000),
  /** What of it could not be read, a sentence each. */
  skipped: z.array(z.string().max(500)).max(1_000),
});
export type Listing = z.output<typeof listing>;

/** The part of a list that is of some providers. */
export const ofProviders = (list: Listing, providers: readonly string[]): Listing =>
  providers.length === 0
    ? list
    : {
        ...list,
        complete: list.complete.filter((slug) => providers.includes(slug)),
        endpoints: list.endpoints.filter(({ provider }) => providers.includes(provider)),
      };

/** Of a model's details those that have a meaning here, and the form that it has. */
export const knownDetails = (details: ListedEndpoint["details"]): z.output<typeof modelDetails> =>
  Object.fromEntries(
    Object.entries(modelDetails.shape).flatMap(([name, schema]) => {
      const read = schema.safeParse(details[name]);
      return read.success && read.data !== undefined ? [[name, read.data]] : [];
    }),
  );

/** What goes in, or comes out, in words that are known; text when none is. */
export function knownModalities(words: readonly string[]): string[] {
  const known = words.filter((word) =>
    [...modalities, "embeddings", "rerank"].some((one) => one === word),
  );
  return known.length === 0 ? ["text"] : known;
}
