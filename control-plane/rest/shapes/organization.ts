/** Workspaces, budgets, own credentials and members (openrouter-api.md 1.6). */
import { z } from "zod";
import { list, never, one, textOrNull, time, timeOrNull, usdNumber } from "./numbers.ts";

export const workspace = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    description: never,
    created_at: time,
    updated_at: timeOrNull,
    created_by: never,
    default_guardrail_id: z.string(),
    default_text_model: never,
    default_image_model: never,
    default_provider_sort: never,
    io_logging_api_key_ids: never,
    io_logging_sampling_rate: z.number(),
    is_observability_io_logging_enabled: z.literal(false),
    is_observability_broadcast_enabled: z.literal(false),
    is_data_discount_logging_enabled: z.literal(false),
  })
  .meta({ id: "Workspace" });
export const workspaceAnswer = one(workspace);
export const workspacesAnswer = list(workspace);

export const budget = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    limit_usd: usdNumber,
    reset_interval: z.enum(["daily", "weekly", "monthly"]).nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: "Budget" });
export const budgetAnswer = one(budget);
export const budgetsAnswer = one(z.array(budget));

export const credential = z
  .object({
    id: z.string(),
    provider: z.string(),
    name: z.string(),
    label: z.string().describe("Its first and last characters"),
    disabled: z.literal(false),
    is_fallback: z.literal(false),
    is_byok_only: z.literal(false),
    is_required: z.literal(false),
    declared_zdr: never,
    allowed_models: never,
    allowed_api_key_hashes: never,
    allowed_user_ids: never,
    sort_order: z.int(),
    workspace_id: never,
    created_at: time,
  })
  .meta({ id: "Credential" });
export const credentialAnswer = one(credential);
export const credentialsAnswer = list(credential);

export const membersAnswer = list(
  z
    .object({
      id: z.string(),
      email: z.string(),
      first_name: textOrNull,
      last_name: textOrNull,
      role: z.enum(["org:admin", "org:member"]),
    })
    .meta({ id: "Member" }),
);
