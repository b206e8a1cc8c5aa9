import { z } from "zod";
import type { PriceLine } from "#schema/money/price.ts";
import { priceSides, type PriceSide } from "#schema/tables/catalogue.ts";
import { findEndpoint } from "../catalogue/find-endpoint.ts";
import { listPrices } from "../catalogue/list-prices.ts";
import { formatPriceList, parsePriceList } from "../catalogue/parse-price-list.ts";
import { publishPrice } from "../catalogue/publish-price.ts";
import { CommandError } from "../command-error.ts";
import { runCommand } from "../run-command.ts";
import { instant, modelId, priceList, reference } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

const endpoint = {
  endpointId: reference.optional(),
  model: modelId.optional(),
  provider: reference.optional(),
  upstreamModel: z.string().min(1).max(200).optional(),
};
// Clocks differ and requests take time; further back would say that requests were answered under another price.
const pastMsMax = 60_000;

export const pricesRouter = router({
  /** Publishes what an endpoint is charged at, what it costs, or both, from `effectiveAt` (now, when absent) on. */
  publish: operatorProcedure
    .input(
      z
        .strictObject({
          ...endpoint,
          charge: priceList.optional(),
          cost: priceList.optional(),
          effectiveAt: instant.optional(),
        })
        .refine(
          (input) => input.charge !== undefined || input.cost !== undefined,
          "expected charge, cost, or both",
        ),
    )
    .mutation(({ ctx, input }) => {
      const now = ctx.runtime.now();
      const effectiveAt = input.effectiveAt ?? now;
      if (effectiveAt.getTime() < now.getTime() - pastMsMax) {
        throw new CommandError(
          "bad_request",
          `effectiveAt: ${effectiveAt.toISOString()} is past; a price holds for requests to come`,
        );
      }
      const charge = input.charge && linesOf(input.charge, "charge");
      const cost = input.cost && linesOf(input.cost, "cost");
      return runCommand(ctx.runtime.db, async (tx) => {
        const { id: endpointId } = await findEndpoint(tx, input);
        const publish = (side: PriceSide, lines: PriceLine[] | undefined) =>
          lines &&
          publishPrice(tx, { endpointId, side, lines, effectiveAt, publishedBy: ctx.actor.keyId });
        const charged = await publish("charge", charge);
        const costing = await publish("cost", cost);
        return {
          endpointId,
          chargePriceId: charged?.id ?? null,
          costPriceId: costing?.id ?? null,
          /** Whether these prices were in force anyway. */
          unchanged: (charged?.unchanged ?? true) && (costing?.unchanged ?? true),
          effectiveAt: effectiveAt.toISOString(),
          sequence: costing?.sequence ?? charged?.sequence ?? null,
        };
      });
    }),

  /** An endpoint's price lists, newest first, future ones among them. */
  list: operatorProcedure
    .input(z.strictObject({ ...endpoint, side: z.enum(priceSides).optional() }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id: endpointId } = await findEndpoint(db, input);
      const lists = await listPrices(db, { endpointId, side: input.side });
      return lists.map((list) => ({
        id: list.id,
        endpointId,
        side: list.side,
        prices: formatPriceList(list.lines),
        above: [...new Set(list.lines.map((line) => line.aboveInputTokens))]
          .filter((threshold) => threshold > 0)
          .map((inputTokens) => ({
            inputTokens,
            prices: formatPriceList(list.lines, inputTokens),
          })),
        effectiveAt: list.effectiveAt.toISOString(),
        publishedAt: list.publishedAt.toISOString(),
        publishedBy: list.publishedBy,
      }));
    }),
});

function linesOf({ above = [], ...base }: z.infer<typeof priceList>, side: PriceSide): PriceLine[] {
  return [
    ...parsePriceList(base, side),
    ...above.flatMap((tier, index) =>
      parsePriceList(tier.prices, `${side}.above.${index}.prices`, tier.inputTokens),
    ),
  ];
}
