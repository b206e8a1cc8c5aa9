import { asc, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { showDollars } from "#schema/money/amount.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import { budgetIntervals, budgetWindows, wordOf } from "../limits/limit-words.ts";
import { listLimits, type Limit } from "../limits/list-limits.ts";

export type ExportedLimits = {
  /** Fields for the organization: `limits` and `workspaces`, as far as there is something to say. */
  fields: { limits?: object[]; workspaces?: object[] };
  /** `workspace` and `limits` of a key; its own limit is not among them. */
  ofKey: (id: KeyId, workspaceId: WorkspaceId) => { workspace?: string; limits?: object[] };
};

const pageRows = 1_000;

/** What somebody set of an organization, its workspaces and its keys; what rate tiers say is left to them. */
export async function exportLimits(
  tx: Transaction,
  organizationId: OrganizationId,
  now: Date,
): Promise<ExportedLimits> {
  const limits: Limit[] = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof listLimits>> = await listLimits(tx, {
      organizationId,
      now,
      limit: pageRows,
      after,
    });
    limits.push(...page.rows.filter(({ origin, own }) => origin === "set" && !own));
    if (page.next === null) break;
    after = page.next;
  }
  const of = (id: string) => limits.filter(({ subject }) => subject.id === id);
  const places = await tx
    .select()
    .from(workspaces)
    .where(eq(workspaces.organizationId, organizationId))
    .orderBy(asc(workspaces.slug));
  const written = places.flatMap(({ id, slug, name }) => {
    const budgets = budgetsOf(of(id));
    const rest = limitsField(of(id).filter(({ unit }) => unit !== "picodollars"));
    // Everybody has a workspace `default`, so it is named only when something is said of it.
    if (slug === "default" && budgets === null && rest.limits === undefined) return [];
    return [{ slug, name, ...(budgets === null ? {} : { budgets }), ...rest }];
  });
  const slugs = new Map(places.map(({ id, slug }) => [id, slug]));
  return {
    fields: {
      ...limitsField(of(organizationId)),
      ...(written.length === 0 ? {} : { workspaces: written }),
    },
    ofKey: (id, workspaceId) => {
      const slug = slugs.get(workspaceId);
      return {
        ...(slug === undefined || slug === "default" ? {} : { workspace: slug }),
        ...limitsField(of(id)),
      };
    },
  };
}

function budgetsOf(limits: readonly Limit[]): Record<string, string> | null {
  const budgets: Record<string, string> = {};
  for (const interval of budgetIntervals) {
    const limit = limits.find(
      ({ unit, window }) => unit === "picodollars" && window === budgetWindows[interval],
    )?.limit;
    if (limit != null) budgets[interval] = showDollars(limit);
  }
  return Object.keys(budgets).length === 0 ? null : budgets;
}

const limitsField = (limits: readonly Limit[]): { limits?: object[] } =>
  limits.length === 0 ? {} : { limits: limits.map(writeLimit) };

const writeLimit = ({ unit, window, scope, limit }: Limit): object => ({
  unit: wordOf(unit),
  ...(unit === "concurrency" ? {} : { per: window }),
  limit: limit === null ? null : unit === "picodollars" ? showDollars(limit) : Number(limit),
  ...(scope === "" ? {} : { scope }),
});
