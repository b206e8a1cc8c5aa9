/** The hours of a price line: UTC, as text, so that a row says what it means. "mon,tue 16:30-00:30", "16:30-00:30". */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export type Hours = {
  /** 0 is Monday; the day on which the hours begin. */
  days: ReadonlySet<number>;
  fromMinute: number;
  /** Exclusive. Not above `fromMinute`: the hours end on the next day. */
  toMinute: number;
};

export class HoursError extends Error {}

const dayMs = 86_400_000;
const minutesOfDay = 1_440;

/**
 * Hours from their text. The days are those on which the hours begin: "fri 22:00-06:00" ends on Saturday morning.
 * "00:00-00:00" is the whole day.
 * @throws {HoursError} with the form that was expected.
 */
export function parseHours(text: string): Hours {
  const match = /^(?:([a-z,]+) )?(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text);
  const names = match?.[1]?.split(",") ?? [...weekdays];
  const days = names.map((name) => weekdays.findIndex((day) => day === name));
  const fromMinute = +(match?.[2] ?? 0) * 60 + +(match?.[3] ?? 0);
  const toMinute = +(match?.[4] ?? 0) * 60 + +(match?.[5] ?? 0);
  const minutesSound = +(match?.[3] ?? 0) < 60 && +(match?.[5] ?? 0) < 60;
  if (
    !match ||
    !minutesSound ||
    fromMinute >= minutesOfDay ||
    toMinute >= minutesOfDay ||
    days.includes(-1) ||
    new Set(days).size !== days.length
  ) {
    throw new HoursError(
      `expected hours in UTC such as "16:30-00:30" or "mon,tue,wed 08:00-18:00" (00:00 is midnight), got ${JSON.stringify(text.slice(0, 60))}`,
    );
  }
  return { days: new Set(days), fromMinute, toMinute };
}

/** Whether an instant (epoch milliseconds) falls into the hours. Nothing here knows a time zone or a summer. */
export function holdsAt({ days, fromMinute, toMinute }: Hours, atMs: number): boolean {
  const day = (Math.floor(atMs / dayMs) + 3) % 7; // 1 January 1970 was a Thursday
  const minute = Math.floor((atMs % dayMs) / 60_000);
  if (fromMinute < toMinute) return days.has(day) && minute >= fromMinute && minute < toMinute;
  return (days.has(day) && minute >= fromMinute) || (days.has((day + 6) % 7) && minute < toMinute);
}

/** Whether two hours share a minute of a week. */
export function overlap(a: Hours, b: Hours): boolean {
  const minutes = (hours: Hours): Set<number> => {
    const length =
      (hours.toMinute - hours.fromMinute + minutesOfDay) % minutesOfDay || minutesOfDay;
    const found = new Set<number>();
    for (const day of hours.days)
      for (let at = 0; at < length; at++)
        found.add((day * minutesOfDay + hours.fromMinute + at) % (7 * minutesOfDay));
    return found;
  };
  const taken = minutes(a);
  return [...minutes(b)].some((minute) => taken.has(minute));
}

/** Hours as their one text: days in the order of the week, and none when all are meant. `parseHours` reads it back. */
export function formatHours({ days, fromMinute, toMinute }: Hours): string {
  const clock = (minute: number): string =>
    [Math.floor(minute / 60), minute % 60].map((part) => `${part}`.padStart(2, "0")).join(":");
  const names = weekdays.filter((_day, index) => days.has(index));
  const when = names.length === weekdays.length ? "" : `${names.join(",")} `;
  return `${when}${clock(fromMinute)}-${clock(toMinute)}`;
}
