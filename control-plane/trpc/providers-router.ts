import { z } from "zod";
import { checkFlags } from "#schema/flags/check-flags.ts";
import { wireProtocols } from "#schema/wire-protocols.ts";
import { connectProvider } from "../catalogue/connect-provider.ts";
import { disableProvider } from "../catalogue/disable-provider.ts";
import { enableProvider } from "../catalogue/enable-provider.ts";
import { findProvider } from "../catalogue/find-provider.ts";
import { listProviderKeys } from "../catalogue/list-provider-keys.ts";
import { listProviders } from "../catalogue/list-providers.ts";
import { removeProviderKey } from "../catalogue/remove-provider-key.ts";
import { setProviderKeyStatus } from "../catalogue/set-provider-key-status.ts";
import { setProviderKeyWeight } from "../catalogue/set-provider-key-weight.ts";
import { defaultKeyName, setProviderKey } from "../catalogue/set-provider-key.ts";
import { runCommand } from "../run-command.ts";
import { connectShippedProvider } from "../shipped-catalogue/connect-shipped-provider.ts";
import { shippedProviders } from "../shipped-catalogue/providers.ts";
import { after, name, pageSize, reference, slug } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

const keyName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    'expected a name: lower-case letters, digits, dots and hyphens, such as "second"',
  );
const weight = z.number().int().min(0, "expected 0 or more").max(1_000_000);

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

  /**
   * Connects a provider that we know (`shipped`), with the models that we know of it, or changes its key or settings.
   * `settings` is what its address needs, by the names of variables, such as `{AWS_REGION: "eu-central-1"}`.
   */
  add: operatorProcedure
    .input(
      z.strictObject({
        slug,
        key: z.string().trim().min(1, "expected the provider's API key").max(16_000).optional(),
        settings: z.record(z.string().max(100), z.string().max(200)).default({}),
      }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { changes, notes, sequence } = await connectShippedProvider(tx, input, {
          masterKey: ctx.runtime.masterKey,
          actor: ctx.actor.keyId,
          now: ctx.runtime.now(),
        });
        return { changes, notes, sequence };
      }),
    ),

  /** The hosted providers that we know how to call, connected or not. */
  shipped: operatorProcedure.query(() =>
    shippedProviders.map((provider) => ({
      slug: provider.slug,
      name: provider.name,
      protocol: provider.protocol,
      baseUrl: provider.baseUrl,
      keyVariable: provider.keyVariable,
      settings: Object.values(provider.variables).map(({ variable, example, absent }) => ({
        variable,
        example,
        absent: absent ?? null,
      })),
      docs: provider.docs,
      source: provider.source,
      asOf: provider.asOf,
    })),
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
          hasKey: row.keys > 0,
          keys: row.keys,
          allowPrivateNetwork: row.allowPrivateNetwork,
          flags: JSON.stringify(row.flags),
          status: row.status,
          createdAt: row.createdAt.toISOString(),
          updatedAt: row.updatedAt.toISOString(),
        })),
        next,
      };
    }),

  /** One more key of the installation's own at a provider, or another in the place of the one of that name. Never shown again. */
  addKey: operatorProcedure
    .input(
      z.strictObject({
        provider: reference,
        name: keyName.default(defaultKeyName),
        key: z.string().trim().min(1, "expected the provider's API key").max(8_000),
        weight: weight.optional(),
      }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: providerId } = await findProvider(tx, input.provider);
        const { name: called, key, weight: share } = input;
        return setProviderKey(
          tx,
          { providerId, name: called, key, weight: share },
          ctx.runtime.masterKey,
        );
      }),
    ),

  /** At most `providerKeysMax`, so in one page. */
  listKeys: operatorProcedure
    .input(z.strictObject({ provider: reference }))
    .query(async ({ ctx, input }) => {
      const { db, masterKey } = ctx.runtime;
      const { id: providerId } = await findProvider(db, input.provider);
      return (await listProviderKeys(db, providerId, masterKey)).map((row) => ({
        id: row.id,
        name: row.name,
        /** A few characters of the key. */
        label: row.label,
        weight: row.weight,
        status: row.status,
        /** Scheme, host and port that it may be sent to. */
        origin: row.origin,
        /** Which MASTER_KEY sealed it; null: one from before master keys had ids. */
        masterKeyId: row.masterKeyId,
        /** False: it was sealed under a MASTER_KEY that is not there, so no call goes by it. */
        opens: row.opens,
        createdAt: row.createdAt.toISOString(),
        updatedAt: row.updatedAt.toISOString(),
      }));
    }),

  removeKey: operatorProcedure
    .input(z.strictObject({ provider: reference, key: reference }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: providerId } = await findProvider(tx, input.provider);
        return removeProviderKey(tx, { providerId, key: input.key });
      }),
    ),

  /** A key that is out of use stays as it is, and is not sent. */
  disableKey: operatorProcedure
    .input(z.strictObject({ provider: reference, key: reference }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: providerId } = await findProvider(tx, input.provider);
        return setProviderKeyStatus(tx, { providerId, key: input.key, status: "disabled" });
      }),
    ),

  enableKey: operatorProcedure
    .input(z.strictObject({ provider: reference, key: reference }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: providerId } = await findProvider(tx, input.provider);
        return setProviderKeyStatus(tx, { providerId, key: input.key, status: "active" });
      }),
    ),

  /** Twice the weight is twice the calls; 0 is used when no other key of the provider can be. */
  weighKey: operatorProcedure
    .input(z.strictObject({ provider: reference, key: reference, weight }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: providerId } = await findProvider(tx, input.provider);
        return setProviderKeyWeight(tx, { providerId, key: input.key, weight: input.weight });
      }),
    ),

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
