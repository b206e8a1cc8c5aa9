/** /analytics: what can be asked, and the answers, by OpenRouter's names (openrouter-api.md 1.8). */
import { z } from "zod";
import { queryUsage } from "../usage/query-usage.ts";
import {
  dimensions,
  granularities,
  metrics,
  operators,
  type Dimension,
  type Metric,
} from "../usage/usage-words.ts";
import { instant } from "./inputs.ts";
import type { KeyCall } from "./route.ts";
import type { analyticsAnswer, analyticsMeta } from "./shapes/usage.ts";

const weekMs = 7 * 86_400_000;
const dimensionsMax = 2;
const filtersMax = 20;
const rowsMax = 10_000;

const named = <Named extends { name: string }>(all: readonly Named[], what: string) =>
  z
    .string()
    .transform((name, context): Named => {
      const found = all.find((one) => one.name === name);
      if (found) return found;
      context.addIssue({
        code: "custom",
        message: `expected a ${what}, one of ${all.map((one) => one.name).join(", ")}; got ${JSON.stringify(name.slice(0, 60))}`,
      });
      return z.NEVER;
    })
    .meta({ enum: all.map((one) => one.name) });
const value = z.union([z.string().max(300), z.number()]).transform(String);

const noClassifier = z
  .undefined({ error: "there are no classifiers here; leave it out" })
  .optional();

export const analyticsQuestion = z
  .strictObject({
    metrics: z
      .array(named<Metric>(metrics, "metric"))
      .min(1, "expected at least one metric")
      .max(metrics.length),
    dimensions: z
      .array(named<Dimension>(dimensions, "dimension"))
      .max(dimensionsMax, `expected at most ${dimensionsMax} dimensions`)
      .default([]),
    filters: z
      .array(
        z.strictObject({
          field: named<Dimension>(dimensions, "dimension"),
          operator: z.enum(["eq", "neq", "in", "not_in"], {
            error: "expected eq, neq, in or not_in: text has no order",
          }),
          value: z.union([value.transform((one) => [one]), z.array(value).min(1).max(1_000)]),
          include_unset: z.boolean().optional(),
        }),
      )
      .max(filtersMax, `expected at most ${filtersMax} filters`)
      .default([]),
    granularity: z
      .enum(granularities, { error: `expected one of ${granularities.join(", ")}` })
      .optional(),
    time_range: z.strictObject({ start: instant, end: instant }).optional(),
    order_by: z
      .strictObject({
        field: z.string().max(60),
        direction: z.enum(["asc", "desc"]).default("desc"),
      })
      .optional(),
    limit: z.number().int().min(1).max(rowsMax, `expected at most ${rowsMax} rows`).default(1_000),
    group_limit: z.number().int().min(1).max(rowsMax).optional(),
    classifier_dimensions: noClassifier,
    classifier_filters: noClassifier,
  })
  .superRefine(({ time_range: range, order_by: order, granularity, ...asked }, context) => {
    if (range && range.start >= range.end)
      context.addIssue({
        code: "custom",
        path: ["time_range"],
        message: "start must be before end",
      });
    if (!order) return;
    const fields = [
      ...(granularity === undefined ? [] : ["date", `date__${granularity}`]),
      ...[...asked.metrics, ...asked.dimensions].map(({ name }) => name),
    ];
    if (!fields.includes(order.field))
      context.addIssue({
        code: "custom",
        path: ["order_by", "field"],
        message: `expected something that is asked for: ${fields.join(", ")}`,
      });
  });

export function answerMeta(): Promise<z.infer<typeof analyticsMeta>> {
  const labelled = ({ name, label }: { name: string; label: string }) => ({
    name,
    display_label: label,
  });
  return Promise.resolve({
    data: {
      metrics: metrics.map((metric) => ({
        ...labelled(metric),
        display_format: metric.format,
        is_rate: metric.isRate,
      })),
      dimensions: dimensions.map(labelled),
      granularities: granularities.map((name) => ({
        name,
        display_label: `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`,
      })),
      operators: operators.map(({ name, takes }) => ({ name, value_type: takes })),
    },
  });
}

export async function answerQuery(
  { runtime, actor }: KeyCall,
  asked: z.infer<typeof analyticsQuestion>,
): Promise<z.infer<typeof analyticsAnswer>> {
  const startedAt = performance.now();
  const now = runtime.now();
  const { rows, truncated, source } = await queryUsage(runtime.analytics, {
    organizationId: actor.organizationId,
    metrics: asked.metrics,
    dimensions: asked.dimensions,
    filters: asked.filters.map(({ field, operator, value: values }) => ({
      dimension: field,
      operator,
      values,
    })),
    granularity: asked.granularity ?? null,
    from: asked.time_range?.start ?? new Date(now.getTime() - weekMs),
    to: asked.time_range?.end ?? now,
    orderBy: asked.order_by
      ? { field: asked.order_by.field, descending: asked.order_by.direction === "desc" }
      : null,
    limit: asked.limit,
    groupLimit: asked.group_limit ?? null,
  });
  return {
    data: {
      data: rows,
      metadata: {
        query_time_ms: Math.round(performance.now() - startedAt),
        row_count: rows.length,
        truncated,
      },
      warnings:
        source === "roll-up"
          ? ["Usage is kept by the hour: the range was widened to whole hours."]
          : [],
    },
  };
}
