/** Which models are asked for, in order of preference. */
import { invalid } from "../../refusal.ts";

const modelsMax = 20;

/** `model` and then `models`. @throws {Refusal} 400 when none is named, or one is no id. */
export function modelsOf(body: Record<string, unknown>): string[] {
  const { model, models = [] } = body;
  if (model !== undefined && (typeof model !== "string" || model === ""))
    throw invalid("model", 'a model id such as "author/name"', model);
  if (!Array.isArray(models)) throw invalid("models", "a list of model ids", models);
  if (models.length > modelsMax)
    throw invalid("models", `at most ${modelsMax} model ids`, models.length);
  for (const [index, one] of models.entries())
    if (typeof one !== "string" || one === "") throw invalid(`models[${index}]`, "a model id", one);
  const all = [...new Set<string>([...(model === undefined ? [] : [model]), ...models])];
  if (all.length === 0)
    throw invalid(
      "model",
      'a model id such as "author/name"; GET /api/v1/models lists them',
      undefined,
    );
  const long = all.find((one) => one.length > 256);
  if (long !== undefined) throw invalid("model", "at most 256 characters", long.length);
  return all;
}
