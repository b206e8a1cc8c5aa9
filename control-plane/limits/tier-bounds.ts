import { anyModel, freeModels } from "#schema/bounds.ts";
import type { AllowanceUnit, AllowanceWindow } from "#schema/bounds.ts";
import type { rateTiers } from "#schema/tables/allowances.ts";

export type RateTier = typeof rateTiers.$inferSelect;
export type TierBound = Exclude<keyof RateTier, "name" | "purchasedMin" | "updatedAt">;

/** Which allowance of an organization each number of a rate tier is. */
export const tierBounds = {
  requestsPerMinute: { unit: "requests", window: "minute", scope: anyModel },
  tokensPerMinute: { unit: "tokens", window: "minute", scope: anyModel },
  concurrentRequests: { unit: "concurrency", window: "lifetime", scope: anyModel },
  freeRequestsPerMinute: { unit: "requests", window: "minute", scope: freeModels },
  freeRequestsPerDay: { unit: "requests", window: "day", scope: freeModels },
} as const satisfies Record<
  TierBound,
  { unit: AllowanceUnit; window: AllowanceWindow; scope: string }
>;

/** The bound of a tier that an allowance of an organization is, or null when tiers do not know it. */
export function tierBoundOf(slot: {
  unit: AllowanceUnit;
  window: AllowanceWindow;
  scope: string;
}): TierBound | null {
  for (const [name, bound] of Object.entries(tierBounds)) {
    if (bound.unit === slot.unit && bound.window === slot.window && bound.scope === slot.scope)
      return name as TierBound;
  }
  return null;
}
