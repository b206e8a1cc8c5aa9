/** GET /credits: what the organization was given and what it used, over its life, in USD. The difference is left. */
import type { z } from "zod";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { readCredits } from "../credits/read-credits.ts";
import type { KeyCall } from "./route.ts";
import type { creditsAnswer } from "./shapes/usage.ts";

export async function answerCredits({
  runtime,
  actor,
}: KeyCall): Promise<z.infer<typeof creditsAnswer>> {
  const { granted, used } = await readCredits(runtime.db, actor.organizationId);
  return { data: { total_credits: dollarsNumber(granted), total_usage: dollarsNumber(used) } };
}
