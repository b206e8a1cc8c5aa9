// Price lists as fast-check makes them: every kind of condition, and always ones that may be published.

import * as fc from "fast-check";
import { findPriceProblems } from "#control/catalogue/find-price-problems.ts";
import { meters } from "#schema/meters.ts";
import { picodollars } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";

const conditions = fc.record({
  serviceTier: fc.constantFrom("", "flex", "priority"),
  hours: fc.constantFrom("", "mon,tue 08:00-12:00", "sat,sun 00:00-00:00", "wed 22:00-06:00"),
});
// Whole cents of a millionth for tokens, so that what is written in USD per million reads the same.
const perUnit = fc.bigInt({ min: 0n, max: 10n ** 9n }).map(picodollars);

/** A charge list: input and output with conditions on top, which carry every length that holds without them. */
export const anyPriceList: fc.Arbitrary<PriceLine[]> = fc
  .record({
    lengths: fc.uniqueArray(fc.constantFrom(1, 1000, 200_000), { maxLength: 2 }),
    extra: fc.uniqueArray(
      fc.constantFrom(...meters.filter((m) => m !== "input" && m !== "output")),
      {
        maxLength: 4,
      },
    ),
    conditions: fc.uniqueArray(conditions, {
      maxLength: 4,
      selector: (each) => `${each.serviceTier} ${each.hours}`,
    }),
    amounts: fc.array(perUnit, { minLength: 120, maxLength: 120 }),
  })
  .map(({ lengths, extra, conditions: chosen, amounts }) => {
    let next = 0;
    const amount = () => amounts[next++ % amounts.length] ?? picodollars(1n);
    const all = [{ serviceTier: "", hours: "" }, ...chosen];
    return [...new Set(all.map(({ serviceTier, hours }) => `${serviceTier}|${hours}`))].flatMap(
      (condition) => {
        const [serviceTier = "", hours = ""] = condition.split("|");
        return (["input", "output", ...extra] as const).flatMap((meter) =>
          [0, ...lengths].map((aboveInputTokens): PriceLine => ({
            meter,
            perUnit: amount(),
            aboveInputTokens,
            ...(serviceTier === "" ? {} : { serviceTier }),
            ...(hours === "" ? {} : { hours }),
          })),
        );
      },
    );
  })
  .filter((lines) => findPriceProblems(lines, { side: "charge", pathOf: () => [] }).length === 0);
