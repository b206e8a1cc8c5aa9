/** `Query.generations` and `Query.generation`. */
import { generationIdOf, generationUuid } from "#schema/ids.ts";
import { generationsPageMax, listGenerations } from "../usage/list-generations.ts";
import { readGeneration } from "../usage/read-generation.ts";
import { builder } from "./builder.ts";
import { checkFilter, checkFirst, checkKey } from "./check-input.ts";
import { checkRange } from "./check-range.ts";
import { GenerationType, OutcomeEnum } from "./generation-type.ts";
import { organizationAsked } from "./organization-asked.ts";
import { questionError } from "./question-error.ts";

const GenerationFilter = builder.inputType("GenerationFilter", {
  fields: (t) => ({
    model: t.string({ description: "The model that answered." }),
    key: t.id({ description: "`key_…`" }),
    app: t.string(),
    outcome: t.field({ type: OutcomeEnum }),
    from: t.field({ type: "DateTime", description: "Admitted at or after." }),
    to: t.field({ type: "DateTime", description: "Admitted before." }),
  }),
});

const GenerationConnection = builder.connectionObject(
  {
    type: GenerationType,
    name: "GenerationConnection",
    edgesNullable: false,
    nodeNullable: false,
    edgesField: { complexity: { field: 1, multiplier: 1 } }, // `generations` multiplies by the page's size
  },
  { name: "GenerationEdge" },
);

builder.queryField("generations", (t) =>
  t.field({
    type: GenerationConnection,
    description: "An organization's generations, newest first.",
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description: `1 to ${generationsPageMax}`,
      }),
      after: t.arg.string({ description: "`pageInfo.endCursor` of the page before." }),
      filter: t.arg({ type: GenerationFilter }),
      organization: t.arg.string({
        description: "A slug; operators only. Your own organization when absent.",
      }),
    },
    complexity: ({ first }) => ({ field: 1, multiplier: Math.max(1, first) }),
    resolve: async (_parent, { first, after, filter, organization }, context) => {
      const cursor = after === null || after === undefined ? null : generationUuid(after);
      if (cursor === null && after !== null && after !== undefined) {
        throw questionError(
          "BAD_USER_INPUT",
          "after: this is not a cursor of generations; pass pageInfo.endCursor of the page before, unchanged",
        );
      }
      const { from, to } = filter ?? {};
      if (from && to) checkRange({ from, to });
      const { rows, hasMore } = await listGenerations(context.analytics, {
        first: checkFirst(first, generationsPageMax),
        after: cursor,
        model: checkFilter("model", filter?.model),
        key: checkKey(filter?.key),
        app: checkFilter("app", filter?.app),
        outcome: filter?.outcome ?? undefined,
        from: from ?? undefined,
        to: to ?? undefined,
        organizationId: await organizationAsked(context, organization),
      });
      const edges = rows.map((row) => ({ cursor: generationIdOf(row.id) as string, node: row }));
      return {
        edges,
        pageInfo: {
          hasNextPage: hasMore,
          hasPreviousPage: cursor !== null,
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      };
    },
  }),
);

builder.queryField("generation", (t) =>
  t.field({
    type: GenerationType,
    nullable: true,
    description:
      "One generation. Null with a NOT_FOUND error when the organization has none with this id.",
    args: {
      id: t.arg.id({ required: true, description: "`gen-…`" }),
      organization: t.arg.string({
        description: "A slug; operators only. Your own organization when absent.",
      }),
    },
    resolve: async (_parent, { id, organization }, context) => {
      const uuid = generationUuid(id);
      if (uuid === null)
        throw questionError(
          "BAD_USER_INPUT",
          'id: expected the id of a generation, such as "gen-1764075600-AZq…"',
        );
      const organizationId = await organizationAsked(context, organization);
      const generation = await readGeneration(context.analytics, { uuid, organizationId });
      if (!generation)
        throw questionError(
          "NOT_FOUND",
          `generation ${id} not found; it may not be booked yet, or belong to another organization`,
        );
      return generation;
    },
  }),
);
