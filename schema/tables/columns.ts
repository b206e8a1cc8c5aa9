/** The column kinds that every table uses, so that a unit is written one way. */
import { numeric, text, timestamp } from "drizzle-orm/pg-core";
import type { Picodollars } from "../money/amount.ts";
import type { Id, IdKind } from "../ids.ts";

export const amount = (name: string) =>
  numeric(name, { precision: 38, scale: 0, mode: "bigint" }).$type<Picodollars>();
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
export const id = <Kind extends IdKind>(_of: Kind, name = "id") => text(name).$type<Id<Kind>>();
/** The body of a check constraint over a closed set; the words are constants of ours, never input. */
export const oneOf = (column: string, words: readonly string[]): string =>
  `${column} in (${words.map((word) => `'${word}'`).join(", ")})`;
