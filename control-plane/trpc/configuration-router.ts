import { z } from "zod";
import { applyConfiguration } from "../configuration/apply-configuration.ts";
import {
  exportConfiguration,
  leftOutOfExport,
  writeConfiguration,
} from "../configuration/export-configuration.ts";
import { parseConfiguration } from "../configuration/parse-configuration.ts";
import { runCommand } from "../run-command.ts";
import { providers } from "#schema/tables/catalogue.ts";
import { operatorProcedure, router } from "./procedures.ts";

const fileCharactersMax = 1_000_000; // the largest shipped catalogue, exported, is 130,000

export const configurationRouter = router({
  /**
   * Applies a config file, all of it or nothing. `keys` holds what its `key_env` fields name. Secrets of minted keys are
   * in the answer, and never again anywhere. `sequence` is null when nothing had to be changed.
   */
  applyFile: operatorProcedure
    .input(
      z.strictObject({
        file: z.string().max(fileCharactersMax),
        keys: z.record(z.string().max(200), z.string().max(8_000)).default({}),
      }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const known = await tx.select({ slug: providers.slug }).from(providers);
        const parsed = parseConfiguration(
          input.file,
          known.map(({ slug }) => slug),
        );
        return applyConfiguration(tx, parsed, {
          masterKey: ctx.runtime.masterKey,
          environment: input.keys,
          actor: ctx.actor.keyId,
          now: ctx.runtime.now(),
        });
      }),
    ),

  /** What is in use, as a config file without secrets. */
  export: operatorProcedure
    .input(z.strictObject({ format: z.enum(["yaml", "json"]).default("yaml") }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { runtime } = ctx;
      return runtime.db.transaction(
        async (tx) =>
          writeConfiguration(
            await exportConfiguration(tx, runtime.now()),
            input.format,
            await leftOutOfExport(tx),
          ),
        { isolationLevel: "repeatable read" },
      );
    }),
});
