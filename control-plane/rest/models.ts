/** GET /models and what is below it. */
import type { Call } from "./route.ts";
import type { CatalogueModel } from "./read-catalogue.ts";
import { Refusal } from "./refusal.ts";
import { selectModels, wholeNumber } from "./select-models.ts";
import { shapeEndpoints, shapeModel } from "./shape-model.ts";

const pageDefault = 500;
const pageMax = 1000;

/** All of them without paging; a page of them when `limit` or `offset` is given. */
export async function answerModels({ catalogue, query }: Call): Promise<object> {
  const found = selectModels((await catalogue()).models, query);
  const limit = wholeNumber(query, "limit", { min: 1, max: pageMax });
  const offset = wholeNumber(query, "offset");
  const start = offset ?? 0;
  const end = limit === null && offset === null ? found.length : start + (limit ?? pageDefault);
  return {
    data: found.slice(start, end).map((model) => listed(model)),
    links: {
      next: end < found.length ? nextPage(query, { limit: end - start, offset: end }) : null,
    },
    total_count: found.length,
    object: "list", // what the `openai` client knows a list by
  };
}

function nextPage(query: URLSearchParams, page: { limit: number; offset: number }): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(page)) next.set(name, String(value));
  return `/api/v1/models?${next}`;
}

export async function answerModelCount({ catalogue, query }: Call): Promise<object> {
  return { data: { count: selectModels((await catalogue()).models, query).length } };
}

export async function answerEndpoints(call: Call): Promise<object> {
  return { data: shapeEndpoints(await modelNamed(call)) };
}

/** Not an operation of OpenRouter's, but what `models.retrieve("a/b")` of the `openai` client asks. */
export async function retrieveModel(call: Call): Promise<object> {
  return listed(await modelNamed(call));
}

/** A model in both vocabularies: ours, and the four members of `openai`'s. */
function listed(model: CatalogueModel): object {
  return { ...shapeModel(model), object: "model", owned_by: model.model.id.split("/", 1)[0] };
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
