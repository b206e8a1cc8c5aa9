/** Kinds of members that many answers have. Clients read the document by them: units and bounds are in the descriptions. */
import { z } from "zod";

export const usdNumber = z.number().describe("USD");
export const usdOrNull = usdNumber.nullable();
/** Decimal text in USD for one unit; "0" is free. */
export const unitPriceText = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .describe("USD for one unit, as decimal text");
export const count = z.int().min(0);
export const countOrNull = count.nullable();
export const textOrNull = z.string().nullable();
export const time = z.iso.datetime({ offset: true });
export const timeOrNull = time.nullable();
/** Of what is not kept here: the contract has the member, and it is always null. */
export const never = z.null();
export const deleted = z.object({ deleted: z.literal(true) });

/** A page of a list. */
export const list = <Row extends z.ZodType>(row: Row) =>
  z.object({ data: z.array(row), total_count: count.describe("Of all pages") });
export const one = <Row extends z.ZodType>(row: Row) => z.object({ data: row });
