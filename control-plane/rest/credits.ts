/** GET /credits: what the organization was given and what it used, over its life, in USD. The difference is left. */
import { dollarsNumber } from "#schema/money/amount.ts";
import { readCredits } from "../credits/read-credits.ts";
import type { KeyCall } from "./route.ts";

export async function answerCredits({ runtime, actor }: KeyCall): Promise<object> {
  const { granted, used } = await readCredits(runtime.db, actor.organizationId);
  return { data: { total_credits: dollarsNumber(granted), total_usage: dollarsNumber(used) } };
}
