// Routing tables without a database: models at providers with prices.
import { openaiChat } from "#data/dialects/openai-chat.ts";
import type { ChatAsk } from "#data/operations/chat.ts";
import type { Endpoint, Model, Snapshot } from "#data/snapshot.ts";
import { mintId } from "#schema/ids.ts";
import { parsePerMillion } from "#schema/money/amount.ts";

export type SmallEndpoint = {
  model: string;
  provider: string;
  perMillion?: string;
  contextLength?: number;
  quantization?: string;
  priced?: boolean;
};

export function snapshotOf(...endpoints: SmallEndpoint[]): Snapshot {
  const models = new Map<string, Model>();
  for (const {
    model: id,
    provider,
    perMillion = "1",
    contextLength = 10_000,
    quantization = null,
    priced = true,
  } of endpoints) {
    const model: Model = models.get(id) ?? {
      id,
      name: id,
      contextLength,
      maxOutputTokens: 1_000,
      tokenizer: "other",
      inputModalities: ["text"],
      outputModalities: ["text"],
      supportedParameters: [],
      endpoints: [],
    };
    models.set(id, model);
    const perUnit = parsePerMillion(perMillion);
    const endpoint: Endpoint = {
      id: mintId("endpoint"),
      model,
      upstreamModel: id,
      protocol: "openai-chat",
      flags: {},
      tag: null,
      supportedParameters: model.supportedParameters,
      dataPolicy: null,
      contextLength,
      maxOutputTokens: 1_000,
      quantization,
      cancellable: true,
      provider: {
        id: mintId("provider"),
        slug: provider,
        name: provider,
        protocol: "openai-chat",
        origin: "http://127.0.0.1:9",
        path: "/v1",
        allowPrivateNetwork: true,
        credentials: [{ id: "prov_1", key: null, weight: 1 }],
        ownCredentials: new Map(),
        flags: {},
      },
      charges: priced
        ? [
            {
              id: "price_1",
              effectiveAtMs: 0,
              expiresAtMs: null,
              lines: [
                { meter: "input", perUnit, aboveInputTokens: 0 },
                { meter: "output", perUnit, aboveInputTokens: 0 },
              ],
            },
          ]
        : [],
      costs: [],
      ownCharges: new Map(),
      unpriced: [],
    };
    model.endpoints.push(endpoint);
  }
  return { models, policies: [], steps: [], problems: [], takenAtMs: 0 };
}

export const askFor = (body: object): ChatAsk =>
  openaiChat.decode(
    Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "hi" }], ...body })),
  );
