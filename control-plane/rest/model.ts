/** GET /model/{author}/{slug}. */
import type { z } from "zod";
import { modelNamed } from "./models.ts";
import type { Call } from "./route.ts";
import { shapeModel } from "./shape-model.ts";
import type { modelAnswer } from "./shapes/model.ts";

export async function answerModel(call: Call): Promise<z.infer<typeof modelAnswer>> {
  return { data: shapeModel(await modelNamed(call)) };
}
