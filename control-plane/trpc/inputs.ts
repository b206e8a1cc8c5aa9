/** The inputs that several rooms take, each bounded and with a message that says what was expected. */
import { z } from "zod";
import { AmountError, parseDollars, type Picodollars } from "#schema/money/amount.ts";
import type { PriceSide } from "#schema/tables/catalogue.ts";
import { readPriceList } from "../catalogue/parse-price-list.ts";
import type { PriceList } from "../catalogue/price-list.ts";

const amountCharactersMax = 40;
/** No command needs more, and sums of such amounts stay far below what a column holds. */
const dollarsMax = 1_000_000_000n;

/** USD as decimal text, to picodollars: not negative, at most a billion dollars. */
export const dollars = z
  .string({ error: 'expected an amount in USD as decimal text, such as "12.50"' })
  .max(amountCharactersMax)
  .transform((text, context): Picodollars => {
    try {
      const amount = parseDollars(text);
      if (amount < 0n) throw new AmountError("expected an amount that is not negative");
      if (amount > dollarsMax * 1_000_000_000_000n)
        throw new AmountError(`expected at most ${dollarsMax} USD`);
      return amount;
    } catch (error) {
      if (!(error instanceof AmountError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });

export const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'expected a slug: lower-case letters, digits and hyphens, at most 63, such as "acme"',
  );
export const name = z.string().trim().min(1, "expected a name that is not empty").max(200);
/** A slug or an id. */
export const reference = z.string().min(1).max(120);
export const modelId = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9~][a-z0-9._-]*\/[a-z0-9][a-z0-9._:-]*$/,
    'expected author/name in lower case, such as "acme/big-1"',
  );
export const tokens = z.number().int().min(1).max(100_000_000);
export const instant = z.iso
  .datetime({ offset: true, error: 'expected an instant such as "2026-12-01T00:00:00Z"' })
  .transform((text) => new Date(text));
/** Which organization is meant; the key's own when absent. */
export const organization = reference.optional();

export const pageSizeMax = 100;
export const pageSize = z
  .number()
  .int()
  .min(1)
  .max(pageSizeMax, `expected at most ${pageSizeMax} rows a page`)
  .default(50);
/** The `next` of the page before. */
export const after = z.string().max(200).nullable().default(null);

/** A price list as the config file writes one (`../catalogue/price-list.ts`), to price lines. */
export const priceList = (side: PriceSide) =>
  z.custom<PriceList>().transform((written, context) => {
    const { lines, problems } = readPriceList(written, side);
    for (const { path, message } of problems) context.addIssue({ code: "custom", path, message });
    return problems.length === 0 ? lines : z.NEVER;
  });
