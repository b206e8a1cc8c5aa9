import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { picodollars } from "#schema/money/amount.ts";
import { CommandError } from "../command-error.ts";
import { budgetIntervals, unitOf } from "../limits/limit-words.ts";
import type { LimitSubject } from "../limits/put-limit.ts";
import { setBudgets } from "../limits/set-budgets.ts";
import { setLimit } from "../limits/set-limit.ts";
import { createWorkspace } from "../workspaces/create-workspace.ts";
import { findWorkspace } from "../workspaces/find-workspace.ts";
import type { LimitConfiguration, WorkspaceConfiguration } from "./limit-configuration.ts";

/** What was done, for people; nothing is said of what was so already. */
export type Done = { what: string; sequence: number | null };

/**
 * Sets the limits that a file names of one subject; others stay.
 * @param place what the file calls the subject, such as `key app of acme`.
 * @throws {CommandError} as `setLimit` does, with the place in front.
 */
export async function applyLimits(
  tx: Transaction,
  of: { organizationId: OrganizationId; subject: LimitSubject; place: string },
  limits: readonly LimitConfiguration[],
): Promise<Done[]> {
  const done: Done[] = [];
  for (const { unit, per, scope, limit } of limits) {
    const slot = { organizationId: of.organizationId, subject: of.subject, scope };
    const { changed, sequence } = await at(
      of.place,
      setLimit(tx, { ...slot, unit: unitOf(unit), window: per, limit }),
    );
    const what = unit === "concurrency" ? unit : `${unit} per ${per}`;
    if (changed)
      done.push({
        what: `limit of ${what}${scope && ` for ${scope}`} of ${of.place} set`,
        sequence,
      });
  }
  return done;
}

/** Makes the workspaces that a file names and sets their budgets and limits. */
export async function applyWorkspaces(
  tx: Transaction,
  organization: { id: OrganizationId; slug: string },
  workspaces: readonly WorkspaceConfiguration[],
): Promise<Done[]> {
  const organizationId = organization.id;
  const done: Done[] = [];
  for (const { slug, name, budgets, limits } of workspaces) {
    const place = `workspace ${slug} of ${organization.slug}`;
    const known = await findWorkspace(tx, { organizationId, slugOrId: slug }).catch(ifNotFound);
    const { id } =
      known ?? (await createWorkspace(tx, { organizationId, slug, name: name ?? slug }));
    if (known === null) done.push({ what: `${place} created`, sequence: null });
    if (budgets !== undefined) {
      const amounts = Object.fromEntries(
        budgetIntervals.flatMap((interval) => {
          const amount = budgets[interval];
          return amount === undefined
            ? []
            : [[interval, amount === null ? null : picodollars(amount)]];
        }),
      );
      const { changed, sequence } = await at(
        place,
        setBudgets(tx, { organizationId, workspaceId: id, budgets: amounts }),
      );
      if (changed.length > 0)
        done.push({ what: `${changed.join(" and ")} budget of ${place} set`, sequence });
    }
    done.push(
      ...(await applyLimits(
        tx,
        { organizationId, subject: { kind: "workspace", id }, place },
        limits,
      )),
    );
  }
  return done;
}

function ifNotFound(error: unknown): null {
  if (error instanceof CommandError && error.code === "not_found") return null;
  throw error;
}

async function at<Result>(place: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(error.code, `${place}: ${error.message}`, { cause: error });
  }
}
