import type { KeyId } from "#schema/ids.ts";
import { generations } from "#schema/tables/generations.ts";

/** A generation as it was booked. `id` is the UUID; `generationIdOf` spells its public form. */
export type Generation = typeof generations.$inferSelect & {
  /** The key that paid for it, or null for one that is no longer known by name. */
  keyName: string | null;
};
export type GenerationKey = { id: KeyId; name: string | null };
