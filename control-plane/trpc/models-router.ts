import { z } from "zod";
import { disableModel } from "../catalogue/disable-model.ts";
import { enableModel } from "../catalogue/enable-model.ts";
import { findProvider } from "../catalogue/find-provider.ts";
import { listModels } from "../catalogue/list-models.ts";
import { putEndpoint } from "../catalogue/put-endpoint.ts";
import { putModel } from "../catalogue/put-model.ts";
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
          status: row.status,
          endpoints: row.endpoints.map((endpoint) => ({
            id: endpoint.id,
            provider: endpoint.provider,
            upstreamModel: endpoint.upstreamModel,
            contextLength: endpoint.contextLength,
            maxOutputTokens: endpoint.maxOutputTokens,
            quantization: endpoint.quantization,
            cancellable: endpoint.cancellable,
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
