import type { Transaction } from "#schema/database.ts";
import type { EndpointId, OrganizationId } from "#schema/ids.ts";
import { newestAt, type DatedList } from "#schema/money/in-force.ts";
import type { PriceSide } from "#schema/tables/catalogue.ts";
import { sameTimeline, timelineOf } from "../catalogue/price-timeline.ts";
import { publishPrice } from "../catalogue/publish-price.ts";
import { readPriceLists } from "../catalogue/read-price-lists.ts";
import { withdrawPrice } from "../catalogue/withdraw-price.ts";
import type { ListConfiguration } from "./configuration.ts";

type WantedList = DatedList & Pick<ListConfiguration, "source" | "asOf">;

/**
 * Publishes what a file says of one endpoint, side and customer, as far as it differs from what holds from now on. Lists
 * whose time is over are passed by; lists for later that the file does not mention stay.
 * @returns what was done, for people.
 * @throws {CommandError} as `publishPrice` does.
 */
export async function applyPriceLists(
  tx: Transaction,
  of: { endpointId: EndpointId; side: PriceSide; organizationId: OrganizationId | null },
  lists: readonly ListConfiguration[],
  { now, actor }: { now: Date; actor: string },
): Promise<{ what: string; sequence: number | null }[]> {
  const nowMs = now.getTime();
  const wanted = lists
    .map((list, index): WantedList => ({
      id: `${index}`,
      lines: list.lines,
      // One without a start is what the dated ones depart from, and return to.
      effectiveAtMs: list.effectiveAt?.getTime() ?? 0,
      expiresAtMs: list.expiresAt?.getTime() ?? null,
      source: list.source,
      asOf: list.asOf,
    }))
    .toSorted((a, b) => a.effectiveAtMs - b.effectiveAtMs);
  const present = await readPriceLists(tx, {
    endpointIds: [of.endpointId],
    side: of.side,
    organizationId: of.organizationId,
    from: now,
  });
  if (sameTimeline(present, wanted, nowMs)) return [];

  const instants = timelineOf(wanted, nowMs).map(({ fromMs }) => fromMs);
  const done: { what: string; sequence: number | null }[] = [];
  for (const list of wanted) {
    // What is over, or holds at no instant to come, need not be published.
    if (!instants.some((atMs) => newestAt(wanted, atMs) === list)) continue;
    const fromMs = Math.max(nowMs, list.effectiveAtMs);
    const common = { ...of, effectiveAt: new Date(fromMs), publishedBy: actor };
    const expiresAt = list.expiresAtMs === null ? null : new Date(list.expiresAtMs);
    const { unchanged, sequence } =
      list.lines.length === 0
        ? await withdrawPrice(tx, common)
        : await publishPrice(tx, {
            ...common,
            lines: list.lines,
            expiresAt,
            source: list.source,
            asOf: list.asOf,
          });
    if (unchanged) continue;
    const from = fromMs > nowMs ? ` from ${new Date(fromMs).toISOString()} on` : "";
    done.push({ what: `${list.lines.length === 0 ? "withdrawn" : "published"}${from}`, sequence });
  }
  return done;
}
