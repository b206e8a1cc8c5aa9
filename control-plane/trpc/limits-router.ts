import { z } from "zod";
import { listLimits } from "../limits/list-limits.ts";
import { removeLimit } from "../limits/remove-limit.ts";
import { setLimit } from "../limits/set-limit.ts";
import { runCommand } from "../run-command.ts";
import { pageSize } from "./inputs.ts";
import {
  limitOfText,
  limitsAfter,
  shownLimit,
  slotFields,
  slotToChange,
  subjectFields,
  subjectOf,
  written,
} from "./limit-inputs.ts";
import { adminProcedure, readProcedure, router } from "./procedures.ts";

export const limitsRouter = router({
  /** A limit of null bounds nothing; for an organization not even where its rate tier would. */
  set: adminProcedure
    .input(z.strictObject({ ...slotFields, limit: written.nullable() }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const slot = await slotToChange(tx, ctx.actor, input);
        const limit = input.limit === null ? null : limitOfText(input.unit, input.limit);
        return setLimit(tx, { ...slot, limit });
      }),
    ),

  /** Without a key or workspace: all of the organization, its workspaces and its keys. */
  list: readProcedure
    .input(z.strictObject({ ...subjectFields, limit: pageSize, after: limitsAfter }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { organizationId, subject } = await subjectOf(db, ctx.actor, input);
      const { rows, next } = await listLimits(db, {
        organizationId,
        subjects: subject.kind === "organization" ? null : [subject],
        now: ctx.runtime.now(),
        limit: input.limit,
        after: input.after,
      });
      return { rows: rows.map(shownLimit), next };
    }),

  /** Of an organization the rate tier's number holds again. */
  remove: adminProcedure
    .input(z.strictObject(slotFields))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) =>
        removeLimit(tx, await slotToChange(tx, ctx.actor, input)),
      ),
    ),
});
