/** When a window begins: computed from the clock, in UTC, so that no job has to reset anything. */
import type { AllowanceWindow, LimitReset } from "./bounds.ts";

const dayMs = 86_400_000;

/** The first instant of the window that holds `now`. Weeks start on Monday; a lifetime starts at the epoch. */
export function windowStart(window: AllowanceWindow, now: Date): Date {
  switch (window) {
    case "lifetime":
      return new Date(0);
    case "month":
      return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
    case "week": {
      const day = Math.floor(now.getTime() / dayMs);
      return new Date((day - ((day + 3) % 7)) * dayMs); // 1 January 1970 was a Thursday
    }
    case "day":
      return new Date(Math.floor(now.getTime() / dayMs) * dayMs);
    case "minute":
      return new Date(Math.floor(now.getTime() / 60_000) * 60_000);
    default:
      return window satisfies never;
  }
}

/** The first instant after the window that holds `now`, or null for a lifetime. */
export function windowEnd(window: AllowanceWindow, now: Date): Date | null {
  const start = windowStart(window, now);
  switch (window) {
    case "lifetime":
      return null;
    case "month":
      return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
    case "week":
      return new Date(start.getTime() + 7 * dayMs);
    case "day":
      return new Date(start.getTime() + dayMs);
    case "minute":
      return new Date(start.getTime() + 60_000);
    default:
      return window satisfies never;
  }
}

/** The window of a key's limit: `limit_reset` null counts over the key's whole life. */
export function windowOfReset(reset: LimitReset | null): AllowanceWindow {
  switch (reset) {
    case null:
      return "lifetime";
    case "daily":
      return "day";
    case "weekly":
      return "week";
    case "monthly":
      return "month";
    default:
      return reset satisfies never;
  }
}
