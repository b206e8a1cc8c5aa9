/**
 * While a stream runs the spool learns what its final would say if it ended now. That is what a recovery books when
 * this process dies: at the price of the endpoint that answers, in every unit that is drawn, never above what is held.
 */
import type { Runtime } from "./runtime.ts";
import { clean } from "./record-text.ts";
import { drawsOf, settlement, type Admitted } from "./settle.ts";
import type { Progress } from "./spool/recover.ts";
import type { Tally } from "./tally.ts";

// As the usage record bounds them.
const upstreamIdCharactersMax = 256;
const tierCharactersMax = 64;

/**
 * Writes a note. One that cannot be written costs us money, not the client.
 * @param options.first the first note of a generation also says who answers; later ones say only what changes.
 */
export function noteProgress(
  admitted: Admitted,
  tally: Tally,
  options: { first: boolean },
  runtime: Runtime,
): void {
  const note = JSON.stringify(noteOf(admitted, tally, options));
  runtime.spool.appendSoon(
    "progress",
    () => note,
    (cause) => {
      if (cause) runtime.log("error", "progress could not be noted", { cause: String(cause) });
    },
  );
}

/** Pure. */
export function noteOf(admitted: Admitted, tally: Tally, options: { first: boolean }): Progress {
  const { choice } = tally;
  const { counts, source, charge, cost, ownKey, unpriced } = settlement(tally, admitted);
  const { money } = admitted.admission;
  const total = charge.total > money ? money : charge.total;
  const draws = drawsOf(admitted, tally, { counts, charge: total, answered: true });
  const note: Progress = {
    id: admitted.id,
    counts: Object.fromEntries(
      Object.entries(counts).map(([meter, units]) => [meter, units.toString()]),
    ),
    usageSource: source,
    charge: total.toString(),
    cost: cost.toString(),
    draws: draws.map(String),
    ...(tally.serviceTier === null
      ? {}
      : { serviceTier: clean(tally.serviceTier, tierCharactersMax) ?? undefined }),
    ...(unpriced.length === 0 ? {} : { unpriced: [...unpriced] }),
  };
  if (!options.first || !choice) return note;
  return {
    ...note,
    model: choice.endpoint.model.id,
    endpoint: choice.endpoint.id,
    provider: choice.endpoint.provider.slug,
    providerId: choice.endpoint.provider.id,
    chargePrice: choice.charge.id,
    costPrice: choice.cost?.id ?? null,
    chargePolicy: choice.chargePolicy,
    costStep: choice.costStep,
    ...(ownKey ? { ownKey } : {}),
    upstreamId: clean(tally.upstreamId, upstreamIdCharactersMax),
    firstTokenMs:
      tally.firstContentAtMs === null
        ? null
        : Math.max(0, Math.round(tally.firstContentAtMs - admitted.atMs)),
  };
}
