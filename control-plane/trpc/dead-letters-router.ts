import { z } from "zod";
import { formatDollars } from "#schema/money/amount.ts";
import { listDeadLetters, readDeadLetter, type DeadLetter } from "../dead-letters/dead-letter.ts";
import { discardDeadLetter, replayDeadLetter } from "../dead-letters/replay-dead-letter.ts";
import { commit } from "../run-command.ts";
import { after, pageSize } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

const id = z.uuid({ error: "expected the id of a dead letter, as deadLetters.list says it" });

export const deadLettersRouter = router({
  /** Usage records that could not be booked, newest first. `settled` are those that a person has dealt with. */
  list: operatorProcedure
    .input(
      z
        .strictObject({
          state: z.enum(["waiting", "settled"]).default("waiting"),
          limit: pageSize,
          after,
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const { rows, next } = await listDeadLetters(ctx.runtime.db, input);
      return { rows: rows.map(shown), next };
    }),

  /** One of them with its record. */
  get: operatorProcedure.input(z.strictObject({ id })).query(async ({ ctx, input }) => {
    const { record, ...letter } = await readDeadLetter(ctx.runtime.db, input.id);
    return { ...shown(letter), record };
  }),

  /** Queues the record for booking again, or `record` in its place, and removes the letter with it. */
  replay: operatorProcedure
    .input(z.strictObject({ id, record: z.looseObject({}).nullable().default(null) }))
    .mutation(({ ctx, input }) =>
      commit(ctx.runtime.db, (tx) => replayDeadLetter(tx, { ...input, by: ctx.actor.keyId })),
    ),

  /** The record is never booked; the letter stays as settled, with the reason. */
  discard: operatorProcedure
    .input(
      z.strictObject({
        id,
        reason: z.string().trim().min(1, "expected why, in words that explain it later").max(500),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      await commit(ctx.runtime.db, (tx) =>
        discardDeadLetter(tx, { ...input, by: ctx.actor.keyId }),
      );
      return { id: input.id };
    }),
});

const shown = ({ charge, ...letter }: DeadLetter) => ({
  ...letter,
  charge: charge === null ? null : formatDollars(charge),
});
