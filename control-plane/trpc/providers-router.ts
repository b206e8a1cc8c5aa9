import { z } from "zod";
import { checkFlags } from "#schema/flags/check-flags.ts";
import { wireProtocols } from "#schema/wire-protocols.ts";
import { connectProvider } from "../catalogue/connect-provider.ts";
import { disableProvider } from "../catalogue/disable-provider.ts";
import { enableProvider } from "../catalogue/enable-provider.ts";
import { listProviders } from "../catalogue/list-providers.ts";
import { runCommand } from "../run-command.ts";
import { after, name, pageSize, reference, slug } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

export const providersRouter = router({
  /** Without `key` the credential that is there stays; with null the provider is called without one. */
  connect: operatorProcedure
    .input(
      z
        .strictObject({
          slug,
          name,
          protocol: z.enum(wireProtocols).default("openai-chat"),
          baseUrl: z.string().max(2_000),
          key: z
            .string()
            .min(1, "expected a credential, or null for a provider that wants none")
            .max(8_000)
            .nullable()
            .optional(),
          allowPrivateNetwork: z.boolean().default(false),
          flags: z.record(z.string().max(100), z.json()).default({}),
        })
        .superRefine(({ protocol, flags }, context) => {
          for (const { flag, message } of checkFlags(protocol, flags))
            context.addIssue({ code: "custom", path: ["flags", flag], message });
        }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, (tx) => connectProvider(tx, input, ctx.runtime.masterKey)),
    ),

  list: operatorProcedure
    .input(z.strictObject({ limit: pageSize, after }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { rows, next } = await listProviders(ctx.runtime.db, input);
      return {
        rows: rows.map((row) => ({
          id: row.id,
          slug: row.slug,
          name: row.name,
          protocol: row.protocol,
          baseUrl: row.baseUrl,
          hasKey: row.hasKey,
          allowPrivateNetwork: row.allowPrivateNetwork,
          flags: JSON.stringify(row.flags),
          status: row.status,
          createdAt: row.createdAt.toISOString(),
          updatedAt: row.updatedAt.toISOString(),
        })),
        next,
      };
    }),

  disable: operatorProcedure
    .input(z.strictObject({ provider: reference }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, (tx) => disableProvider(tx, input.provider)),
    ),

  enable: operatorProcedure
    .input(z.strictObject({ provider: reference }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, (tx) => enableProvider(tx, input.provider)),
    ),
});
