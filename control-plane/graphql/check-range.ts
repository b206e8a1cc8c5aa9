import { questionError } from "./question-error.ts";

const dayMs = 86_400_000;
export const rangeDaysMax = 400; // a year and a month, so that a year can be compared with the one before it by month

/** @throws BAD_USER_INPUT for a range that is empty, backwards or longer than `rangeDaysMax`. */
export function checkRange({ from, to }: { from: Date; to: Date }): void {
  if (to <= from) {
    throw questionError(
      "BAD_USER_INPUT",
      `to: must be after from (${from.toISOString()}); got ${to.toISOString()}`,
    );
  }
  if (to.getTime() - from.getTime() > rangeDaysMax * dayMs) {
    throw questionError(
      "BAD_USER_INPUT",
      `from, to: a range may span at most ${rangeDaysMax} days; ask for a shorter one, or several`,
    );
  }
}
