/** GET /key: about the key that asks. */
import { eq } from "drizzle-orm";
import { dollarsNumber } from "#schema/money/amount.ts";
import { keys } from "#schema/tables/keys.ts";
import { readKeys } from "../keys/read-keys.ts";
import { Refusal } from "./refusal.ts";
import type { KeyCall } from "./route.ts";

export async function answerKey({ runtime, actor }: KeyCall): Promise<object> {
  const [key] = await readKeys(runtime.db, eq(keys.id, actor.keyId), { limit: 1, offset: 0 });
  if (!key) throw new Refusal(401, "authentication", "User not found.");
  const isManagement = key.kind === "management";
  return {
    data: {
      label: key.label,
      name: key.name,
      limit: key.limit === null ? null : dollarsNumber(key.limit),
      limit_remaining: key.limitRemaining === null ? null : dollarsNumber(key.limitRemaining),
      limit_reset: key.limitReset,
      usage: dollarsNumber(key.usage),
      usage_daily: dollarsNumber(key.usageDaily),
      usage_weekly: dollarsNumber(key.usageWeekly),
      usage_monthly: dollarsNumber(key.usageMonthly),
      // Nobody brings keys of their own to this installation.
      include_byok_in_limit: false,
      byok_usage: 0,
      byok_usage_daily: 0,
      byok_usage_weekly: 0,
      byok_usage_monthly: 0,
      is_free_tier: false,
      is_management_key: isManagement,
      is_provisioning_key: isManagement, // the old name
      free_model_daily_requests: { limit: 0, used: 0, remaining: 0 }, // there is no free tier
      rate_limit: {
        requests: -1,
        interval: "10s",
        note: "This field is deprecated; keys have no rate limit of this kind.",
      },
      creator_user_id: null,
      organization_id: key.organizationId,
      workspace_id: key.workspaceId,
      allowed_data_regions: [],
      expires_at: key.expiresAt?.toISOString() ?? null,
    },
  };
}
