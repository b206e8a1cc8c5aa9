import { z } from "zod";
import { disableModel } from "../catalogue/disable-model.ts";
import { enableModel } from "../catalogue/enable-model.ts";
import { findProvider } from "../catalogue/find-provider.ts";
import { listModels } from "../catalogue/list-models.ts";
import { putEndpoint } from "../catalogue/put-endpoint.ts";
import { putModel } from "../catalogue/put-model.ts";
import { wireProtocols } from "#schema/wire-protocols.ts";
import { modelDetails } from "../configuration/configuration.ts";
import { runCommand } from "../run-command.ts";
import { after, modelId, name, pageSize, reference, tokens } from "./inputs.ts";
import { operatorProcedure, readProcedure, router } from "./procedures.ts";

const wordList = (example: string) =>
  z.array(z.string().regex(/^[a-z0-9_.-]{1,64}$/, `expected words such as ${example}`)).max(100);

export const modelsRouter = router({
  /** Adds a model, or makes the one of that id say this. It is answered once an endpoint of it has a charge price. */
  put: operatorProcedure
    .input(
      z.strictObject({
        id: modelId,
        name,
        description: z.string().max(10_000).optional(),
        contextLength: tokens,
        maxOutputTokens: tokens.nullable().default(null),
        inputModalities: wordList("text, image").min(1).default(["text"]),
        outputModalities: wordList("text").min(1).default(["text"]),
        supportedParameters: wordList("temperature, tools").default(["temperature", "max_tokens"]),
        /** Which of the estimator's factors are its; as it was when absent. */
        tokenizer: z
          .string()
          .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, "expected the name of a family, such as qwen")
          .optional(),
        /** What is only shown, and its other names; as they were when absent. */
        details: modelDetails.optional(),
      }),
    )
    .mutation(({ ctx, input }) => runCommand(ctx.runtime.db, (tx) => putModel(tx, input))),

  putEndpoint: operatorProcedure
    .input(
      z.strictObject({
        model: modelId,
        provider: reference,
        upstreamModel: z.string().min(1).max(200),
        contextLength: tokens.nullable().default(null),
        maxOutputTokens: tokens.nullable().default(null),
        quantization: z.string().max(32).nullable().default(null),
        cancellable: z.boolean().default(true),
        /** How it is spoken to; null: as its provider is. */
        protocol: z.enum(wireProtocols).nullable().default(null),
        /** Over the provider's. */
        flags: z.record(z.string().max(100), z.json()).default({}),
        tag: z
          .string()
          .regex(/^[a-z0-9][a-z0-9._-]{0,31}$/, "expected a tag such as fast or eu")
          .nullable()
          .default(null),
        /** Null: as the model says. */
        supportedParameters: wordList("temperature, tools").nullable().default(null),
        /** What the provider does with prompts; null: not known. */
        dataPolicy: z
          .strictObject({
            training: z.boolean(),
            retentionDays: z.number().int().min(0).max(36_500).nullable(),
          })
          .nullable()
          .default(null),
      }),
    )
    .mutation(({ ctx, input: { model, provider, ...endpoint } }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: providerId } = await findProvider(tx, provider);
        return putEndpoint(tx, { ...endpoint, modelId: model, providerId });
      }),
    ),

  list: readProcedure
    .input(
      z
        .strictObject({ limit: pageSize, after, includeDisabled: z.boolean().default(false) })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const { rows, next } = await listModels(ctx.runtime.db, input);
      return {
        rows: rows.map((row) => ({
          id: row.id,
          name: row.name,
          description: row.description,
          contextLength: row.contextLength,
          maxOutputTokens: row.maxOutputTokens,
          inputModalities: row.inputModalities,
          outputModalities: row.outputModalities,
          supportedParameters: row.supportedParameters,
          tokenizer: row.tokenizer,
          details: JSON.stringify(row.details),
          status: row.status,
          endpoints: row.endpoints.map((endpoint) => ({
            id: endpoint.id,
            provider: endpoint.provider,
            upstreamModel: endpoint.upstreamModel,
            contextLength: endpoint.contextLength,
            maxOutputTokens: endpoint.maxOutputTokens,
            quantization: endpoint.quantization,
            cancellable: endpoint.cancellable,
            protocol: endpoint.protocol,
            flags: JSON.stringify(endpoint.flags),
            tag: endpoint.tag,
            supportedParameters: endpoint.supportedParameters,
            dataPolicy: endpoint.dataPolicy,
            status: endpoint.status,
          })),
        })),
        next,
      };
    }),

  disable: operatorProcedure
    .input(z.strictObject({ model: modelId }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, (tx) => disableModel(tx, input.model)),
    ),

  enable: operatorProcedure
    .input(z.strictObject({ model: modelId }))
    .mutation(({ ctx, input }) => runCommand(ctx.runtime.db, (tx) => enableModel(tx, input.model))),
});
