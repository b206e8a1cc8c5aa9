/** GET /activity: what was used on each of the last thirty completed UTC days (openrouter-api.md 1.3, 1.7). */
import { z } from "zod";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { findKey } from "../keys/find-key.ts";
import { providerNames } from "../usage/provider-names.ts";
import { sumActivity } from "../usage/sum-activity.ts";
import { findWorkspace } from "../workspaces/find-workspace.ts";
import { Refusal } from "./refusal.ts";
import type { KeyCall } from "./route.ts";
import type { activityAnswer } from "./shapes/usage.ts";

const dayMs = 86_400_000;
const daysMax = 30;

export const activityQuery = z.object({
  date: z
    .string()
    .max(40)
    .optional()
    .meta({
      format: "date",
      description: `One of the last ${daysMax} completed UTC days; all of them without it`,
    }),
  api_key_hash: z.string().max(200).optional().describe("Of this key only"),
  workspace_id: z.string().max(200).optional().describe("Of this workspace only; its slug will do"),
  group_by: z
    .literal("workspace", { error: "expected workspace, or nothing" })
    .optional()
    .describe("Each row of one workspace"),
  user_id: z
    .undefined({
      error: "keys are not made for a person here yet; ask by api_key_hash or workspace_id",
    })
    .optional(),
});

export async function answerActivity(
  { runtime, actor }: KeyCall,
  query: z.infer<typeof activityQuery>,
): Promise<z.infer<typeof activityAnswer>> {
  const { db } = runtime;
  const { organizationId } = actor;
  const today = new Date(Math.floor(runtime.now().getTime() / dayMs) * dayMs);
  const { from, to } = rangeOf(query.date ?? null, today);
  const keyHash = query.api_key_hash ?? null;
  const workspace = query.workspace_id ?? null;
  const rows = await sumActivity(db, {
    organizationId,
    from,
    to,
    keyId: keyHash === null ? null : (await findKey(db, { organizationId, idOrHash: keyHash })).id,
    workspaceId:
      workspace === null
        ? null
        : (await findWorkspace(db, { organizationId, slugOrId: workspace })).id,
    byWorkspace: query.group_by === "workspace",
  });
  const nameOf = await providerNames(
    db,
    [...new Set(rows.map(({ provider }) => provider))].filter((slug) => slug !== ""),
  );
  return {
    data: rows.map((row) => ({
      date: row.date,
      model: row.model,
      model_permaslug: row.model,
      endpoint_id: row.endpointId ?? "",
      provider_name: row.provider === "" ? "" : nameOf(row.provider),
      usage: dollarsNumber(row.charge),
      byok_usage_inference: 0, // what goes to a provider on the organization's own credential is the provider's to sum
      requests: row.requests,
      prompt_tokens: row.promptTokens,
      completion_tokens: row.completionTokens,
      reasoning_tokens: row.reasoningTokens,
      ...(row.workspaceId === null ? {} : { workspace_id: row.workspaceId }),
    })),
  };
}

/** One completed day, or all thirty. @throws {Refusal} 400. */
function rangeOf(date: string | null, today: Date): { from: Date; to: Date } {
  const earliest = new Date(today.getTime() - daysMax * dayMs);
  if (date === null) return { from: earliest, to: today };
  const day = new Date(`${date}T00:00:00Z`);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(day.getTime());
  if (isDay && day >= earliest && day < today)
    return { from: day, to: new Date(day.getTime() + dayMs) };
  throw new Refusal(
    400,
    "invalid_request",
    `date: expected one of the last ${daysMax} completed UTC days, from ${dateOf(earliest)} to ${dateOf(new Date(today.getTime() - dayMs))}, got ${JSON.stringify(date.slice(0, 40))}`,
  );
}

const dateOf = (day: Date): string => day.toISOString().slice(0, 10);
