import { answerCredits } from "./credits.ts";
import { answerGeneration } from "./generation.ts";
import { answerKey } from "./key.ts";
import { answerModel } from "./model.ts";
import { answerEndpoints, answerModelCount, answerModels, retrieveModel } from "./models.ts";
import { answerProviders } from "./providers.ts";
import type { Route } from "./route.ts";

/** Everything that is answered, all of it GET. A pattern's fixed words win over its `{names}` by coming first. */
export const routes: readonly Route[] = [
  { path: "models", who: "anyone", answer: answerModels },
  { path: "models/count", who: "anyone", answer: answerModelCount },
  { path: "models/user", who: "key", answer: answerModels },
  { path: "models/{author}/{slug}/endpoints", who: "anyone", answer: answerEndpoints },
  { path: "models/{author}/{slug}", who: "anyone", answer: retrieveModel }, // what openai for Python sends
  { path: "models/{id}", who: "anyone", answer: retrieveModel }, // what openai for JavaScript sends: a%2Fb
  { path: "model/{author}/{slug}", who: "anyone", answer: answerModel },
  { path: "providers", who: "anyone", answer: answerProviders },
  { path: "key", who: "key", answer: answerKey },
  { path: "auth/key", who: "key", answer: answerKey }, // its old name
  { path: "credits", who: "management", answer: answerCredits },
  { path: "generation", who: "key", answer: answerGeneration },
];
