/** GET /model/{author}/{slug}. */
import { modelNamed } from "./models.ts";
import type { Call } from "./route.ts";
import { shapeModel } from "./shape-model.ts";

export async function answerModel(call: Call): Promise<object> {
  return { data: shapeModel(await modelNamed(call)) };
}
