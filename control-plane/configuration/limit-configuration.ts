/** The parts of a config file that say what somebody may use: `limits`, `workspaces` and their `budgets`. */
import { z } from "zod";
import { allowanceWindows } from "#schema/bounds.ts";
import { showDollars } from "#schema/money/amount.ts";
import { budgetIntervals, limitUnits, parseLimit } from "../limits/limit-words.ts";

const written = z.union([z.string(), z.number()], {
  error: 'expected an amount in USD, such as "12.50", or a whole number',
});

const limit = z
  .strictObject(
    {
      unit: z.enum(limitUnits, { error: `expected one of ${limitUnits.join(", ")}` }),
      per: z
        .enum(allowanceWindows, { error: `expected one of ${allowanceWindows.join(", ")}` })
        .optional(),
      limit: written.nullable(),
      scope: z.string({ error: "expected the id of a model, or free" }).max(200).default(""),
    },
    { error: "expected a limit, such as {unit: requests, per: minute, limit: 60}" },
  )
  .transform((one, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    if (one.unit === "concurrency") {
      if (one.per !== undefined && one.per !== "lifetime")
        refuse("per", "concurrency is how many run at once and has no window; leave per out");
    } else if (one.per === undefined) {
      refuse("per", `is missing; expected one of ${allowanceWindows.join(", ")}`);
    } else if (one.unit === "usd" && one.per === "minute") {
      refuse("per", "money is bounded per day, week, month or lifetime");
    }
    if (one.unit === "usd" && one.scope !== "")
      refuse("scope", "money is bounded over all models together; leave scope out");
    const amount = readAmount(
      () => (one.limit === null ? null : parseLimit(one.unit, one.limit)),
      ["limit"],
      context,
    );
    return { unit: one.unit, per: one.per ?? "lifetime", scope: one.scope, limit: amount };
  });

/** Limits of one key, workspace or organization, each of its own. */
export const limitList = z
  .array(limit, { error: "expected a list of limits" })
  .superRefine((limits, context) => {
    const seen = new Set<string>();
    for (const [index, { unit, per, scope }] of limits.entries()) {
      const name = [unit, per, scope].join(" ");
      if (seen.has(name))
        context.addIssue({
          code: "custom",
          path: [index],
          message: `there are two limits of ${unit} per ${per}${scope === "" ? "" : ` for ${scope}`}; give one`,
        });
      seen.add(name);
    }
  })
  .default([]);
export type LimitConfiguration = z.infer<typeof limit>;

const budgets = z
  .strictObject(
    Object.fromEntries(
      budgetIntervals.map((interval) => [interval, written.nullable().optional()]),
    ) as Record<(typeof budgetIntervals)[number], z.ZodOptional<z.ZodNullable<typeof written>>>,
    { error: 'expected budgets in USD, such as {monthly: "500.00", daily: "25.00"}' },
  )
  .transform((given, context) => {
    const amounts: Partial<Record<(typeof budgetIntervals)[number], bigint | null>> = {};
    let wider: { interval: string; amount: bigint } | null = null;
    for (const interval of budgetIntervals) {
      const text = given[interval];
      if (text === undefined) continue;
      const amount = readAmount(
        () => (text === null ? null : parseLimit("usd", text)),
        [interval],
        context,
      );
      amounts[interval] = amount;
      if (amount === null) continue;
      if (wider !== null && amount >= wider.amount)
        context.addIssue({
          code: "custom",
          path: [interval],
          message: `must be below $${showDollars(wider.amount)}, the ${wider.interval} budget: lifetime above monthly above weekly above daily`,
        });
      wider = { interval, amount };
    }
    return amounts;
  });

const workspace = z
  .strictObject({
    slug: z
      .string({ error: "expected a slug, such as production" })
      .regex(
        /^[a-z0-9][a-z0-9-]{0,62}$/,
        "expected a slug: lowercase letters, digits and dashes, such as production",
      ),
    name: z.string({ error: "expected text" }).min(1, "must not be empty").max(200).optional(),
    budgets: budgets.optional(),
    limits: limitList,
  })
  .superRefine(({ limits }, context) => {
    for (const [index, { unit }] of limits.entries()) {
      if (unit !== "usd") continue;
      const message = "money of a workspace is a budget; write it under budgets";
      context.addIssue({ code: "custom", path: ["limits", index, "unit"], message });
    }
  });

export const workspaceList = z
  .array(workspace, { error: "expected a list of workspaces" })
  .superRefine((workspaces, context) => {
    for (const [index, { slug }] of workspaces.entries()) {
      if (workspaces.findIndex((each) => each.slug === slug) === index) continue;
      context.addIssue({
        code: "custom",
        path: [index, "slug"],
        message: `"${slug}" is used twice`,
      });
    }
  })
  .default([]);
export type WorkspaceConfiguration = z.infer<typeof workspace>;

/** What an organization may be bounded by: not by what it may spend in its lifetime, which is its credit. */
export const organizationLimits = limitList.superRefine((limits, context) => {
  for (const [index, { unit, per }] of limits.entries()) {
    if (unit !== "usd" || per !== "lifetime") continue;
    const message = "what an organization may spend in its lifetime is its credit; use credits";
    context.addIssue({ code: "custom", path: [index, "per"], message });
  }
});

/** A key's own limit is the one in the window of `limit_reset`; a second number for it would contradict it. */
export function contradictsOwnLimit(
  own: { limit: string | null; limit_reset: string | null },
  { unit, per }: LimitConfiguration,
): boolean {
  const window = { daily: "day", weekly: "week", monthly: "month" }[own.limit_reset ?? ""];
  return unit === "usd" && own.limit !== null && per === (window ?? "lifetime");
}

function readAmount<Amount extends bigint | null>(
  read: () => Amount,
  path: string[],
  context: z.core.$RefinementCtx,
): Amount | null {
  try {
    return read();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: "custom", path, message });
    return null;
  }
}
