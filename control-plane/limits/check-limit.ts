import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { anyModel, freeModels } from "#schema/bounds.ts";
import { models } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import type { LimitSlot } from "./put-limit.ts";

/**
 * Refuses a limit that would bound nothing, or something else than it says.
 * @throws {CommandError} bad_request, naming the field; not_found for a model that the catalogue does not have.
 */
export async function checkLimit(tx: Transaction, slot: LimitSlot): Promise<void> {
  const refuse = (message: string): never => {
    throw new CommandError("bad_request", message);
  };
  if (slot.unit === "picodollars" && slot.window === "minute")
    refuse(
      "per: money is bounded per day, week, month or lifetime; a minute bounds requests and tokens",
    );
  if (slot.unit === "picodollars" && slot.scope !== anyModel)
    refuse("scope: money is bounded over all models together; leave scope out");
  if (slot.unit === "concurrency" && slot.window !== "lifetime")
    refuse("per: concurrency is how many requests run at once and has no window; leave per out");
  if (
    slot.subject.kind === "organization" &&
    slot.unit === "picodollars" &&
    slot.window === "lifetime"
  )
    refuse(
      "per: what an organization may spend in its lifetime is its credit; use credits.grant, or set a limit per day, week or month",
    );
  if (slot.scope === anyModel || slot.scope === freeModels) return;
  const [model] = await tx.select({ id: models.id }).from(models).where(eq(models.id, slot.scope));
  if (!model)
    throw new CommandError(
      "not_found",
      `scope: no model has the id ${JSON.stringify(slot.scope.slice(0, 80))}; expected the id of a model, "free" for models whose id ends in :free, or nothing for every request`,
    );
}
