import { activityQuery, answerActivity } from "./activity.ts";
import { analyticsQuestion, answerMeta, answerQuery } from "./analytics.ts";
import {
  addByok,
  byokChange,
  byokQuery,
  changeByok,
  listByok,
  newByok,
  readByok,
  removeByok,
} from "./byok.ts";
import { answerCredits } from "./credits.ts";
import { documentRoutes } from "./document-routes.ts";
import { answerContent, answerGeneration, generationQuery } from "./generation.ts";
import { page } from "./inputs.ts";
import { answerKey } from "./key.ts";
import {
  changeKey,
  createKey,
  deleteKey,
  keyChange,
  keysQuery,
  listKeys,
  newKey,
  readKey,
} from "./keys.ts";
import { listMembers } from "./members.ts";
import { answerModel } from "./model.ts";
import {
  answerEmbeddingModels,
  answerEndpoints,
  answerModelCount,
  answerModels,
  answerZdrEndpoints,
  modelsPage,
  retrieveModel,
} from "./models.ts";
import { answerProviders } from "./providers.ts";
import { open, read, remove, write, type Route } from "./route.ts";
import { modelsQuery } from "./select-models.ts";
import { keyAnswer, keyMade, keysAnswer, ownKeyAnswer } from "./shapes/key.ts";
import {
  endpointsAnswer,
  listedModel,
  modelAnswer,
  modelCount,
  modelsAnswer,
  providersAnswer,
  zdrAnswer,
} from "./shapes/model.ts";
import { deleted } from "./shapes/numbers.ts";
import {
  budgetAnswer,
  budgetsAnswer,
  credentialAnswer,
  credentialsAnswer,
  membersAnswer,
  workspaceAnswer,
  workspacesAnswer,
} from "./shapes/organization.ts";
import {
  activityAnswer,
  analyticsAnswer,
  analyticsMeta,
  contentAnswer,
  creditsAnswer,
  generationAnswer,
} from "./shapes/usage.ts";
import {
  addWorkspace,
  budgetChange,
  changeWorkspace,
  listBudgets,
  listWorkspaces,
  newWorkspace,
  putBudget,
  readBudget,
  readWorkspace,
  removeBudget,
  removeWorkspace,
  workspaceChange,
} from "./workspaces.ts";

const modelRoutes = [
  open("models", {
    summary: "Models that can be called, with their prices",
    query: modelsPage,
    response: modelsAnswer,
    answer: answerModels,
  }),
  open("models/count", {
    summary: "How many models there are",
    query: modelsQuery,
    response: modelCount,
    answer: answerModelCount,
  }),
  read("key", "models/user", {
    summary: "Models that the key may call",
    query: modelsPage,
    response: modelsAnswer,
    answer: answerModels,
  }),
  open("embeddings/models", {
    summary: "Models that answer with vectors",
    query: modelsPage,
    response: modelsAnswer,
    answer: answerEmbeddingModels,
  }),
  open("models/{author}/{slug}/endpoints", {
    summary: "Who offers a model, and for how much",
    response: endpointsAnswer,
    answer: answerEndpoints,
  }),
  // What openai for Python sends.
  open("models/{author}/{slug}", {
    summary: "One model, as the openai packages ask for it",
    response: listedModel,
    answer: retrieveModel,
  }),
  // What openai for JavaScript sends: a%2Fb.
  open("models/{id}", {
    summary: "The same, by its id with the slash encoded",
    response: listedModel,
    answer: retrieveModel,
  }),
  open("model/{author}/{slug}", {
    summary: "One model",
    response: modelAnswer,
    answer: answerModel,
  }),
  open("endpoints/zdr", {
    summary: "Endpoints whose provider keeps nothing and trains on nothing",
    response: zdrAnswer,
    answer: answerZdrEndpoints,
  }),
  open("providers", {
    summary: "Providers",
    response: providersAnswer,
    answer: answerProviders,
  }),
];

const accountRoutes = [
  read("key", "key", {
    summary: "The key that asks: its limit, what remains of it, its usage",
    response: ownKeyAnswer,
    answer: answerKey,
  }),
  read("key", "auth/key", {
    summary: "The same, by its old name",
    response: ownKeyAnswer,
    answer: answerKey,
  }),
  read("management", "credits", {
    summary: "Credit granted and used, over the life of the organization",
    response: creditsAnswer,
    answer: answerCredits,
  }),
  read("key", "generation", {
    summary: "The record of one request; waits a moment for one that is on its way",
    query: generationQuery,
    response: generationAnswer,
    answer: answerGeneration,
  }),
  read("key", "generation/content", {
    summary: "Prompt and answer of one request: never kept here, so always 403 or 404",
    query: generationQuery,
    response: contentAnswer,
    answer: answerContent,
  }),
];

const keyRoutes = [
  read("management", "keys", {
    summary: "Inference keys",
    query: keysQuery,
    response: keysAnswer,
    answer: listKeys,
  }),
  write("POST", "keys", {
    summary: "Make an inference key; its secret is told only here",
    body: newKey,
    status: 201,
    response: keyMade,
    answer: createKey,
  }),
  read("management", "keys/{hash}", {
    summary: "One inference key",
    response: keyAnswer,
    answer: readKey,
  }),
  write("PATCH", "keys/{hash}", {
    summary: "Change an inference key",
    body: keyChange,
    response: keyAnswer,
    answer: changeKey,
  }),
  remove("keys/{hash}", {
    summary: "Revoke an inference key, for ever",
    response: deleted,
    answer: deleteKey,
  }),
];

const workspaceRoutes = [
  read("management", "workspaces", {
    summary: "Workspaces",
    query: page,
    response: workspacesAnswer,
    answer: listWorkspaces,
  }),
  write("POST", "workspaces", {
    summary: "Make a workspace",
    body: newWorkspace,
    status: 201,
    response: workspaceAnswer,
    answer: addWorkspace,
  }),
  read("management", "workspaces/{workspace}", {
    summary: "One workspace, by id or slug",
    response: workspaceAnswer,
    answer: readWorkspace,
  }),
  write("PATCH", "workspaces/{workspace}", {
    summary: "Change a workspace",
    body: workspaceChange,
    response: workspaceAnswer,
    answer: changeWorkspace,
  }),
  remove("workspaces/{workspace}", {
    summary: "Delete a workspace that no key belongs to",
    response: deleted,
    answer: removeWorkspace,
  }),
  read("management", "workspaces/{workspace}/budgets", {
    summary: "Budgets of a workspace",
    response: budgetsAnswer,
    answer: listBudgets,
  }),
  read("management", "workspaces/{workspace}/budgets/{interval}", {
    summary: "One budget: daily, weekly, monthly or lifetime",
    response: budgetAnswer,
    answer: readBudget,
  }),
  write("PUT", "workspaces/{workspace}/budgets/{interval}", {
    summary: "Set a budget",
    body: budgetChange,
    response: budgetAnswer,
    answer: putBudget,
  }),
  remove("workspaces/{workspace}/budgets/{interval}", {
    summary: "Remove a budget",
    response: deleted,
    answer: removeBudget,
  }),
];

const byokRoutes = [
  read("management", "byok", {
    summary: "The organization's own credentials at providers",
    query: byokQuery,
    response: credentialsAnswer,
    answer: listByok,
  }),
  write("POST", "byok", {
    summary: "Add an own credential",
    body: newByok,
    status: 201,
    response: credentialAnswer,
    answer: addByok,
  }),
  read("management", "byok/{id}", {
    summary: "One own credential",
    response: credentialAnswer,
    answer: readByok,
  }),
  write("PATCH", "byok/{id}", {
    summary: "Put a new key into an own credential",
    body: byokChange,
    response: credentialAnswer,
    answer: changeByok,
  }),
  remove("byok/{id}", {
    summary: "Delete an own credential",
    response: deleted,
    answer: removeByok,
  }),
];

const usageRoutes = [
  read("management", "organization/members", {
    summary: "Who belongs to the organization",
    query: page,
    response: membersAnswer,
    answer: listMembers,
  }),
  read("management", "activity", {
    summary: "Usage of the last 30 completed UTC days, by model and provider",
    query: activityQuery,
    response: activityAnswer,
    answer: answerActivity,
  }),
  read("management", "analytics/meta", {
    summary: "What can be asked of usage",
    response: analyticsMeta,
    answer: answerMeta,
  }),
  write("POST", "analytics/query", {
    summary: "Usage by up to two dimensions and time",
    body: analyticsQuestion,
    administers: false,
    response: analyticsAnswer,
    answer: answerQuery,
  }),
];

const described: readonly Route[] = [
  ...modelRoutes,
  ...accountRoutes,
  ...keyRoutes,
  ...workspaceRoutes,
  ...byokRoutes,
  ...usageRoutes,
];

/** Everything that is answered. A pattern's fixed words win over its `{names}` by coming first. */
export const routes: readonly Route[] = [...described, ...documentRoutes(described)];
