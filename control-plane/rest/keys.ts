/** /keys: inference keys of the organization, in OpenRouter's shape (openrouter-api.md 1.3, 1.7). */
import { and, count, desc, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { type Picodollars } from "#schema/money/amount.ts";
import { limitResets } from "#schema/bounds.ts";
import { keys } from "#schema/tables/keys.ts";
import { CommandError } from "../command-error.ts";
import { findKey } from "../keys/find-key.ts";
import { mintKey } from "../keys/mint-key.ts";
import { readKeys, type KeyWithUsage } from "../keys/read-keys.ts";
import { revokeKey } from "../keys/revoke-key.ts";
import { updateKey } from "../keys/update-key.ts";
import { runCommand } from "../run-command.ts";
import { findWorkspace } from "../workspaces/find-workspace.ts";
import { instant, name, offset, usd } from "./inputs.ts";
import type { KeyCall } from "./route.ts";
import type { key as keyShape, keyAnswer, keyMade, keysAnswer } from "./shapes/key.ts";

const limitReset = z
  .enum(limitResets, {
    error: `expected ${limitResets.join(", ")}, or null for the key's whole life`,
  })
  .nullable();
/** What goes to a provider on the organization's own credential is not charged here, so no limit of ours can hold it. */
const byokInLimit = z.literal(false, {
  error:
    "only false is possible: what a provider bills to your own credential is not charged here, and only the fee counts",
});

export const newKey = z.strictObject({
  name,
  limit: usd.nullable().default(null),
  limit_reset: limitReset.default(null),
  include_byok_in_limit: byokInLimit.optional(),
  expires_at: instant.nullable().default(null),
  workspace_id: z.string().min(1).max(120).optional(),
  creator_user_id: z.null({ error: "keys are not made for a person yet; leave it out" }).optional(),
});
export const keyChange = z.strictObject({
  name: name.optional(),
  disabled: z.boolean().optional(),
  limit: usd.nullable().optional(),
  limit_reset: limitReset.optional(),
  include_byok_in_limit: byokInLimit.optional(),
});

export const keysQuery = z.object({
  offset,
  include_disabled: z
    .string()
    .transform((text) => text === "true")
    .default(false)
    .meta({ type: "boolean", description: "With those that are disabled" }),
  workspace_id: z.string().max(200).optional().describe("Of this workspace only; its slug will do"),
});

export async function listKeys(
  { runtime, actor }: KeyCall,
  query: z.infer<typeof keysQuery>,
): Promise<z.infer<typeof keysAnswer>> {
  const { db } = runtime;
  const workspace = query.workspace_id;
  const workspaceId =
    workspace === undefined
      ? null
      : (await findWorkspace(db, { organizationId: actor.organizationId, slugOrId: workspace })).id;
  const where = and(
    eq(keys.organizationId, actor.organizationId),
    eq(keys.kind, "inference"),
    isNull(keys.revokedAt),
    query.include_disabled ? undefined : eq(keys.disabled, false),
    workspaceId === null ? undefined : eq(keys.workspaceId, workspaceId),
  );
  const [rows, [counted]] = await Promise.all([
    readKeys(db, where, { limit: 100, offset: query.offset }),
    db.select({ total: count() }).from(keys).where(where).orderBy(desc(count())),
  ]);
  return { data: rows.map(shown), total_count: counted?.total ?? 0 };
}

export async function createKey(
  { runtime, actor }: KeyCall,
  body: z.infer<typeof newKey>,
): Promise<z.infer<typeof keyMade>> {
  if (body.expires_at !== null && body.expires_at <= runtime.now())
    throw new CommandError("bad_request", "expires_at: expected an instant in the future");
  const { organizationId } = actor;
  const minted = await runCommand(runtime.db, async (tx) => {
    const workspaceId =
      body.workspace_id === undefined
        ? undefined
        : (await findWorkspace(tx, { organizationId, slugOrId: body.workspace_id })).id;
    return mintKey(tx, {
      organizationId,
      workspaceId,
      kind: "inference",
      name: body.name,
      limit: body.limit,
      limitReset: body.limit_reset,
      expiresAt: body.expires_at,
    });
  });
  const key = await findKey(runtime.db, { organizationId, idOrHash: minted.hash });
  return { data: shown(key), key: minted.key };
}

export async function readKey({
  runtime,
  actor,
  parameters,
}: KeyCall): Promise<z.infer<typeof keyAnswer>> {
  return { data: shown(await inferenceKey(runtime.db, actor.organizationId, parameters)) };
}

export async function changeKey(
  { runtime, actor, parameters }: KeyCall,
  body: z.infer<typeof keyChange>,
): Promise<z.infer<typeof keyAnswer>> {
  const { organizationId } = actor;
  const { hash } = await inferenceKey(runtime.db, organizationId, parameters);
  await runCommand(runtime.db, (tx) =>
    updateKey(tx, {
      organizationId,
      idOrHash: hash,
      name: body.name,
      disabled: body.disabled,
      limit: body.limit,
      limitReset: body.limit_reset,
    }),
  );
  return { data: shown(await findKey(runtime.db, { organizationId, idOrHash: hash })) };
}

export async function deleteKey({
  runtime,
  actor,
  parameters,
}: KeyCall): Promise<{ deleted: true }> {
  const { organizationId } = actor;
  const { hash } = await inferenceKey(runtime.db, organizationId, parameters);
  await runCommand(runtime.db, async (tx) => {
    const { sequence } = await revokeKey(tx, { organizationId, idOrHash: hash });
    return { sequence };
  });
  return { deleted: true };
}

/** Management keys are not managed here: to this door they are not there. */
async function inferenceKey(
  db: KeyCall["runtime"]["db"],
  organizationId: KeyCall["actor"]["organizationId"],
  { hash = "" }: KeyCall["parameters"],
): Promise<KeyWithUsage> {
  const key = await findKey(db, { organizationId, idOrHash: hash });
  if (key.kind === "inference") return key;
  throw new CommandError(
    "not_found",
    `no key of this organization has the hash ${hash.slice(0, 80)}`,
  );
}

const orNull = (amount: Picodollars | null): number | null =>
  amount === null ? null : dollarsNumber(amount);

function shown(key: KeyWithUsage): z.infer<typeof keyShape> {
  return {
    hash: key.hash,
    name: key.name,
    label: key.label,
    disabled: key.disabled,
    limit: orNull(key.limit),
    limit_remaining: orNull(key.limitRemaining),
    limit_reset: key.limitReset,
    include_byok_in_limit: false,
    usage: dollarsNumber(key.usage),
    usage_daily: dollarsNumber(key.usageDaily),
    usage_weekly: dollarsNumber(key.usageWeekly),
    usage_monthly: dollarsNumber(key.usageMonthly),
    byok_usage: 0,
    byok_usage_daily: 0,
    byok_usage_weekly: 0,
    byok_usage_monthly: 0,
    created_at: key.createdAt.toISOString(),
    updated_at: key.updatedAt?.toISOString() ?? null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    creator_user_id: null,
    external_user: null,
    workspace_id: key.workspaceId,
  };
}
