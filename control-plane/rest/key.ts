/** GET /key: about the key that asks. */
import { eq } from "drizzle-orm";
import type { z } from "zod";
import { anyModel, freeModels } from "#schema/bounds.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { keys } from "#schema/tables/keys.ts";
import { windowEnd } from "#schema/windows.ts";
import { readCredits } from "../credits/read-credits.ts";
import { readKeys } from "../keys/read-keys.ts";
import { wordOf } from "../limits/limit-words.ts";
import { listLimits, type Limit } from "../limits/list-limits.ts";
import { Refusal } from "./refusal.ts";
import type { KeyCall } from "./route.ts";
import type { ownKeyAnswer } from "./shapes/key.ts";

type OwnKey = z.infer<typeof ownKeyAnswer>["data"];

// What bounds one key: its own, its workspace's and its organization's, a few of each; more are not shown.
const limitsMax = 1_000;
/** As OpenRouter says it of what is not bounded. */
const unbounded = -1;

export async function answerKey({ runtime, actor }: KeyCall): Promise<{ data: OwnKey }> {
  const { db } = runtime;
  const now = runtime.now();
  const [[key], { rows: limits }, credits] = await Promise.all([
    readKeys(db, eq(keys.id, actor.keyId), { limit: 1, offset: 0 }),
    listLimits(db, {
      organizationId: actor.organizationId,
      subjects: [
        { kind: "key", id: actor.keyId },
        { kind: "workspace", id: actor.workspaceId },
        { kind: "organization", id: actor.organizationId },
      ],
      now,
      limit: limitsMax,
      after: null,
    }),
    readCredits(db, actor.organizationId),
  ]);
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
      // What goes to a provider on the organization's own credential is the provider's to sum; its fee is in `usage`.
      include_byok_in_limit: false,
      byok_usage: 0,
      byok_usage_daily: 0,
      byok_usage_weekly: 0,
      byok_usage_monthly: 0,
      is_free_tier: credits.granted === 0n, // never bought and never got any credit
      is_management_key: isManagement,
      is_provisioning_key: isManagement, // the old name
      free_model_daily_requests: freeToday(limits, now),
      rate_limit: rateLimit(limits),
      creator_user_id: null,
      organization_id: key.organizationId,
      workspace_id: key.workspaceId,
      allowed_data_regions: [],
      expires_at: key.expiresAt?.toISOString() ?? null,
      // Beyond OpenRouter: every bound that a request of this key is held against, but for the credit.
      limits: limits.map(shown),
    },
  };
}

/** Of the account, so more keys do not help (contract L-3). */
function freeToday(limits: readonly Limit[], now: Date): OwnKey["free_model_daily_requests"] {
  const bound = limits.find(
    ({ subject, unit, window, scope }) =>
      subject.kind === "organization" &&
      unit === "requests" &&
      window === "day" &&
      scope === freeModels,
  );
  const resetsAt = windowEnd("day", now)?.toISOString() ?? null;
  if (bound?.limit == null || bound.remaining === null)
    return { limit: unbounded, used: 0, remaining: unbounded, resets_at: resetsAt };
  return {
    limit: Number(bound.limit),
    used: Number(bound.used),
    remaining: Number(bound.remaining),
    resets_at: resetsAt,
  };
}

/** The narrowest number of requests in a minute, for any model; -1 when there is none (contract L-7). */
function rateLimit(limits: readonly Limit[]): OwnKey["rate_limit"] {
  const note = "This field is deprecated; `limits` has all of them.";
  let least: bigint | null = null;
  for (const { unit, window, scope, limit } of limits) {
    if (unit !== "requests" || window !== "minute" || scope !== anyModel || limit === null)
      continue;
    if (least === null || limit < least) least = limit;
  }
  return least === null
    ? { requests: unbounded, interval: "10s", note }
    : { requests: Number(least), interval: "60s", note };
}

function shown(row: Limit): OwnKey["limits"][number] {
  const amount = (value: bigint | null): number | null => {
    if (value === null) return null;
    return row.unit === "picodollars" ? dollarsNumber(value) : Number(value);
  };
  return {
    subject: row.subject.kind,
    unit: wordOf(row.unit),
    per: row.window,
    scope: row.scope,
    limit: amount(row.limit),
    used: amount(row.used),
    remaining: amount(row.remaining),
    resets_at: row.endsAt?.toISOString() ?? null,
  };
}
