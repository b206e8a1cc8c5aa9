// A feed that changes: so many records a second for so many seconds, one step after the other.

export type Step = { perSecond: number; seconds: number };

/** How many records are due so many seconds after the start. */
export function dueAfter(steps: readonly Step[], seconds: number): number {
  let left = seconds;
  let due = 0;
  for (const step of steps) {
    due += step.perSecond * Math.max(0, Math.min(left, step.seconds));
    left -= step.seconds;
  }
  return Math.floor(due);
}

/** The second after the start at which so many records are due; infinite when they never are. */
export function dueAt(steps: readonly Step[], records: number): number {
  let left = records;
  let at = 0;
  for (const { perSecond, seconds } of steps) {
    if (perSecond * seconds >= left) return at + left / perSecond;
    left -= perSecond * seconds;
    at += seconds;
  }
  return Number.POSITIVE_INFINITY;
}
