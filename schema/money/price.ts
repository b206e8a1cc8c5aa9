/**
 * A price list, and what a usage costs under it. Pure: the caller says which list was in force.
 */
import { completionMeters, meters, promptMeters, sum, type Counts, type Meter } from "../meters.ts";
import { picodollars, type Picodollars } from "./amount.ts";

/**
 * One price of one meter, in picodollars per unit. `aboveInputTokens` is exclusive: the line holds when the
 * prompt (cached part included) is longer than that; 0 holds always. Of the lines that hold the highest wins.
 */
export type PriceLine = { meter: Meter; perUnit: Picodollars; aboveInputTokens: number };
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
 * likewise (catalogue.md section 6); reasoning is output; a fee per request or image that nobody set is none.
 */
const standIn: Partial<Record<Meter, Meter>> = {
  cache_read: "input",
  cache_write_5m: "input",
  cache_write_1h: "cache_write_5m",
  reasoning: "output",
  audio_input: "input",
};
const freeUnlessPriced: ReadonlySet<Meter> = new Set(["request"]);

/** Picodollars for one unit of a meter at a prompt length, or null when the list does not say. */
export function unitPrice(price: Price, meter: Meter, promptTokens: bigint): Picodollars | null {
  let best: PriceLine | undefined;
  for (const line of price.lines) {
    if (line.meter !== meter) continue;
    if (line.aboveInputTokens > 0 && promptTokens <= BigInt(line.aboveInputTokens)) continue;
    if (!best || line.aboveInputTokens > best.aboveInputTokens) best = line;
  }
  if (best) return best.perUnit;
  const other = standIn[meter];
  if (other) return unitPrice(price, other, promptTokens);
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
 * @throws {UnpricedMeterError} when something was used that the price list does not mention.
 */
export function charge(usage: Counts, price: Price): Charge {
  const promptTokens = sum(usage, promptMeters);
  const part = (over: readonly Meter[]): bigint => {
    let amount = 0n;
    for (const meter of over) {
      const units = usage[meter] ?? 0n;
      if (units === 0n) continue;
      if (units < 0n) throw new RangeError(`usage of ${meter} is negative: ${units}`);
      const perUnit = unitPrice(price, meter, promptTokens);
      if (perUnit === null) throw new UnpricedMeterError(meter, price.id);
      amount += perUnit * units;
    }
    return amount;
  };
  return {
    total: picodollars(part(meters)),
    prompt: picodollars(part(promptMeters)),
    completion: picodollars(part(completionMeters)),
  };
}

/**
 * The most that a request can cost: every prompt token at the dearest prompt rate, every output token at the
 * dearest output rate, over all tiers, plus the fee per request. Never below what `charge` will say for a usage
 * within these bounds.
 */
export function ceiling(
  bound: { promptTokens: bigint; outputTokens: bigint },
  price: Price,
): Picodollars {
  const dearest = (over: readonly Meter[]): bigint => {
    let most = 0n;
    for (const line of price.lines)
      if (over.includes(line.meter) && line.perUnit > most) most = line.perUnit;
    return most;
  };
  return picodollars(
    dearest(promptMeters) * bound.promptTokens +
      dearest(completionMeters) * bound.outputTokens +
      dearest(["request"]),
  );
}
