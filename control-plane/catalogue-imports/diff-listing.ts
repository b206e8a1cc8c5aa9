/** What a list would change here, what of that nobody should do without looking, and why. Pure. */
import { isDeepStrictEqual } from "node:util";
import { unitPrice, type PriceLine } from "#schema/money/price.ts";
import { formatDollars, formatPerMillion } from "#schema/money/amount.ts";
import { perMillionMeters, type Meter } from "#schema/meters.ts";
import { readPriceList } from "../catalogue/parse-price-list.ts";
import { wordOf, type PriceList } from "../catalogue/price-list.ts";
import { signatureOf } from "../catalogue/price-timeline.ts";
import { writePriceList } from "../catalogue/write-price-list.ts";
import { knownDetails, knownModalities, type ListedEndpoint, type Listing } from "./listing.ts";
import { idForNew, modelIndex, type KnownModel } from "./match-model.ts";

/**
 * Why a change is held until somebody accepts it.
 * `x5`: a price becomes more than five times what it was, or less than a fifth; `to-zero`: it becomes nothing;
 * `no-price`: none is given, so the endpoint could not be sold; `loses`: hours or tiers that we have are not in the list;
 * `incomplete`: what is given is no list or no model; `unmatched`: nobody knows whose model it is; `gone`: it is not listed.
 */
export const guards = [
  "x5",
  "to-zero",
  "no-price",
  "loses",
  "incomplete",
  "unmatched",
  "gone",
] as const;
export type Guard = (typeof guards)[number];

/** Between this and its inverse a price may change without a question (contract/catalogue.md section 3). */
const factorMax = 5n;

/** One price of a list: what it was, what it would be, and by how many percent it changes; null from nothing. */
export type PriceStep = {
  price: string;
  before: string | null;
  after: string;
  percent: string | null;
};

export type Change = {
  kind: "endpoint" | "price" | "facts" | "gone";
  provider: string;
  upstreamModel: string;
  model: string;
  guards: Guard[];
  remarks: string[];
  /** What is sold or paid by now: the cost list, or the charge list where there is no other. */
  before: PriceList | null;
  after: PriceList | null;
  steps: PriceStep[];
  /** Of the endpoint, before and after; null where nobody says. */
  facts: { contextLength: number | null; maxOutputTokens: number | null } | null;
  factsBefore: { contextLength: number | null; maxOutputTokens: number | null } | null;
  /** A model that has to be made for it. */
  newModel: NewModel | null;
};
export type NewModel = {
  id: string;
  name: string;
  contextLength: number;
  maxOutputTokens: number | null;
  inputModalities: string[];
  outputModalities: string[];
  supportedParameters: string[];
  details: Record<string, unknown>;
};

/** An endpoint as it is here. */
export type PlaceInForce = {
  provider: string;
  upstreamModel: string;
  tag: string | null;
  model: string;
  active: boolean;
  contextLength: number;
  maxOutputTokens: number | null;
  charge: readonly PriceLine[] | null;
  cost: readonly PriceLine[] | null;
};
export type InForce = {
  /** Slugs of the providers that are connected. */
  providers: ReadonlySet<string>;
  places: readonly PlaceInForce[];
  models: readonly KnownModel[];
};

export type Difference = {
  changes: Change[];
  /** What of the list has no place here, a sentence each. */
  passedOver: string[];
};

/** Compares a list with what is in force. A second import of the same list finds nothing. */
export function diffListing(listing: Listing, inForce: InForce): Difference {
  const passedOver = new Map<string, number>();
  const note = (sentence: string): void =>
    void passedOver.set(sentence, (passedOver.get(sentence) ?? 0) + 1);
  const modelOf = modelIndex(inForce.models);
  const ids = new Set(inForce.models.map(({ id }) => id));
  const seen = new Set<PlaceInForce>();
  const changes: Change[] = [];
  for (const listed of listing.endpoints) {
    if (!inForce.providers.has(listed.provider)) {
      note(`provider ${listed.provider} is not connected`);
      continue;
    }
    const place = findPlace(listed, inForce.places);
    if (place) {
      seen.add(place);
      if (!place.active) continue; // disabled by hand, or for being gone: that stays
      changes.push(...changesOf(listed, place));
    } else if (listed.upstreamModel === null) {
      note(
        `${listed.model} at ${listed.provider}${listed.tag === null ? "" : `/${listed.tag}`} is not here, and the list does not say what the provider calls it`,
      );
    } else {
      changes.push(additionOf(listed, listed.upstreamModel, { modelOf, ids }));
    }
  }
  for (const place of inForce.places)
    if (place.active && !seen.has(place) && listing.complete.includes(place.provider))
      changes.push({ ...bare(place), kind: "gone", guards: ["gone"] });
  return {
    changes: changes.toSorted(
      (a, b) =>
        order(a.provider, b.provider) ||
        order(a.model, b.model) ||
        order(a.upstreamModel, b.upstreamModel),
    ),
    passedOver: [...passedOver].map(([sentence, times]) =>
      times === 1 ? sentence : `${sentence} (${times} times)`,
    ),
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const findPlace = (
  { provider, upstreamModel, model, tag }: ListedEndpoint,
  places: readonly PlaceInForce[],
): PlaceInForce | undefined =>
  places.find(
    (place) =>
      place.provider === provider &&
      (upstreamModel === null
        ? place.model === model && place.tag === tag
        : place.upstreamModel === upstreamModel),
  );

const bare = ({
  provider,
  upstreamModel,
  model,
}: Pick<Change, "provider" | "upstreamModel" | "model">): Change => ({
  kind: "facts",
  provider,
  upstreamModel,
  model,
  guards: [],
  remarks: [],
  before: null,
  after: null,
  steps: [],
  facts: null,
  factsBefore: null,
  newModel: null,
});

function changesOf(listed: ListedEndpoint, place: PlaceInForce): Change[] {
  const changes: Change[] = [];
  const facts = {
    contextLength: listed.contextLength ?? place.contextLength,
    maxOutputTokens:
      listed.maxOutputTokens === null
        ? place.maxOutputTokens
        : Math.min(listed.maxOutputTokens, listed.contextLength ?? place.contextLength),
  };
  const factsBefore = {
    contextLength: place.contextLength,
    maxOutputTokens: place.maxOutputTokens,
  };
  if (!isDeepStrictEqual(facts, factsBefore))
    changes.push({ ...bare(place), kind: "facts", facts, factsBefore });
  if (listed.price !== null) changes.push(...priceChange(listed, listed.price, place));
  return changes;
}

function priceChange(listed: ListedEndpoint, price: PriceList, place: PlaceInForce): Change[] {
  const before = place.cost ?? place.charge;
  const { lines, problems } = readPriceList(price, "charge");
  if (problems.length > 0)
    return [
      {
        ...bare(place),
        kind: "price",
        guards: ["incomplete"],
        remarks: [
          ...listed.remarks,
          ...problems.map(({ path, message }) => `${path.join(".")}: ${message}`),
        ],
        before: before && writePriceList(before),
      },
    ];
  const { merged, kept, lost } = mergeLines(before ?? [], lines);
  if (before !== null && signatureOf(before) === signatureOf(merged)) return [];
  const steps = stepsOf(before ?? [], merged);
  const found = new Set<Guard>(
    before !== null ? guardsOf(before, merged) : isFree(merged) ? ["to-zero"] : [],
  );
  if (lost.length > 0) found.add("loses");
  return [
    {
      ...bare(place),
      kind: "price",
      guards: guards.filter((guard) => found.has(guard)),
      remarks: [
        ...listed.remarks,
        ...(kept.length === 0 ? [] : [`not in the list, and kept: ${kept.join(", ")}`]),
        ...(lost.length === 0 ? [] : [`not in the list, and lost: ${lost.join(", ")}`]),
      ],
      before: before && writePriceList(before),
      after: writePriceList(merged),
      steps,
    },
  ];
}

/** Prices that the list does not know stay ours; of those that it knows it has the last word, with its tiers and hours. */
function mergeLines(
  before: readonly PriceLine[],
  listed: readonly PriceLine[],
): { merged: PriceLine[]; kept: string[]; lost: string[] } {
  const meters = new Set(listed.map((line) => line.meter));
  const kept = before.filter((line) => !meters.has(line.meter) || line.serviceTier);
  const lost = before.filter(
    (line) =>
      meters.has(line.meter) &&
      !line.serviceTier &&
      ((line.hours && !listed.some((one) => one.meter === line.meter && one.hours)) ||
        (line.aboveInputTokens > 0 &&
          !listed.some((one) => one.meter === line.meter && one.aboveInputTokens > 0))),
  );
  const names = (lines: readonly PriceLine[], of: (line: PriceLine) => string) => [
    ...new Set(lines.map(of)),
  ];
  return {
    merged: [...listed, ...kept],
    kept: names(
      kept,
      (line) => `${wordOf(line.meter)}${line.serviceTier ? ` (${line.serviceTier})` : ""}`,
    ),
    lost: names(lost, (line) =>
      line.hours ? `hours ${line.hours}` : `tier above ${line.aboveInputTokens}`,
    ),
  };
}

const isFree = (lines: readonly PriceLine[]): boolean =>
  lines.every(({ perUnit }) => perUnit === 0n);

/** At every edge that either list has, every meter that either prices. */
function eachPrice(
  before: readonly PriceLine[],
  after: readonly PriceLine[],
): { meter: Meter; edge: number; was: bigint | null; is: bigint | null }[] {
  const usual = (lines: readonly PriceLine[]) => ({
    id: "",
    lines: lines.filter((line) => !line.hours && !line.serviceTier),
  });
  const [one, other] = [usual(before), usual(after)];
  const all = [...one.lines, ...other.lines];
  const edges = [...new Set([0, ...all.map((line) => line.aboveInputTokens)])].toSorted(
    (a, b) => a - b,
  );
  const meters = [...new Set(all.map((line) => line.meter))];
  return edges.flatMap((edge) =>
    meters.map((meter) => ({
      meter,
      edge,
      was: unitPrice(one, meter, BigInt(edge) + 1n),
      is: unitPrice(other, meter, BigInt(edge) + 1n),
    })),
  );
}

function guardsOf(before: readonly PriceLine[], after: readonly PriceLine[]): Guard[] {
  const found: Guard[] = [];
  for (const { was, is } of eachPrice(before, after)) {
    if (was === null || is === null || was === is) continue;
    if (is === 0n) found.push("to-zero");
    else if (was === 0n || is > was * factorMax || is * factorMax < was) found.push("x5");
  }
  return found;
}

function stepsOf(before: readonly PriceLine[], after: readonly PriceLine[]): PriceStep[] {
  return eachPrice(before, after)
    .filter(({ was, is }) => is !== null && was !== is)
    .map(({ meter, edge, was, is }) => ({
      price: edge === 0 ? wordOf(meter) : `${wordOf(meter)} above ${edge}`,
      before: was === null ? null : amountText(meter, was),
      after: amountText(meter, is ?? 0n),
      percent: was === null || was === 0n ? null : percentOf(was, is ?? 0n),
    }));
}

const amountText = (meter: Meter, perUnit: bigint): string =>
  perMillionMeters.has(meter) ? formatPerMillion(perUnit) : formatDollars(perUnit);

/** To a tenth of a percent, half up, with its sign: "-25.0", "+10.0". */
export function percentOf(before: bigint, after: bigint): string {
  const difference = after > before ? after - before : before - after;
  const tenths = (difference * 2_000n + before) / (before * 2n);
  return `${after < before ? "-" : "+"}${tenths / 10n}.${tenths % 10n}`;
}

function additionOf(
  listed: ListedEndpoint,
  upstreamModel: string,
  known: { modelOf: (name: string) => string | null; ids: ReadonlySet<string> },
): Change {
  const matched =
    (listed.model !== null && known.ids.has(listed.model) ? listed.model : null) ??
    known.modelOf(upstreamModel);
  const made =
    listed.model === null
      ? idForNew(listed.provider, upstreamModel)
      : { id: listed.model, certain: true };
  const model = matched ?? made.id;
  const isKnown = known.ids.has(model);
  const found = new Set<Guard>();
  const remarks = [...listed.remarks];
  if (matched === null && !made.certain) found.add("unmatched");
  if (listed.price === null) found.add("no-price");
  if (!isKnown && listed.contextLength === null) {
    found.add("incomplete");
    remarks.push("the list does not say how long its context is");
  }
  const read = listed.price === null ? null : readPriceList(listed.price, "charge");
  for (const { path, message } of read?.problems ?? []) {
    found.add("incomplete");
    remarks.push(`${path.join(".")}: ${message}`);
  }
  if (read && isFree(read.lines)) found.add("to-zero");
  return {
    ...bare({ provider: listed.provider, upstreamModel, model }),
    kind: "endpoint",
    guards: guards.filter((guard) => found.has(guard)),
    remarks,
    after: read && read.problems.length === 0 ? writePriceList(read.lines) : null,
    steps: read && read.problems.length === 0 ? stepsOf([], read.lines) : [],
    facts: { contextLength: listed.contextLength, maxOutputTokens: listed.maxOutputTokens },
    newModel:
      isKnown || listed.contextLength === null
        ? null
        : {
            id: model,
            name: listed.name,
            contextLength: listed.contextLength,
            maxOutputTokens: listed.maxOutputTokens,
            inputModalities: knownModalities(listed.inputModalities),
            outputModalities: knownModalities(listed.outputModalities),
            supportedParameters: listed.supportedParameters,
            details: knownDetails(listed.details),
          },
  };
}
