// What the suites of real clients talk to: one gateway before providers, that speak chat, Responses,
// Messages, Gemini and embeddings, so that every client is answered by its own dialect's protocol and by another.
import { putModel } from "#control/catalogue/put-model.ts";
import { anthropicKey, startAnthropicApi } from "#test/doubles/anthropic-api.ts";
import { smallGateway } from "#test/data-plane/small-gateway.ts";
import { geminiKey, startGeminiApi } from "#test/doubles/gemini-api.ts";
import { readPath } from "#test/read-path.ts";
import { responsesKey, startResponsesApi } from "#test/doubles/responses-api.ts";
import { startStrictServer, type StrictServer } from "#test/doubles/strict-server.ts";
import type { Upstream } from "#test/doubles/upstream.ts";

export type ClientWorld = {
  /** Of a client's base URL; ends in `/api/v1`. */
  baseUrl: string;
  key: string;
  chatUpstream: Upstream;
  responsesUpstream: StrictServer;
  close: () => Promise<void>;
};

/** By provider: `chat/<script>` (doubles/upstream-script.ts), the others by the names of their doubles. */
const models = {
  chat: ["ok", "ok-r2", "tool-call", "cut-2", "length", "status-429-retry-1", "no-usage"],
  anthropic: ["claude-mid-tools"],
  gemini: ["gemini-3.8-flash--think"],
  vectors: ["small"],
  responses: [
    ..."text tools parallel thinking-tools json refusal search painter cutoff breaks-later echo".split(
      " ",
    ),
    ..."rate-limited too-long silent".split(" "),
  ],
};

export async function clientWorld(): Promise<ClientWorld> {
  // A model that was given a tool's answer does not call the tool again.
  const gateway = await smallGateway(({ body }) =>
    JSON.stringify(body).includes('"role":"tool"')
      ? { toolCall: null, finishReason: "stop", words: ["It ", "is ", "sunny."] }
      : {},
  );
  const responses = await startResponsesApi();
  await gateway.provider("chat", gateway.upstream.url, { flags: {} });
  await gateway.provider("responses", `${responses.origin}/v1`, {
    protocol: "openai-responses",
    key: responsesKey,
    flags: {},
  });
  const anthropic = await startAnthropicApi();
  await gateway.provider("anthropic", `${anthropic.origin}/v1`, {
    protocol: "anthropic-messages",
    key: anthropicKey,
    flags: {},
  });
  const gemini = await startGeminiApi();
  await gateway.provider("gemini", `${gemini.origin}/v1beta`, {
    protocol: "gemini-generate-content",
    key: geminiKey,
    flags: {},
  });
  const vectors = await startStrictServer(({ body }) => {
    const input = readPath(body, "input");
    const several = Array.isArray(input) && typeof input[0] !== "number" ? input : [input];
    return {
      status: 200,
      body: {
        object: "list",
        data: several.map((_one, index) => ({
          object: "embedding",
          index,
          embedding: [0.5, -1.25],
        })),
        usage: { prompt_tokens: 3, total_tokens: 3 },
      },
    };
  });
  await gateway.provider("vectors", `${vectors.origin}/v1`, {
    protocol: "openai-embeddings",
    flags: {},
  });
  for (const [provider, names] of Object.entries(models))
    for (const name of names) await gateway.model(name, { provider, id: `${provider}/${name}` });
  await putModel(gateway.db, {
    id: "vectors/small",
    name: "Vectors",
    contextLength: 8_000,
    maxOutputTokens: null,
    inputModalities: ["text"],
    outputModalities: ["embeddings"],
    supportedParameters: [],
  });
  // The key is in force after the models: one clock of changes.
  const { key } = await gateway.key(await gateway.organization("1000"));
  return {
    baseUrl: `http://127.0.0.1:${gateway.port}/api/v1`,
    key,
    chatUpstream: gateway.upstream,
    responsesUpstream: responses,
    async close() {
      await gateway.close();
      await Promise.all([responses.close(), anthropic.close(), gemini.close(), vectors.close()]);
    },
  };
}
