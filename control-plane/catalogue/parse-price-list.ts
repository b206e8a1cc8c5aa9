import { perMillionMeters, type Meter } from "#schema/meters.ts";
import {
  AmountError,
  parseDollars,
  parsePerMillion,
  picodollars,
  type Picodollars,
} from "#schema/money/amount.ts";
import { formatHours, HoursError, parseHours } from "#schema/money/hours.ts";
import type { PriceLine } from "#schema/money/price.ts";
import type { PriceSide } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import { findIncomplete, findPriceProblems, type PriceProblem } from "./find-price-problems.ts";
import { priceWords, showPricePath, type PricePath, type PriceWord } from "./price-list.ts";

/** No list price was ever near it; and what it is multiplied with still fits a column. */
const dollarsMax = 1_000_000n;
const inputTokensMax = 100_000_000;
/** Tiers in a list, hours in a list, service tiers of a list. */
const conditionsMax = 48;

/**
 * A written price list (`price-list.ts`) to price lines.
 * @param field names the list in messages: "charge", "models[2].endpoints[0].cost".
 * @param side what the list must hold; without it, it may be any part of a list.
 * @throws {CommandError} bad_request, with everything that is wrong and where.
 */
export function parsePriceList(list: unknown, field: string, side?: PriceSide): PriceLine[] {
  const { lines, problems } = readPriceList(list, side);
  if (problems.length === 0) return lines;
  throw new CommandError(
    "bad_request",
    problems.map(({ path, message }) => `${showPricePath(field, path)}: ${message}`).join("; "),
  );
}

/** The same, for a door that shows problems its own way. The lines are only good when there is no problem. */
export function readPriceList(
  list: unknown,
  side?: PriceSide,
): { lines: PriceLine[]; problems: PriceProblem[] } {
  const reader = new Reader();
  reader.read(list, [], always, ["tiers", "hours", "service_tiers"]);
  const { lines, paths, problems } = reader;
  if (problems.length === 0)
    return { lines, problems: findPriceProblems(lines, { side, pathOf: (at) => paths[at] ?? [] }) };
  // What could not be read may be what is missed below; only of what nobody wrote is that certain.
  const said = new Set(problems.map(({ path }) => path.join(".")));
  const missing = side === "charge" ? findIncomplete(lines) : [];
  return {
    lines,
    problems: [...problems, ...missing.filter(({ path }) => !said.has(path.join(".")))],
  };
}

type Conditions = Required<Pick<PriceLine, "aboveInputTokens" | "serviceTier" | "hours">>;
type Nested = "tiers" | "hours" | "service_tiers";
const always: Conditions = { aboveInputTokens: 0, serviceTier: "", hours: "" };

class Reader {
  readonly lines: PriceLine[] = [];
  /** Where each line was written. */
  readonly paths: PricePath[] = [];
  readonly problems: PriceProblem[] = [];

  read(list: unknown, path: PricePath, holds: Conditions, nested: readonly Nested[]): void {
    if (!isMap(list)) {
      this.refuse(path, 'expected prices, such as {input: "1.00", output: "2.00"}');
      return;
    }
    for (const [name, value] of Object.entries(list)) {
      if (value === undefined) continue;
      const place = [...path, name];
      if (name === "tiers" || name === "hours" || name === "service_tiers") {
        if (!nested.includes(name))
          this.refuse(place, "cannot stand here: service_tiers hold hours, and hours hold tiers");
        else if (name === "service_tiers") this.readServiceTiers(value, place, holds);
        else if (name === "hours") this.readHours(value, place, holds);
        else this.readTiers(value, place, holds);
      } else if (Object.hasOwn(priceWords, name)) {
        this.readPrice(priceWords[name as PriceWord], value, place, holds);
      } else {
        this.refuse(
          place,
          `is not priced; expected one of ${Object.keys(priceWords).join(", ")}${nested.length === 0 ? "" : `, or ${nested.join(", ")}`}`,
        );
      }
    }
  }

  private readTiers(value: unknown, path: PricePath, holds: Conditions): void {
    for (const [index, tier] of this.listOf(
      value,
      path,
      "{above_input_tokens, input, output, …}",
    )) {
      const { above_input_tokens: above, from_input_tokens: from, ...prices } = tier;
      const place = [...path, index];
      if ((above === undefined) === (from === undefined)) {
        this.refuse(
          place,
          "expected above_input_tokens (prompts longer than that) or from_input_tokens (that long or longer), one of them",
        );
        continue;
      }
      const name = above === undefined ? "from_input_tokens" : "above_input_tokens";
      const least = above === undefined ? 2 : 1;
      const given = above ?? from;
      if (
        typeof given !== "number" ||
        !Number.isInteger(given) ||
        given < least ||
        given > inputTokensMax
      ) {
        this.refuse(
          [...place, name],
          `expected a whole number of tokens from ${least} to ${inputTokensMax}`,
        );
        continue;
      }
      const aboveInputTokens = above === undefined ? given - 1 : given;
      this.read(prices, place, { ...holds, aboveInputTokens }, []);
    }
  }

  private readHours(value: unknown, path: PricePath, holds: Conditions): void {
    for (const [index, entry] of this.listOf(
      value,
      path,
      '{at: "16:30-00:30", input, output, …}',
    )) {
      const { at, ...prices } = entry;
      const place = [...path, index];
      try {
        const hours = formatHours(parseHours(typeof at === "string" ? at.trim() : ""));
        this.read(prices, place, { ...holds, hours }, ["tiers"]);
      } catch (error) {
        if (!(error instanceof HoursError)) throw error;
        this.refuse([...place, "at"], error.message);
      }
    }
  }

  private readServiceTiers(value: unknown, path: PricePath, holds: Conditions): void {
    if (!isMap(value) || Object.keys(value).length > conditionsMax) {
      this.refuse(path, "expected prices by service tier, such as {flex: {input: …, output: …}}");
      return;
    }
    for (const [serviceTier, prices] of Object.entries(value)) {
      if (/^[a-z0-9_-]{1,32}$/.test(serviceTier))
        this.read(prices, [...path, serviceTier], { ...holds, serviceTier }, ["tiers", "hours"]);
      else
        this.refuse(
          [...path, serviceTier],
          "expected the provider's word for a service tier in lower case, such as flex, priority or batch",
        );
    }
  }

  private readPrice(meter: Meter, value: unknown, path: PricePath, holds: Conditions): void {
    // YAML reads `1.50` as a number. Its shortest spelling is what was written, so nothing is lost on the way back to text.
    if (typeof value !== "string" && typeof value !== "number") {
      this.refuse(path, 'expected a price in USD, such as "1.25"');
      return;
    }
    try {
      this.lines.push({ meter, perUnit: perUnit(meter, `${value}`.trim()), ...holds });
      this.paths.push(path);
    } catch (error) {
      if (!(error instanceof AmountError)) throw error;
      this.refuse(path, error.message);
    }
  }

  private listOf(
    value: unknown,
    path: PricePath,
    expected: string,
  ): [number, Record<string, unknown>][] {
    if (Array.isArray(value) && value.length <= conditionsMax && value.every(isMap))
      return [...value.entries()];
    this.refuse(path, `expected a list of ${expected}, at most ${conditionsMax}`);
    return [];
  }

  private refuse(path: PricePath, message: string): void {
    this.problems.push({ path, message });
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function perUnit(meter: Meter, text: string): Picodollars {
  const amount = parseDollars(text);
  if (amount < 0n) throw new AmountError(`a price cannot be negative; got ${JSON.stringify(text)}`);
  if (amount > dollarsMax * 1_000_000_000_000n)
    throw new AmountError(`expected a price of at most ${dollarsMax} USD`);
  return perMillionMeters.has(meter) ? parsePerMillion(text) : picodollars(amount);
}
