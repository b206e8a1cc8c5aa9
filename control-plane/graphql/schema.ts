/** The GraphQL schema: questions only. `node control-plane/graphql/print-schema.ts` writes it to `schema.graphql`. */
import { lexicographicSortSchema, printSchema } from "graphql";
import { builder } from "./builder.ts";
import "./generations-field.ts";
import "./spend-field.ts";

builder.queryType({
  description:
    "What happened and what it cost. Nothing can be changed here; commands are at /trpc.",
});

export const schema = builder.toSchema();
/** The schema as text, sorted: what `schema.graphql` holds. */
export const schemaText = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;
