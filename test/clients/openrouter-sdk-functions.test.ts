// Every function of `@openrouter/sdk`, called against a running installation. What it answers, refuses, or is not built is
// the table of docs/openrouter-sdk.md; WRITE_DOCS=1 writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OpenRouter } from "@openrouter/sdk";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startStrictServer, type DoubleReply } from "#test/doubles/strict-server.ts";
import { readPath } from "#test/read-path.ts";
import { played, startInstallation, untilPosted } from "#test/stories/installation.ts";

const page = join(import.meta.dirname, "../../docs/openrouter-sdk.md");
const vectors = await startStrictServer(({ path }): DoubleReply => {
  if (path === "/v1/embeddings")
    return {
      status: 200,
      body: {
        object: "list",
        data: [{ object: "embedding", index: 0, embedding: [0.5, -1.25] }],
        usage: { prompt_tokens: 3, total_tokens: 3 },
      },
    };
  return {
    status: 200,
    body: { results: [{ index: 0, relevance_score: 0.5 }], usage: { total_tokens: 4 } },
  };
});
const installation = await startInstallation({ models: [played("ok")] });
const { admin, origin } = installation;

for (const [slug, protocol, outputs] of [
  ["vectors", "openai-embeddings", "embeddings"],
  ["order", "jina-rerank", "rerank"],
] as const) {
  await admin.providers.connect.mutate({
    slug,
    name: slug,
    protocol,
    baseUrl: `${vectors.origin}/v1`,
    key: "sk-vectors",
    allowPrivateNetwork: true,
  });
  const model = `${slug}/one`;
  await admin.models.put.mutate({
    id: model,
    name: model,
    contextLength: 8_000,
    outputModalities: [outputs],
  });
  await admin.models.putEndpoint.mutate({
    model,
    provider: slug,
    upstreamModel: "one",
    dataPolicy: { training: false, retentionDays: 0 },
  });
  await admin.prices.publish.mutate({
    model,
    provider: slug,
    charge: { input: "0.1", output: "0" },
  });
}
// In force at every gateway: the published price is the last change before this key is known everywhere.
await installation.chat("acme/ok");
await untilPosted(installation, 1);

/** The functions by their names, without their types: the table below has an argument for each. */
type Loose = Record<
  string,
  Record<string, (request?: object, options?: object) => Promise<unknown>>
>;
const clientOf = (apiKey: string): Loose =>
  new OpenRouter({
    apiKey,
    serverURL: `${origin}/api/v1`,
    retryConfig: { strategy: "none" },
    timeoutMs: 20_000,
  }) as unknown as Loose;
const manager = clientOf(installation.managementKey);
const app = clientOf(installation.inferenceKey);

type Outcome = "works" | "refused" | "not built" | "not part of Turnpike";
type Row = {
  /** As one calls it. */
  name: string;
  outcome: Outcome;
  call: () => Promise<unknown>;
  /** What to know about it. */
  note?: string;
};
const row = (
  outcome: Outcome,
  client: Loose,
  name: string,
  request?: object | (() => object),
  note?: string,
): Row => ({
  name,
  outcome,
  ...(note === undefined ? {} : { note }),
  call: () => {
    const words = name.split(".");
    const method = words.pop() ?? "";
    let group: unknown = client;
    for (const word of words) group = (group as Record<string, unknown>)[word];
    const asked = typeof request === "function" ? request() : request;
    return (group as Loose[string])[method]?.(asked) ?? Promise.reject(new Error(`no ${name}`));
  },
});
const works = (client: Loose, name: string, request?: object | (() => object), note?: string) =>
  row("works", client, name, request, note);
const notBuilt = (name: string, request?: object) => row("not built", manager, name, request);
const notPart = (name: string, request?: object, note?: string) =>
  row("not part of Turnpike", manager, name, request, note);

const messages = [{ role: "user", content: "Hello" }];
const chatRequest = { model: "acme/ok", messages };
const responsesRequest = { model: "acme/ok", input: "Hello" };
const decisionsRequest = { model: "acme/ok", state: "Hello", questions: {} };
const slugs = { author: "acme", slug: "ok" };
/** What one function made, for those behind it. */
const made: Record<string, string> = {};
const keep = (name: string, path: string, { call, ...rest }: Row): Row => ({
  ...rest,
  async call() {
    const answer = await call();
    made[name] = String(readPath(answer, path));
    return answer;
  },
});
const workspace = () => ({ id: made["workspace"] });
const budget = () => ({ workspaceRef: made["workspace"], interval: "monthly" });
const byok = () => ({ id: made["byok"] });
const key = () => ({ hash: made["key"] });
const id = { id: "00000000-0000-4000-8000-000000000000" };

const table: readonly Row[] = [
  works(app, "chat.send", { chatRequest }),
  works(app, "responses.send", { responsesRequest }),
  works(app, "beta.responses.send", { responsesRequest }),
  works(app, "embeddings.generate", { requestBody: { model: "vectors/one", input: "Hello" } }),
  works(app, "rerank.rerank", {
    requestBody: { model: "order/one", query: "Hello", documents: ["a"] },
  }),
  works(app, "models.list"),
  works(app, "models.count", {}),
  works(app, "models.get", slugs),
  works(app, "models.listForUser", { bearer: installation.inferenceKey }),
  works(app, "embeddings.listModels", {}),
  works(app, "endpoints.list", slugs),
  works(app, "endpoints.listZdrEndpoints"),
  works(app, "providers.list"),
  works(app, "apiKeys.getCurrentKeyMetadata"),
  works(manager, "credits.getCredits"),
  works(app, "generations.getGeneration", () => ({ id: made["generation"] })),
  row(
    "refused",
    app,
    "generations.listGenerationContent",
    () => ({ id: made["generation"] }),
    "403: prompts and answers are not kept",
  ),
  notBuilt("generations.submitFeedback", {
    submitGenerationFeedbackRequest: { generationId: "gen-1", category: "other" },
  }),
  works(manager, "analytics.getUserActivity", {}),
  works(manager, "analytics.getAnalyticsMeta"),
  works(manager, "analytics.queryAnalytics", { requestBody: { metrics: ["request_count"] } }),
  keep("key", "data.hash", works(manager, "apiKeys.create", { requestBody: { name: "made" } })),
  works(manager, "apiKeys.list", {}),
  works(manager, "apiKeys.get", key),
  works(manager, "apiKeys.update", () => ({ ...key(), requestBody: { name: "changed" } })),
  works(manager, "apiKeys.delete", key),
  keep(
    "workspace",
    "data.id",
    works(manager, "workspaces.create", {
      createWorkspaceRequest: { name: "Made", slug: "made" },
    }),
  ),
  works(manager, "workspaces.list", {}),
  works(manager, "workspaces.get", workspace),
  works(manager, "workspaces.update", () => ({
    ...workspace(),
    updateWorkspaceRequest: { name: "Changed" },
  })),
  works(manager, "workspaces.setBudget", () => ({
    ...budget(),
    upsertWorkspaceBudgetRequest: { limitUsd: 5 },
  })),
  works(manager, "workspaces.listBudgets", () => ({ workspaceRef: made["workspace"] })),
  works(manager, "workspaces.getBudget", budget),
  works(manager, "workspaces.deleteBudget", budget),
  notBuilt("workspaces.listMembers", id),
  notBuilt("workspaces.bulkAddMembers", {
    ...id,
    bulkAddWorkspaceMembersRequest: { userIds: ["mem_1"] },
  }),
  notBuilt("workspaces.bulkRemoveMembers", {
    ...id,
    bulkRemoveWorkspaceMembersRequest: { userIds: ["mem_1"] },
  }),
  works(manager, "workspaces.delete", workspace),
  keep(
    "byok",
    "data.id",
    works(manager, "byok.create", {
      createBYOKKeyRequest: { provider: "acme", key: "sk-of-the-house-12345" },
    }),
  ),
  works(manager, "byok.list", {}),
  works(manager, "byok.get", byok),
  works(manager, "byok.update", () => ({
    ...byok(),
    updateBYOKKeyRequest: { key: "sk-of-the-house-67890" },
  })),
  works(manager, "byok.delete", byok),
  works(manager, "organization.listMembers", {}),
  works(
    app,
    "oAuth.createAuthorizationUrl",
    { callbackUrl: "https://example.com" },
    "asks nobody: the page that it leads to is not built",
  ),
  works(app, "oAuth.createSHA256CodeChallenge", undefined, "asks nobody"),
  notBuilt("oAuth.createAuthCode", { requestBody: { callbackUrl: "https://example.com" } }),
  notBuilt("oAuth.exchangeAuthCodeForAPIKey", { requestBody: { code: "x" } }),
  notBuilt("oAuth.createOauthToken", {
    tokenExchangeRequest: {
      grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
      subjectToken: "x",
      subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
      federationPolicyId: "x",
    },
  }),
  notBuilt("oAuth.listOauthJwks"),
  notBuilt("presets.list", {}),
  notBuilt("presets.get", { slug: "one" }),
  notBuilt("presets.listVersions", { slug: "one" }),
  notBuilt("presets.getVersion", { slug: "one", version: "1" }),
  notBuilt("presets.createPresetsChatCompletions", { slug: "one", chatRequest }),
  notBuilt("presets.createPresetsMessages", {
    slug: "one",
    messagesRequest: { model: "acme/ok", messages },
  }),
  notBuilt("presets.createPresetsResponses", { slug: "one", responsesRequest }),
  notBuilt("guardrails.list", {}),
  notBuilt("guardrails.create", { createGuardrailRequest: { name: "one" } }),
  notBuilt("guardrails.get", id),
  notBuilt("guardrails.update", { ...id, updateGuardrailRequest: { name: "two" } }),
  notBuilt("guardrails.delete", id),
  notBuilt("guardrails.listKeyAssignments", {}),
  notBuilt("guardrails.listMemberAssignments", {}),
  notBuilt("guardrails.listGuardrailKeyAssignments", id),
  notBuilt("guardrails.listGuardrailMemberAssignments", id),
  notBuilt("guardrails.bulkAssignKeys", { ...id, bulkAssignKeysRequest: { keyHashes: ["x"] } }),
  notBuilt("guardrails.bulkUnassignKeys", { ...id, bulkUnassignKeysRequest: { keyHashes: ["x"] } }),
  notBuilt("guardrails.bulkAssignMembers", {
    ...id,
    bulkAssignMembersRequest: { memberUserIds: ["x"] },
  }),
  notBuilt("guardrails.bulkUnassignMembers", {
    ...id,
    bulkUnassignMembersRequest: { memberUserIds: ["x"] },
  }),
  notBuilt("datasets.getRankingsDaily", {}),
  notBuilt("datasets.getAppRankings", {}),
  notBuilt("datasets.getSessionCost", {}),
  notBuilt("benchmarks.getBenchmarks", {}),
  notBuilt("classifications.getTaskClassifications", {}),
  notBuilt("images.generate", { imageGenerationRequest: { model: "acme/ok", prompt: "x" } }),
  notBuilt("images.listModels"),
  notBuilt("images.listModelEndpoints", slugs),
  notBuilt("tts.createSpeech", { speechRequest: { model: "acme/ok", input: "x" } }),
  notBuilt("stt.createTranscription", {
    sttRequest: { model: "acme/ok", inputAudio: { data: "AAAA", format: "wav" } },
  }),
  notBuilt("stt.createTranscriptionMultipart", {
    requestBody: { model: "acme/ok", file: new Blob(["x"]) },
  }),
  notPart("videoGeneration.generate", {
    videoGenerationRequest: { model: "acme/ok", prompt: "x" },
  }),
  notPart("videoGeneration.getGeneration", { jobId: "x" }),
  notPart("videoGeneration.getVideoContent", { jobId: "x" }),
  notPart("videoGeneration.listVideosModels"),
  notPart("observability.list", {}),
  notPart("observability.create", {
    createObservabilityDestinationRequest: { type: "webhook", name: "one", config: {} },
  }),
  notPart("observability.get", id),
  notPart("observability.update", { ...id, updateObservabilityDestinationRequest: {} }),
  notPart("observability.delete", id),
  notPart("scim.listGroups", {}),
  notPart("scim.listMappings", {}),
  notPart("scim.create", {
    createScimGroupMappingRequest: {
      groupId: "x",
      scimGroupId: "x",
      workspaceId: id.id,
      role: "member",
    },
  }),
  notPart("scim.read", id),
  notPart("scim.update", { ...id, updateScimGroupMappingRequest: { role: "member" } }),
  notPart("scim.delete", { ...id, keepMembers: true }),
  notPart("scim.createSyncJob"),
  notPart("scim.getSyncJob", id),
  notPart("files.list", {}),
  notPart("files.upload", { requestBody: { file: new Blob(["x"]) } }),
  notPart("files.retrieve", { fileId: "x" }),
  notPart("files.download", { fileId: "x" }),
  notPart("files.delete", { fileId: "x" }),
  notPart("containers.listContainerFiles", { containerId: "x" }),
  notPart("containers.getContainerFile", { containerId: "x", fileId: "x" }),
  notPart("containers.downloadContainerFileContent", { containerId: "x", fileId: "x" }),
  notPart("containers.promoteContainerFile", { containerId: "x", fileId: "x" }),
  notPart("interns.listInterns", {}),
  notPart("interns.createIntern", { createInternRequest: { name: "x" } }),
  notPart("interns.getIntern", { internId: "x" }),
  notPart("interns.updateIntern", { internId: "x", updateInternRequest: {} }),
  notPart("interns.deleteIntern", { internId: "x", deleteInternRequest: {} }),
  notPart("interns.provisionIntern", { internId: "x" }),
  notPart("interns.suspendIntern", { internId: "x" }),
  notPart("interns.chat", {
    internId: "x",
    internChatCompletionRequest: { messages, stream: true },
  }),
  notPart("vault.listVaultSecrets", {}),
  notPart("vault.storeVaultSecret", {
    name: "x",
    vaultSecretWriteRequest: { value: "x", hosts: ["example.com"] },
  }),
  notPart("vault.deleteVaultSecret", { name: "x" }),
  notPart("vault.listInternVaultSecrets", { internId: "x" }),
  notPart("vault.storeInternVaultSecret", {
    internId: "x",
    name: "x",
    vaultSecretWriteRequest: { value: "x", hosts: ["example.com"] },
  }),
  notPart("vault.deleteInternVaultSecret", { internId: "x", name: "x" }),
  notPart("vault.copyVaultSecretsToIntern", {
    internId: "x",
    vaultSecretCopyRequest: { names: ["x"] },
  }),
  notPart("systemOne.create", { decisionsRequest }),
  notPart(
    "alpha.decisions.create",
    { decisionsRequest },
    "goes to OpenRouter whatever `serverURL` says",
  ),
];

const functions = suite("@openrouter/sdk, every function");
functions.after(async () => {
  await installation.close();
  await vectors.close();
});

functions("the table has every function of the package, each once", () => {
  const found: string[] = [];
  const groups = Object.getOwnPropertyNames(OpenRouter.prototype);
  const look = (prefix: string, thing: object, depth: number): void => {
    const prototype = Object.getPrototypeOf(thing) as object;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name === "constructor" || name.startsWith("_")) continue;
      const isGetter = Object.getOwnPropertyDescriptor(prototype, name)?.get !== undefined;
      const value = (thing as Record<string, unknown>)[name];
      if (isGetter && typeof value === "object" && value !== null && depth < 2)
        look(`${prefix}${name}.`, value, depth + 1);
      else if (!isGetter && depth > 0) found.push(`${prefix}${name}`);
    }
  };
  look("", app, 0);
  assert.ok(groups.length > 30);
  const names = table.map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
  assert.equal(names.toSorted(), found.toSorted());
});

type SdkError = { name: string; statusCode: number; body: string; contentType: string };

for (const { name, outcome, call } of table)
  functions(`${name}: ${outcome}`, async () => {
    if (name === "generations.getGeneration") {
      const answer = await installation.chat("acme/ok");
      made["generation"] = String(readPath(await answer.json(), "id"));
    }
    if (name === "alpha.decisions.create") {
      // Its own way out: only an address with the call redirects it.
      const group = manager["alpha"] as unknown as Loose;
      const refusal = await group["decisions"]
        ?.["create"]?.({ decisionsRequest }, { serverURL: origin })
        .then(
          () => null,
          (error: unknown) => error as SdkError,
        );
      return assert.match(refusal?.body ?? "it was answered", "is not part of Turnpike");
    }
    const error = await call().then(
      () => null,
      (thrown: unknown) => thrown as SdkError,
    );
    if (outcome === "works") {
      if (error) throw error as unknown as Error;
      return;
    }
    assert.ok(error, "it is answered");
    assert.ok(error.statusCode >= 400 && error.statusCode < 500, describe(error));
    // For interns it has a shape of errors of its own, and keeps status and body of any other.
    if (!name.startsWith("interns.")) assert.is.not(error.name, "ResponseValidationError");
    const body: unknown = JSON.parse(error.body);
    assert.is(readPath(body, "error.code"), error.statusCode);
    const message = String(readPath(body, "error.message"));
    if (outcome === "not built") assert.match(message, / is not built in Turnpike yet; instead: /);
    if (outcome === "not part of Turnpike")
      assert.match(message, / is not part of Turnpike; instead: /);
    if (outcome === "refused") assert.not.match(message, "Turnpike");
  });

const describe = (error: SdkError): string =>
  `${error.name} ${error.statusCode}: ${String((error as unknown as Error).message).slice(0, 600)}`;

functions("docs/openrouter-sdk.md has this table", () => {
  const text = readFileSync(page, "utf8");
  const [before = "", rest = ""] = text.split("<!-- table -->\n");
  const [, after = ""] = rest.split("<!-- end -->");
  const written = `${before}<!-- table -->\n\n${tableText()}\n\n<!-- end -->${after}`;
  if (process.env["WRITE_DOCS"] === "1") writeFileSync(page, written);
  assert.is(text, process.env["WRITE_DOCS"] === "1" ? text : written);
});

function tableText(): string {
  const count = (outcome: Outcome): number => table.filter((one) => one.outcome === outcome).length;
  const outcomes: readonly Outcome[] = ["works", "refused", "not built", "not part of Turnpike"];
  return [
    `${table.length} functions: ${outcomes.map((outcome) => `${count(outcome)} ${outcome}`).join(", ")}.`,
    "",
    "| function | here | to know |",
    "| --- | --- | --- |",
    ...table.map(({ name, outcome, note = "" }) => `| \`${name}\` | ${outcome} | ${note} |`),
  ].join("\n");
}

functions.run();
