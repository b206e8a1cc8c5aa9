import { newestAt, type DatedList } from "#schema/money/in-force.ts";
import type { PriceLine } from "#schema/money/price.ts";

/** Between two instants one list holds; `lines` is empty where one was withdrawn, and null where there is none. */
export type Segment = { fromMs: number; lines: readonly PriceLine[] | null };

/**
 * What holds from an instant on, as it is known by now. Two sets of lists with the same timeline charge the same, however
 * they came about; the first segment begins at `fromMs`.
 * @param lists of one endpoint, side and customer, oldest first.
 */
export function timelineOf(lists: readonly DatedList[], fromMs: number): Segment[] {
  const instants = lists.flatMap((list) => [
    list.effectiveAtMs,
    ...(list.expiresAtMs === null ? [] : [list.expiresAtMs]),
  ]);
  const breaks = [fromMs, ...instants.filter((atMs) => atMs > fromMs).toSorted((a, b) => a - b)];
  const segments: Segment[] = [];
  for (const atMs of breaks) {
    const lines = newestAt(lists, atMs)?.lines ?? null;
    const last = segments.at(-1);
    if (last && signatureOf(last.lines) === signatureOf(lines)) continue;
    segments.push({ fromMs: atMs, lines });
  }
  return segments;
}

/** Whether from an instant on two sets of lists mean the same. */
export const sameTimeline = (a: readonly DatedList[], b: readonly DatedList[], fromMs: number) =>
  spell(timelineOf(a, fromMs)) === spell(timelineOf(b, fromMs));

const spell = (segments: readonly Segment[]): string =>
  segments.map(({ fromMs, lines }) => `${fromMs} ${signatureOf(lines)}`).join("; ");

/** Equal for lists that say the same, whatever the order of their lines. None and withdrawn are alike: nothing holds. */
export const signatureOf = (lines: readonly PriceLine[] | null): string =>
  (lines ?? [])
    .map(
      (line) =>
        `${line.meter}>${line.aboveInputTokens} ${line.serviceTier ?? ""} ${line.hours ?? ""}=${line.perUnit}`,
    )
    .toSorted()
    .join(" ");
