/**
 * What can be counted. Meters are disjoint: every token is counted by exactly one of them, so a charge is
 * a plain sum. Providers report overlapping totals; each wire protocol subtracts before it gets here.
 */
export const meters = [
  "input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "output",
  "reasoning",
  "image_input",
  "image_output",
  "audio_input",
  "audio_output",
  "request",
  "web_search",
] as const;
export type Meter = (typeof meters)[number];

/** Meters whose list price is per million units; the others are priced per unit. */
export const perMillionMeters: ReadonlySet<Meter> = new Set([
  "input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "output",
  "reasoning",
  "audio_input",
  "audio_output",
]);

/** Meters that add up to what a client knows as prompt tokens. */
export const promptMeters = [
  "input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "audio_input",
] as const satisfies readonly Meter[];
/** Meters that add up to what a client knows as completion tokens. */
export const completionMeters = [
  "output",
  "reasoning",
  "image_output",
  "audio_output",
] as const satisfies readonly Meter[];

/** Whole units by meter; a meter that is absent counted nothing. */
export type Counts = Partial<Record<Meter, bigint>>;

/** Where the counts come from: the provider's own report, or our estimate of what was delivered. */
export const usageSources = ["reported", "estimated", "none"] as const;
export type UsageSource = (typeof usageSources)[number];

export function sum(counts: Counts, over: readonly Meter[]): bigint {
  let total = 0n;
  for (const meter of over) {
    const units = counts[meter];
    if (units !== undefined) total += units;
  }
  return total;
}
