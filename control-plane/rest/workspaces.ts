/** /workspaces: environments of the organization, and what each may spend (openrouter-api.md 1.6). */
import { asc, count, eq } from "drizzle-orm";
import { z } from "zod";
import { anyModel } from "#schema/bounds.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";
import { budgetIntervals, budgetWindows, type BudgetInterval } from "../limits/limit-words.ts";
import { listLimits, type Limit } from "../limits/list-limits.ts";
import { readLimit, type LimitSlot } from "../limits/put-limit.ts";
import { removeLimit } from "../limits/remove-limit.ts";
import { setLimit } from "../limits/set-limit.ts";
import { runCommand } from "../run-command.ts";
import { createWorkspace } from "../workspaces/create-workspace.ts";
import { deleteWorkspace } from "../workspaces/delete-workspace.ts";
import { findWorkspace, type Workspace } from "../workspaces/find-workspace.ts";
import { updateWorkspace } from "../workspaces/update-workspace.ts";
import { name, usd, type Page } from "./inputs.ts";
import type { KeyCall } from "./route.ts";
import type {
  budget as budgetShape,
  budgetAnswer,
  budgetsAnswer,
  workspace as workspaceShape,
  workspaceAnswer,
  workspacesAnswer,
} from "./shapes/organization.ts";

type Answer = z.infer<typeof workspaceAnswer>;
type BudgetAnswer = z.infer<typeof budgetAnswer>;

const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "expected lower-case letters, digits and hyphens, at most 63",
  );
/** Of OpenRouter's settings these are kept; the others would be promises that nobody keeps. */
export const newWorkspace = z.strictObject({ name, slug });
export const workspaceChange = z.strictObject({ name: name.optional(), slug: slug.optional() });
export const budgetChange = z.strictObject({
  limit_usd: usd,
  include_byok_in_budgets: z
    .literal(false, { error: "only false is possible: only what is charged here counts" })
    .optional(),
});

export async function listWorkspaces(
  { runtime, actor }: KeyCall,
  { offset, limit }: Page,
): Promise<z.infer<typeof workspacesAnswer>> {
  const where = eq(workspaces.organizationId, actor.organizationId);
  const [rows, [counted]] = await Promise.all([
    runtime.db
      .select()
      .from(workspaces)
      .where(where)
      .orderBy(asc(workspaces.slug))
      .limit(limit)
      .offset(offset),
    runtime.db.select({ total: count() }).from(workspaces).where(where),
  ]);
  return { data: rows.map(shown), total_count: counted?.total ?? 0 };
}

export async function readWorkspace(call: KeyCall): Promise<Answer> {
  return { data: shown(await workspaceOf(call)) };
}

export async function addWorkspace(
  { runtime, actor }: KeyCall,
  body: z.infer<typeof newWorkspace>,
): Promise<Answer> {
  const { organizationId } = actor;
  await runCommand(runtime.db, (tx) => createWorkspace(tx, { organizationId, ...body }));
  return { data: shown(await findWorkspace(runtime.db, { organizationId, slugOrId: body.slug })) };
}

export async function changeWorkspace(
  call: KeyCall,
  body: z.infer<typeof workspaceChange>,
): Promise<Answer> {
  const { id } = await workspaceOf(call);
  const { organizationId } = call.actor;
  await runCommand(call.runtime.db, (tx) => updateWorkspace(tx, { organizationId, id, ...body }));
  return { data: shown(await findWorkspace(call.runtime.db, { organizationId, slugOrId: id })) };
}

export async function removeWorkspace(call: KeyCall): Promise<{ deleted: true }> {
  const { id } = await workspaceOf(call);
  const { organizationId } = call.actor;
  await runCommand(call.runtime.db, (tx) => deleteWorkspace(tx, { organizationId, id }));
  return { deleted: true };
}

export async function listBudgets(call: KeyCall): Promise<z.infer<typeof budgetsAnswer>> {
  const workspace = await workspaceOf(call);
  const { rows } = await listLimits(call.runtime.db, {
    organizationId: call.actor.organizationId,
    subjects: [{ kind: "workspace", id: workspace.id }],
    money: true,
    now: call.runtime.now(),
    limit: budgetIntervals.length,
    after: null,
  });
  const set = budgetIntervals.flatMap((interval) => {
    const row = rows.find(({ window }) => window === budgetWindows[interval]);
    return row && row.limit !== null ? [shownBudget(interval, row, workspace)] : [];
  });
  return { data: set };
}

export async function readBudget(call: KeyCall): Promise<BudgetAnswer> {
  const workspace = await workspaceOf(call);
  const interval = intervalOf(call);
  const row = await readLimit(call.runtime.db, slotOf(call, workspace, interval));
  if (!row || row.limit === null)
    throw new CommandError(
      "not_found",
      `the workspace ${workspace.slug} has no ${interval} budget`,
    );
  return { data: shownBudget(interval, row, workspace, row) };
}

export async function putBudget(
  call: KeyCall,
  body: z.infer<typeof budgetChange>,
): Promise<BudgetAnswer> {
  const workspace = await workspaceOf(call);
  const slot = slotOf(call, workspace, intervalOf(call));
  await runCommand(call.runtime.db, (tx) => setLimit(tx, { ...slot, limit: body.limit_usd }));
  return readBudget(call);
}

export async function removeBudget(call: KeyCall): Promise<{ deleted: true }> {
  const workspace = await workspaceOf(call);
  const slot = slotOf(call, workspace, intervalOf(call));
  await runCommand(call.runtime.db, (tx) => removeLimit(tx, slot));
  return { deleted: true };
}

const workspaceOf = ({ runtime, actor, parameters }: KeyCall): Promise<Workspace> =>
  findWorkspace(runtime.db, {
    organizationId: actor.organizationId,
    slugOrId: parameters["workspace"] ?? "",
  });

function intervalOf({ parameters }: KeyCall): BudgetInterval {
  const word = parameters["interval"] ?? "";
  const known = budgetIntervals.find((interval) => interval === word);
  if (known) return known;
  throw new CommandError(
    "bad_request",
    `expected one of ${budgetIntervals.join(", ")} behind /budgets/, got ${JSON.stringify(word.slice(0, 40))}`,
  );
}

const slotOf = ({ actor }: KeyCall, workspace: Workspace, interval: BudgetInterval): LimitSlot => ({
  organizationId: actor.organizationId,
  subject: { kind: "workspace", id: workspace.id },
  unit: "picodollars",
  window: budgetWindows[interval],
  scope: anyModel,
});

function shownBudget(
  interval: BudgetInterval,
  { id, limit }: Pick<Limit, "id" | "limit">,
  workspace: Workspace,
  dates?: { createdAt: Date; updatedAt: Date | null },
): z.infer<typeof budgetShape> {
  const created = (dates?.createdAt ?? workspace.createdAt).toISOString();
  return {
    id,
    workspace_id: workspace.id,
    limit_usd: limit === null ? 0 : dollarsNumber(limit),
    reset_interval: interval === "lifetime" ? null : interval,
    created_at: created,
    updated_at: dates?.updatedAt?.toISOString() ?? created,
  };
}

/** What the SDK demands of a workspace; what is not kept here is null or off. */
function shown(workspace: Workspace): z.infer<typeof workspaceShape> {
  return {
    id: workspace.id,
    slug: workspace.slug,
    name: workspace.name,
    description: null,
    created_at: workspace.createdAt.toISOString(),
    updated_at: null,
    created_by: null,
    default_guardrail_id: "",
    default_text_model: null,
    default_image_model: null,
    default_provider_sort: null,
    io_logging_api_key_ids: null,
    io_logging_sampling_rate: 1,
    is_observability_io_logging_enabled: false,
    is_observability_broadcast_enabled: false,
    is_data_discount_logging_enabled: false,
  };
}
