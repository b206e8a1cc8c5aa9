/** The Pothos builder: what every type and field of the schema is made with, and the scalars. */
import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import RelayPlugin from "@pothos/plugin-relay";
import type { Database } from "#schema/database.ts";
import { formatDollars, type Picodollars } from "#schema/money/amount.ts";
import type { Actor } from "../actor.ts";
import { questionError } from "./question-error.ts";

/** What a resolver knows: who asks, and where to read. */
export type QuestionContext = { actor: Actor; db: Database; analytics: Database };

export const builder = new SchemaBuilder<{
  DefaultFieldNullability: false;
  Context: QuestionContext;
  Scalars: {
    Dollars: { Input: never; Output: Picodollars };
    Count: { Input: never; Output: bigint };
    DateTime: { Input: Date; Output: Date };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  relay: { nodeQueryOptions: false, nodesQueryOptions: false },
});

builder.scalarType("Dollars", {
  description:
    'An amount in USD as decimal text, exact to 12 decimals and without trailing zeros: "0.0000036". Never a float.',
  serialize: (amount) => formatDollars(amount),
  parseValue: () => {
    throw questionError("BAD_USER_INPUT", "Dollars is only ever an answer");
  },
});

builder.scalarType("Count", {
  description:
    "A whole number of things or units, as a JSON number. It may pass 2^31; it is exact to 2^53.",
  serialize: (count) => Number(count),
  parseValue: () => {
    throw questionError("BAD_USER_INPUT", "Count is only ever an answer");
  },
});

const isoInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

builder.scalarType("DateTime", {
  description:
    'An instant as ISO 8601 with a zone ("2026-11-25T13:00:00Z"); a date alone ("2026-11-25") is its start in UTC.',
  serialize: (instant) => instant.toISOString(),
  parseValue: (value) => {
    const instant = typeof value === "string" && isoInstant.test(value) ? new Date(value) : null;
    if (instant === null || Number.isNaN(instant.getTime())) {
      throw questionError(
        "BAD_USER_INPUT",
        `expected an instant as ISO 8601 with a zone, such as "2026-11-25T13:00:00Z", or a date; got ${(JSON.stringify(value) ?? "nothing").slice(0, 60)}`,
      );
    }
    return instant;
  },
});
