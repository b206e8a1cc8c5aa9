/** `Query.spend`. */
import {
  spendDimensions,
  spendIntervals,
  spendRowsMax,
  sumSpend,
  type Spend,
  type SpendDimension,
  type SpendInterval,
  type SpendRow,
  type SpendSums,
} from "../usage/sum-spend.ts";
import { builder } from "./builder.ts";
import { checkFilter, checkFirst, checkKey } from "./check-input.ts";
import { checkRange, rangeDaysMax } from "./check-range.ts";
import { KeyType } from "./generation-type.ts";
import { organizationAsked } from "./organization-asked.ts";
import { questionError } from "./question-error.ts";

const SpendDimensionEnum = builder.enumType("SpendDimension", {
  values: Object.fromEntries(
    spendDimensions.map((word) => [word.toUpperCase(), { value: word }]),
  ) as Record<string, { value: SpendDimension }>,
});
const SpendIntervalEnum = builder.enumType("SpendInterval", {
  description: "In UTC; weeks start on Monday.",
  values: Object.fromEntries(
    spendIntervals.map((word) => [word.toUpperCase(), { value: word }]),
  ) as Record<string, { value: SpendInterval }>,
});

const SpendFilter = builder.inputType("SpendFilter", {
  fields: (t) => ({
    model: t.string(),
    key: t.id({ description: "`key_…`" }),
    app: t.string(),
    provider: t.string(),
  }),
});

const SpendSumsType = builder.interfaceRef<SpendSums>("SpendSums").implement({
  fields: (t) => ({
    requests: t.expose("requests", { type: "Count" }),
    failures: t.expose("failures", {
      type: "Count",
      description: "Requests of which no content ever came.",
    }),
    promptTokens: t.expose("promptTokens", { type: "Count", description: "Cached ones included." }),
    cachedTokens: t.expose("cachedTokens", {
      type: "Count",
      description: "Prompt tokens that were read from a cache.",
    }),
    completionTokens: t.expose("completionTokens", {
      type: "Count",
      description: "Reasoning included.",
    }),
    reasoningTokens: t.expose("reasoningTokens", { type: "Count" }),
    charge: t.expose("charge", { type: "Dollars", description: "What the organization paid." }),
    cost: t.field({
      type: "Dollars",
      nullable: true,
      description: "What we paid providers; null unless an operator asks.",
      resolve: (sums, _arguments, { actor }) => (actor.role === "operator" ? sums.cost : null),
    }),
  }),
});

const SpendRowType = builder.objectRef<SpendRow>("SpendRow").implement({
  description: "One group. A dimension that was not asked for is null.",
  interfaces: [SpendSumsType],
  fields: (t) => ({
    model: t.exposeString("model", { nullable: true }),
    key: t.expose("key", { type: KeyType, nullable: true }),
    app: t.exposeString("app", {
      nullable: true,
      description: "Empty for requests that named no app.",
    }),
    provider: t.exposeString("provider", {
      nullable: true,
      description: "Empty for requests that reached no provider.",
    }),
    time: t.expose("time", {
      type: "DateTime",
      nullable: true,
      description: "The first instant of the interval.",
    }),
  }),
});

const SpendReportType = builder.objectRef<Spend & SpendSums>("SpendReport").implement({
  description:
    "What was spent in a time range; the sums are over all of it, also when rows were cut.",
  interfaces: [SpendSumsType],
  fields: (t) => ({
    from: t.expose("from", {
      type: "DateTime",
      description: "Where the report starts: the full hour at or before the `from` asked for.",
    }),
    to: t.expose("to", {
      type: "DateTime",
      description: "Where it ends, exclusive: the full hour at or after the `to` asked for.",
    }),
    total: t.field({
      type: "Dollars",
      description: "The charge over all of it.",
      resolve: (spend) => spend.total.charge,
    }),
    rows: t.field({
      type: [SpendRowType],
      complexity: { field: 1, multiplier: 1 }, // counted at `spend`, which knows how many there may be
      description: "By time when grouped by it, then the dearest first. Empty without groupBy.",
      resolve: (spend) => spend.rows,
    }),
    groups: t.exposeInt("groups", {
      description:
        "How many rows there are in all; more than rows has when they were cut at `first`.",
    }),
  }),
});

builder.queryField("spend", (t) =>
  t.field({
    type: SpendReportType,
    description: `What an organization spent, exactly. By the hour of admission; at most ${rangeDaysMax} days at once.`,
    args: {
      from: t.arg({ type: "DateTime", required: true }),
      to: t.arg({ type: "DateTime", required: true }),
      groupBy: t.arg({
        type: [SpendDimensionEnum],
        required: true,
        defaultValue: [],
        description: "At most two.",
      }),
      interval: t.arg({
        type: SpendIntervalEnum,
        required: true,
        defaultValue: "day",
        description: "The length of a row's time, when grouped by TIME.",
      }),
      filter: t.arg({ type: SpendFilter }),
      first: t.arg.int({ required: true, defaultValue: 100, description: `1 to ${spendRowsMax}` }),
      organization: t.arg.string({
        description: "A slug; operators only. Your own organization when absent.",
      }),
    },
    complexity: ({ first }) => ({ field: 10, multiplier: Math.max(1, first) }),
    resolve: async (
      _parent,
      { from, to, groupBy, interval, filter, first, organization },
      context,
    ) => {
      checkRange({ from, to });
      if (groupBy.length > 2 || new Set(groupBy).size !== groupBy.length) {
        throw questionError("BAD_USER_INPUT", "groupBy: expected at most two different dimensions");
      }
      const spend = await sumSpend(context.analytics, {
        from,
        to,
        groupBy,
        interval,
        model: checkFilter("model", filter?.model),
        key: checkKey(filter?.key),
        app: checkFilter("app", filter?.app),
        provider: checkFilter("provider", filter?.provider),
        first: checkFirst(first, spendRowsMax),
        organizationId: await organizationAsked(context, organization),
      });
      return { ...spend, ...spend.total };
    },
  }),
);
