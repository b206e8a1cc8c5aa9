import { z } from "zod";
import { bookAgain } from "../spool/book-again.ts";
import { operatorProcedure, router } from "./procedures.ts";

const recordsMax = 500; // as many as one shipment of a gateway

export const spoolRouter = router({
  /** Books usage records of a spool again, which is harmless, and says how many were news. */
  replay: operatorProcedure
    .input(
      z.strictObject({
        records: z
          .array(z.unknown())
          .min(1)
          .max(recordsMax, `expected at most ${recordsMax} records`),
      }),
    )
    .mutation(({ ctx, input }) => bookAgain(ctx.runtime.db, input.records)),
});
