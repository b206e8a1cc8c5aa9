/**
 * A price list, and what a usage costs under it. Pure: the caller says which list was in force.
 */
import { completionMeters, meters, promptMeters, sum, type Counts, type Meter } from "../meters.ts";
import { picodollars, type Picodollars } from "./amount.ts";
import { holdsAt, parseHours, type Hours } from "./hours.ts";

/**
 * One price of one meter, in picodollars per unit, and when it holds.
 *
 * `aboveInputTokens` is exclusive: the line holds when the prompt (cached part included) is longer than that; 0 holds
 * always. A tier "from N tokens on" is written as above N − 1. Of the lines that hold the highest wins.
 * `serviceTier` is the tier that the provider served; a line of that tier beats one without. `hours` (UTC, `hours.ts`)
 * are of the instant of admission; a line with hours beats one without.
 */
export type PriceLine = {
  meter: Meter;
  perUnit: Picodollars;
  aboveInputTokens: number;
  serviceTier?: string;
  hours?: string;
};
export type Price = { id: string; lines: readonly PriceLine[] };

export class UnpricedMeterError extends Error {
  readonly meter: Meter;
  constructor(meter: Meter, priceId: string) {
    super(`price ${priceId} says nothing about ${meter}`);
    this.meter = meter;
  }
}

/**
 * What a meter that a list does not mention costs. Reading from a cache costs what input costs, writing to one
 * likewise (catalogue.md section 6); reasoning is output; a fee per request or per picture that nobody set is none, since
 * providers count a picture as tokens of the prompt.
 */
const standIn: Partial<Record<Meter, Meter>> = {
  cache_read: "input",
  cache_write_5m: "input",
  cache_write_1h: "cache_write_5m",
  reasoning: "output",
  audio_input: "input",
};
const freeUnlessPriced: ReadonlySet<Meter> = new Set(["request", "image_input"]);

/** Whether two lines are for the same usage at the same prompt length and tier, so that only their hours may differ. */
const sameGroup = (a: PriceLine, b: PriceLine): boolean =>
  a.meter === b.meter && (a.serviceTier ?? "") === (b.serviceTier ?? "");

const parsedHours = new Map<string, Hours>(); // one entry a distinct text in the price lists
function hoursOf(text: string): Hours {
  const known = parsedHours.get(text) ?? parseHours(text);
  parsedHours.set(text, known);
  return known;
}

/**
 * The list as it stands at an instant: of every meter and tier the lines whose hours hold, or else those without
 * hours. A list without hours is returned as it is.
 */
export function atInstant(price: Price, atMs: number): Price {
  if (!price.lines.some((line) => line.hours)) return price;
  const holding = price.lines.filter((line) => line.hours && holdsAt(hoursOf(line.hours), atMs));
  const lines = price.lines.filter((line) =>
    line.hours ? holding.includes(line) : !holding.some((one) => sameGroup(one, line)),
  );
  return { id: price.id, lines: lines.map(({ hours: _holds, ...line }) => line) };
}

/** Picodollars for one unit of a meter at a prompt length and served tier, or null when the list does not say. */
export function unitPrice(
  price: Price,
  meter: Meter,
  promptTokens: bigint,
  serviceTier = "",
): Picodollars | null {
  let best: PriceLine | undefined;
  for (const line of price.lines) {
    if (line.meter !== meter) continue;
    const tier = line.serviceTier ?? "";
    if (tier !== "" && tier !== serviceTier) continue;
    if (line.aboveInputTokens > 0 && promptTokens <= BigInt(line.aboveInputTokens)) continue;
    const bestTier = best?.serviceTier ?? "";
    if (
      !best ||
      (bestTier === "" && tier !== "") ||
      (bestTier === tier && line.aboveInputTokens > best.aboveInputTokens)
    )
      best = line;
  }
  if (best) return best.perUnit;
  const other = standIn[meter];
  if (other) return unitPrice(price, other, promptTokens, serviceTier);
  return freeUnlessPriced.has(meter) ? picodollars(0n) : null;
}

/** A list without these cannot bill a chat request, and an endpoint without such a list is refused. */
export const isComplete = (price: Price): boolean =>
  unitPrice(price, "input", 0n) !== null && unitPrice(price, "output", 0n) !== null;

/** What was charged: in all, and its prompt and completion parts for `usage.cost_details`. */
export type Charge = { total: Picodollars; prompt: Picodollars; completion: Picodollars };

/**
 * What a usage costs. Exact: picodollars per unit times whole units, so nothing is rounded.
 * Past a tier's threshold the whole request pays its rate (a cliff), as providers bill it.
 * @param price as it stood at admission (`atInstant`).
 * @throws {UnpricedMeterError} when something was used that the price list does not mention.
 */
export function charge(usage: Counts, price: Price, serviceTier = ""): Charge {
  const promptTokens = sum(usage, promptMeters);
  let total = 0n;
  let prompt = 0n;
  let completion = 0n;
  for (const meter of meters) {
    const units = usage[meter] ?? 0n;
    if (units === 0n) continue;
    if (units < 0n) throw new RangeError(`usage of ${meter} is negative: ${units}`);
    const perUnit = unitPrice(price, meter, promptTokens, serviceTier);
    if (perUnit === null) throw new UnpricedMeterError(meter, price.id);
    const amount = perUnit * units;
    total += amount;
    if (ofPrompt.has(meter)) prompt += amount;
    else if (ofCompletion.has(meter)) completion += amount;
  }
  return {
    total: picodollars(total),
    prompt: picodollars(prompt),
    completion: picodollars(completion),
  };
}

const ofPrompt: ReadonlySet<Meter> = new Set(promptMeters);
const ofCompletion: ReadonlySet<Meter> = new Set(completionMeters);

/** The most that can be used of what is bounded before a request is sent. Absent: none. */
export type UsageBound = {
  promptTokens: bigint;
  outputTokens: bigint;
  images?: bigint;
  searches?: bigint;
  /** What is billed by the request, such as a ranking's search units; 1 when absent. */
  requests?: bigint;
};

/**
 * The most that a request can cost: every prompt token at the dearest prompt rate, every output token at the
 * dearest output rate, over all prompt lengths and service tiers, plus fees. Never below what `charge` will say for a
 * usage within these bounds.
 */
export function ceiling(bound: UsageBound, price: Price): Picodollars {
  const dearest = dearestOf.get(price) ?? findDearest(price);
  return picodollars(
    dearest.prompt * bound.promptTokens +
      dearest.completion * bound.outputTokens +
      dearest.image * (bound.images ?? 0n) +
      dearest.search * (bound.searches ?? 0n) +
      dearest.request * (bound.requests ?? 1n),
  );
}

type Dearest = {
  prompt: bigint;
  completion: bigint;
  image: bigint;
  search: bigint;
  request: bigint;
};
/** A list is asked for every request, and for every step of a search for what is affordable. */
const dearestOf = new WeakMap<Price, Dearest>();

function findDearest(price: Price): Dearest {
  const over = (asked: readonly Meter[]): bigint => {
    let most = 0n;
    for (const line of price.lines)
      if (asked.includes(line.meter) && line.perUnit > most) most = line.perUnit;
    return most;
  };
  const dearest = {
    prompt: over(promptMeters),
    completion: over(completionMeters),
    image: over(["image_input"]),
    search: over(["web_search"]),
    request: over(["request"]),
  };
  dearestOf.set(price, dearest);
  return dearest;
}
