/** Keys, as a management key sees them and as one sees itself (openrouter-api.md 1.7). */
import { z } from "zod";
import { limitResets } from "#schema/bounds.ts";
import { list, never, one, time, timeOrNull, usdNumber, usdOrNull } from "./numbers.ts";

const usage = {
  usage: usdNumber,
  usage_daily: usdNumber,
  usage_weekly: usdNumber,
  usage_monthly: usdNumber,
  byok_usage: usdNumber,
  byok_usage_daily: usdNumber,
  byok_usage_weekly: usdNumber,
  byok_usage_monthly: usdNumber,
};
const limits = {
  limit: usdOrNull.describe("USD; null: none"),
  limit_remaining: usdOrNull,
  limit_reset: z.enum(limitResets).nullable(),
  include_byok_in_limit: z.literal(false),
};

export const key = z
  .object({
    hash: z.string().describe("Names the key; it is not the secret"),
    name: z.string(),
    label: z.string(),
    disabled: z.boolean(),
    ...limits,
    ...usage,
    created_at: time,
    updated_at: timeOrNull,
    expires_at: timeOrNull,
    creator_user_id: never,
    external_user: never,
    workspace_id: z.string(),
  })
  .meta({ id: "Key" });
export const keyAnswer = one(key);
export const keysAnswer = list(key);
export const keyMade = keyAnswer.extend({
  key: z.string().describe("The secret. It is told only here"),
});

export const ownKey = z
  .object({
    label: z.string(),
    name: z.string(),
    ...limits,
    ...usage,
    is_free_tier: z.boolean(),
    is_management_key: z.boolean(),
    is_provisioning_key: z.boolean(),
    free_model_daily_requests: z.object({
      limit: z.int(),
      used: z.int(),
      remaining: z.int(),
      resets_at: timeOrNull,
    }),
    rate_limit: z.object({ requests: z.int(), interval: z.string(), note: z.string() }),
    creator_user_id: never,
    organization_id: z.string(),
    workspace_id: z.string(),
    allowed_data_regions: z.array(z.string()),
    expires_at: timeOrNull,
    limits: z
      .array(
        z.object({
          subject: z.string(),
          unit: z.string(),
          per: z.string(),
          scope: z.string(),
          limit: z.number().nullable(),
          used: z.number().nullable(),
          remaining: z.number().nullable(),
          resets_at: timeOrNull,
        }),
      )
      .describe("Every bound that a request of this key is held against, but for the credit"),
  })
  .meta({ id: "OwnKey" });
export const ownKeyAnswer = one(ownKey);
