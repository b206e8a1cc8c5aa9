import { z } from "zod";
import { formatDollars } from "#schema/money/amount.ts";
import { forfeitGateway } from "../gateways/forfeit-gateway.ts";
import { listGateways, type Gateway } from "../gateways/list-gateways.ts";
import { commit } from "../run-command.ts";
import { after, pageSize, reference } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

export const gatewaysRouter = router({
  /** Lives of gateways, newest first. */
  list: operatorProcedure
    .input(
      z
        .strictObject({
          /** Also those that ended as they should. */
          history: z.boolean().default(false),
          limit: pageSize,
          after,
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const { rows, next } = await listGateways(ctx.runtime.db, input);
      return { rows: rows.map(shown), next };
    }),

  /** Gives up a gateway that does not come back: what it holds of credit and limits goes back. */
  forfeit: operatorProcedure
    .input(z.strictObject({ gateway: reference, force: z.boolean().default(false) }))
    .mutation(async ({ ctx, input }) => {
      const forfeited = await commit(ctx.runtime.db, (tx) =>
        forfeitGateway(tx, {
          nameOrId: input.gateway,
          force: input.force,
          actor: ctx.actor.keyId,
        }),
      );
      return { ...forfeited, credit: formatDollars(forfeited.credit) };
    }),
});

const shown = (row: Gateway) => ({
  ...row,
  startedAt: row.startedAt.toISOString(),
  seenAt: row.seenAt.toISOString(),
  leased: formatDollars(row.leased),
  forfeited: formatDollars(row.forfeited),
  forfeitedAt: row.forfeitedAt?.toISOString() ?? null,
});
