/**
 * Refuses to release a catalogue whose facts are old: node control-plane/shipped-catalogue/check-age.ts, which `npm version`
 * runs first. Tests only warn: time alone must not break them on a day when nobody changed anything.
 */
import { factsOf } from "./models.ts";

/** Prices change weekly; at two months a tenth of them is wrong (contract/catalogue.md section 3). */
export const daysMax = 60;

/** Whole days between the day of the facts and an instant. */
export const ageInDays = (now: Date): number =>
  Math.floor((now.getTime() - Date.parse(factsOf)) / 86_400_000);

if (import.meta.main) {
  const days = ageInDays(new Date());
  if (days > daysMax) {
    console.error(
      `The shipped catalogue has the facts of ${factsOf}, ${days} days ago; a release may have facts of at most ${daysMax} days. Gather them anew and run build.ts.`,
    );
    process.exit(1);
  }
}
