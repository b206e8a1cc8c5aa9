/** GET /models and what is below it. */
import type { z } from "zod";
import type { Call } from "./route.ts";
import type { CatalogueModel } from "./read-catalogue.ts";
import { Refusal } from "./refusal.ts";
import { wholeNumber } from "./inputs.ts";
import { modelsQuery, selectModels, type ModelsQuery } from "./select-models.ts";
import { shapeEndpoint, shapeEndpoints, shapeModel } from "./shape-model.ts";
import type {
  endpointsAnswer,
  listedModel,
  modelCount,
  modelsAnswer,
  zdrAnswer,
} from "./shapes/model.ts";

const pageDefault = 500;
const pageMax = 1000;

export const modelsPage = modelsQuery.extend({
  limit: wholeNumber({ min: 1, max: pageMax }).optional().describe("How many to answer at most"),
  offset: wholeNumber().optional().describe("How many to leave out"),
});

/** All of them without paging; a page of them when `limit` or `offset` is given. */
export async function answerModels(
  { catalogue, search }: Call,
  query: z.infer<typeof modelsPage>,
): Promise<z.infer<typeof modelsAnswer>> {
  const found = selectModels((await catalogue()).models, query);
  const { limit, offset } = query;
  const start = offset ?? 0;
  const end =
    limit === undefined && offset === undefined ? found.length : start + (limit ?? pageDefault);
  return {
    data: found.slice(start, end).map((model) => listed(model)),
    links: {
      next: end < found.length ? nextPage(search, { limit: end - start, offset: end }) : null,
    },
    total_count: found.length,
    object: "list", // what the `openai` client knows a list by
  };
}

function nextPage(search: URLSearchParams, page: { limit: number; offset: number }): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(page)) next.set(name, String(value));
  return `/api/v1/models?${next}`;
}

export async function answerModelCount(
  { catalogue }: Call,
  query: ModelsQuery,
): Promise<z.infer<typeof modelCount>> {
  return { data: { count: selectModels((await catalogue()).models, query).length } };
}

export async function answerEndpoints(call: Call): Promise<z.infer<typeof endpointsAnswer>> {
  return { data: shapeEndpoints(await modelNamed(call)) };
}

/** GET /embeddings/models: those that answer with vectors, in the same shape. */
export async function answerEmbeddingModels(
  call: Call,
  query: z.infer<typeof modelsPage>,
): Promise<z.infer<typeof modelsAnswer>> {
  return answerModels(call, { ...query, output_modalities: ["embeddings"] });
}

/** GET /endpoints/zdr: those whose provider is known to keep nothing and to train on nothing, as `provider.zdr` routes. */
export async function answerZdrEndpoints({ catalogue }: Call): Promise<z.infer<typeof zdrAnswer>> {
  const { models } = await catalogue();
  return {
    data: models
      .filter(({ aliasOf }) => aliasOf === undefined)
      .flatMap(({ model, offers }) =>
        offers
          .filter(
            ({ endpoint: { dataPolicy } }) =>
              dataPolicy?.training === false && dataPolicy.retentionDays === 0,
          )
          .map((offer) => shapeEndpoint(model, offer)),
      ),
  };
}

/** Not an operation of OpenRouter's, but what `models.retrieve("a/b")` of the `openai` client asks. */
export async function retrieveModel(call: Call): Promise<z.infer<typeof listedModel>> {
  return listed(await modelNamed(call));
}

/** A model in both vocabularies: ours, and the four members of `openai`'s. */
function listed(model: CatalogueModel): z.infer<typeof listedModel> {
  const [author = ""] = model.model.id.split("/", 1);
  return { ...shapeModel(model), object: "model", owned_by: author };
}

/** @throws {Refusal} 404 when no such model can be called. */
export async function modelNamed({ catalogue, parameters }: Call): Promise<CatalogueModel> {
  const id = parameters["id"] ?? `${parameters["author"]}/${parameters["slug"]}`;
  const found = (await catalogue()).byId.get(id);
  if (!found)
    throw new Refusal(
      404,
      "not_found",
      `Model ${JSON.stringify(id.slice(0, 120))} not found; GET /api/v1/models lists those that can be called`,
    );
  return found;
}
