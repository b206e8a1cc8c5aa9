import { answerActivity } from "./activity.ts";
import { analyticsQuestion, answerMeta, answerQuery } from "./analytics.ts";
import {
  addByok,
  byokChange,
  changeByok,
  listByok,
  newByok,
  readByok,
  removeByok,
} from "./byok.ts";
import { answerCredits } from "./credits.ts";
import { answerGeneration } from "./generation.ts";
import { answerKey } from "./key.ts";
import { changeKey, createKey, deleteKey, keyChange, listKeys, newKey, readKey } from "./keys.ts";
import { listMembers } from "./members.ts";
import { answerModel } from "./model.ts";
import { answerEndpoints, answerModelCount, answerModels, retrieveModel } from "./models.ts";
import { answerProviders } from "./providers.ts";
import { open, read, remove, write, type Route } from "./route.ts";
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

/** Everything that is answered. A pattern's fixed words win over its `{names}` by coming first. */
export const routes: readonly Route[] = [
  open("models", answerModels),
  open("models/count", answerModelCount),
  read("key", "models/user", answerModels),
  open("models/{author}/{slug}/endpoints", answerEndpoints),
  open("models/{author}/{slug}", retrieveModel), // what openai for Python sends
  open("models/{id}", retrieveModel), // what openai for JavaScript sends: a%2Fb
  open("model/{author}/{slug}", answerModel),
  open("providers", answerProviders),
  read("key", "key", answerKey),
  read("key", "auth/key", answerKey), // its old name
  read("management", "credits", answerCredits),
  read("key", "generation", answerGeneration),

  read("management", "keys", listKeys),
  write("POST", "keys", { body: newKey, status: 201, answer: createKey }),
  read("management", "keys/{hash}", readKey),
  write("PATCH", "keys/{hash}", { body: keyChange, answer: changeKey }),
  remove("keys/{hash}", deleteKey),

  read("management", "workspaces", listWorkspaces),
  write("POST", "workspaces", { body: newWorkspace, status: 201, answer: addWorkspace }),
  read("management", "workspaces/{workspace}", readWorkspace),
  write("PATCH", "workspaces/{workspace}", { body: workspaceChange, answer: changeWorkspace }),
  remove("workspaces/{workspace}", removeWorkspace),
  read("management", "workspaces/{workspace}/budgets", listBudgets),
  read("management", "workspaces/{workspace}/budgets/{interval}", readBudget),
  write("PUT", "workspaces/{workspace}/budgets/{interval}", {
    body: budgetChange,
    answer: putBudget,
  }),
  remove("workspaces/{workspace}/budgets/{interval}", removeBudget),

  read("management", "byok", listByok),
  write("POST", "byok", { body: newByok, status: 201, answer: addByok }),
  read("management", "byok/{id}", readByok),
  write("PATCH", "byok/{id}", { body: byokChange, answer: changeByok }),
  remove("byok/{id}", removeByok),

  read("management", "organization/members", listMembers),
  read("management", "activity", answerActivity),
  read("management", "analytics/meta", answerMeta),
  write("POST", "analytics/query", {
    body: analyticsQuestion,
    administers: false,
    answer: answerQuery,
  }),
];
