/** Which endpoints could answer, and in which order they are asked. Pure: what is known comes in, with a random source. */
import type { OrganizationId } from "#schema/ids.ts";
import { unitPrice, type Price } from "#schema/money/price.ts";
import type { HealthName } from "./health.ts";
import type { ChatAsk, Operation } from "./operations/chat.ts";
import { protocolOf } from "./providers/registry.ts";
import { drawKeys } from "./provider-keys.ts";
import { Refusal } from "./refusal.ts";
import type { Credential, Endpoint, Model, Snapshot } from "./snapshot.ts";
import { termsOf } from "./terms.ts";
import type { PromptSize } from "./tokens/prompt-size.ts";

/** An endpoint and the credential it is asked with, its prices frozen: what it charges cannot change any more. */
export type Choice = {
  endpoint: Endpoint;
  credential: Credential;
  /** The provider's further keys, in the order in which they are tried when this one is refused. */
  otherKeys: readonly Credential[];
  /** The organization's own credential: it pays the provider itself, and us a fee. */
  ownKey: boolean;
  charge: Price;
  chargePolicy: string | null;
  /** What the provider asks for it, of us or of the organization; null when that is not known. */
  cost: Price | null;
  costStep: string | null;
  outputTokensMax: number;
};

/** What is healthy or not: an endpoint as it is reached with one credential, and that credential. */
export const healthNameOf = ({
  endpoint,
  credential,
}: Pick<Choice, "endpoint" | "credential">): HealthName => ({
  endpoint: `${endpoint.id} ${credential.id}`,
  key: credential.id,
});

/**
 * Every endpoint that could answer, by model in the order asked for. Never empty.
 * @throws {Refusal} 400 for an unknown model, with the nearest names, and for a prompt that fits nowhere; 404 when
 *   preferences or missing prices leave nothing.
 */
export function candidates(
  ask: ChatAsk,
  snapshot: Snapshot,
  organizationId: OrganizationId,
  nowMs: number,
  size: PromptSize = { of: () => ask.promptTokensEstimate, tolerance: 0.25 },
): Choice[] {
  const choices: Choice[] = [];
  let tooLong: Endpoint | null = null;
  let filtered: Model | null = null;
  let keyless: Endpoint | null = null;
  const excludedBy = new Set<string>();
  for (const id of ask.models) {
    const model = snapshot.models.get(id);
    if (!model) {
      if (ask.models.length === 1) throw unknownModel(id, snapshot);
      continue;
    }
    const serves = operationOf(model);
    if (serves !== ask.operation) {
      if (ask.models.length === 1) throw wrongOperation(model, serves);
      continue;
    }
    for (const endpoint of model.endpoints) {
      const terms = termsOf(endpoint, organizationId, snapshot, nowMs);
      if (!terms) continue;
      const exclusion = exclusionOf(endpoint, terms.charge, ask);
      if (exclusion !== null) {
        excludedBy.add(exclusion);
        filtered = model;
        continue;
      }
      const outputTokensMax = Math.min(
        ask.outputTokensMax ?? endpoint.maxOutputTokens,
        endpoint.maxOutputTokens,
      );
      // What might still fit is tried, and the provider has the last word.
      if (
        size.of(model) * (1 - size.tolerance) > endpoint.contextLength ||
        (ask.outputTokensMax ?? 0) > endpoint.contextLength
      ) {
        tooLong = endpoint;
        continue;
      }
      const own = endpoint.provider.ownCredentials.get(organizationId);
      if (own) {
        choices.push({
          endpoint,
          credential: own,
          otherKeys: [],
          ownKey: true,
          charge: terms.fee,
          chargePolicy: terms.feePolicy,
          cost: terms.cost,
          costStep: null,
          outputTokensMax,
        });
      }
      const [credential, ...otherKeys] = endpoint.provider.credentials;
      if (!credential) {
        keyless = endpoint;
        continue; // it has keys, and none that can be used: not to be called without one
      }
      choices.push({
        endpoint,
        credential,
        otherKeys,
        ownKey: false,
        charge: terms.charge,
        chargePolicy: terms.chargePolicy,
        cost: terms.cost,
        costStep: terms.costStep,
        outputTokensMax,
      });
    }
  }
  if (choices.length > 0) return choices;
  if (tooLong) throw tooLongFor(tooLong, ask, size.of(tooLong.model));
  if (keyless) {
    throw new Refusal({
      status: 503,
      type: "provider_unavailable",
      message: `${keyless.provider.name} cannot be called right now: none of this gateway's keys for it can be used; the operator has to look after it`,
      metadata: { provider_name: keyless.provider.name },
    });
  }
  const asked = ask.models.join(", ");
  if (filtered) {
    const available = [...new Set(filtered.endpoints.map((endpoint) => endpoint.provider.slug))];
    throw new Refusal({
      status: 404,
      type: "not_found",
      message: [...excludedBy].map((word) => exclusionTexts[word]).join(" "),
      metadata: {
        excluded_by: [...excludedBy],
        available_providers: available,
        requested_providers: ask.preferences.only ?? ask.preferences.order,
      },
    });
  }
  const known = ask.models.find((id) => snapshot.models.has(id));
  if (known === undefined) throw unknownModel(ask.models[0] ?? "", snapshot);
  throw new Refusal({
    status: 404,
    type: "not_found",
    message: `No endpoints found for ${asked}. The model is in the catalogue, but no provider that serves it is connected and priced.`,
  });
}

/** What a model is for, by what it puts out. */
export function operationOf({ outputModalities }: Pick<Model, "outputModalities">): Operation {
  if (outputModalities.includes("embeddings")) return "embedding";
  return outputModalities.includes("rerank") ? "rerank" : "chat";
}

const operationPaths = {
  chat: "answers chats: POST /api/v1/chat/completions",
  embedding: "makes vectors: POST /api/v1/embeddings",
  rerank: "ranks documents: POST /api/v1/rerank",
} as const;

const wrongOperation = (model: Model, serves: Operation): Refusal =>
  new Refusal({
    status: 400,
    type: "invalid_request",
    message: `${model.id} ${operationPaths[serves]}`,
    metadata: { field: "model" },
  });

const exclusionTexts: Readonly<Record<string, string>> = {
  allowed_providers: "No allowed providers are available for the selected model.",
  data_policy:
    "No endpoints found matching your data policy: provider.zdr and data_collection deny leave only endpoints that are known to keep nothing and to train on nothing, and the catalogue knows of none for this model.",
  quantization: "No endpoints found with one of provider.quantizations.",
  max_price: "No endpoints found at or below provider.max_price.",
  service_tier:
    "No endpoints found with a price for service_tier flex. Leave service_tier out for the ordinary tier.",
  require_parameters:
    "No endpoints found that support every parameter sent, as provider.require_parameters asks.",
};

/** Whether a service tier is priced here; what is not would be billed to us at a price that nobody is charged. */
export const sellsTier = (
  { charge }: Pick<Choice, "charge">,
  serviceTier: string | null,
): boolean => serviceTier !== null && charge.lines.some((line) => line.serviceTier === serviceTier);

/** The preference that rules an endpoint out, in the contract's `excluded_by` words, or null when none does. */
function exclusionOf(
  endpoint: Endpoint,
  charge: Price,
  { preferences, parameters, promptTokensEstimate, serviceTier }: ChatAsk,
): string | null {
  const { quantization, dataPolicy } = endpoint;
  if (preferences.only && !isNamed(endpoint, preferences.only)) return "allowed_providers";
  if (isNamed(endpoint, preferences.ignore)) return "allowed_providers";
  if (
    !preferences.allowFallbacks &&
    preferences.order.length > 0 &&
    !isNamed(endpoint, preferences.order)
  )
    return "allowed_providers";
  // What is not known may not pass for a promise.
  if (preferences.dataPolicy && (dataPolicy?.training !== false || dataPolicy.retentionDays !== 0))
    return "data_policy";
  if (preferences.quantizations && !preferences.quantizations.includes(quantization ?? "unknown"))
    return "quantization";
  const { input, output } = preferences.maxPrice;
  if (input !== null || output !== null) {
    const prompt = BigInt(promptTokensEstimate);
    if (input !== null && (unitPrice(charge, "input", prompt) ?? 0n) > input) return "max_price";
    if (output !== null && (unitPrice(charge, "output", prompt) ?? 0n) > output) return "max_price";
  }
  // Who asks for the cheaper tier does not want the ordinary one instead (contract P-12).
  if (serviceTier === "flex" && !sellsTier({ charge }, serviceTier)) return "service_tier";
  if (preferences.requireParameters && parameters.some((name) => !supports(endpoint, name)))
    return "require_parameters";
  return null;
}

function isNamed(
  { provider: { slug }, tag, quantization }: Endpoint,
  names: readonly string[],
): boolean {
  for (const name of names) {
    if (name === slug || name === `${slug}/${quantization}`) return true;
    if (tag !== null && name === `${slug}/${tag}`) return true;
  }
  return false;
}

/** Both the endpoint and the API it is spoken to in have the parameter. Two spellings of one limit are one. */
const supports = ({ supportedParameters, protocol, flags }: Endpoint, name: string): boolean =>
  !protocolOf(protocol).unsupported.has(name) &&
  !(Array.isArray(flags["unsupported"]) && flags["unsupported"].includes(name)) &&
  (supportedParameters.includes(name) ||
    (name === "max_completion_tokens" && supportedParameters.includes("max_tokens")) ||
    (name === "max_tokens" && supportedParameters.includes("max_completion_tokens")));

function unknownModel(id: string, snapshot: Snapshot): Refusal {
  const nearest = nearestNames(id, [...snapshot.models.keys()]);
  const hint =
    nearest.length > 0
      ? ` Did you mean ${nearest.join(", ")}?`
      : " GET /api/v1/models lists the models.";
  return new Refusal({
    status: 400,
    type: "invalid_request",
    message: `${id} is not a valid model ID.${hint}`,
    metadata: { field: "model", nearest },
  });
}

/** Every endpoint that may be asked, whatever else rules it out: whose windows a prompt has to fit. */
export function windowsOf(ask: ChatAsk, snapshot: Snapshot): readonly Endpoint[] {
  const [first = "", ...others] = ask.models;
  const endpoints = snapshot.models.get(first)?.endpoints ?? [];
  return others.length === 0
    ? endpoints
    : endpoints.concat(others.flatMap((id) => snapshot.models.get(id)?.endpoints ?? []));
}

function tooLongFor(endpoint: Endpoint, ask: ChatAsk, promptTokens: number): Refusal {
  const output = ask.outputTokensMax ?? 0;
  return new Refusal({
    status: 400,
    type: "context_length_exceeded",
    message:
      `This endpoint's maximum context length is ${endpoint.contextLength} tokens. However, you requested about ${promptTokens + output} tokens ` +
      `(${promptTokens} of text input, ${output} in the output). Please reduce the length of either one.`,
  });
}

/** Up to three ids that look most like a misspelt one, by shared pairs of letters. Bounded: long names are cut. */
export function nearestNames(asked: string, names: readonly string[]): string[] {
  const pairs = (text: string): Set<string> => {
    const lower = text.toLowerCase().slice(0, 64);
    const found = new Set<string>();
    for (let at = 0; at + 1 < lower.length; at++) found.add(lower.slice(at, at + 2));
    return found;
  };
  const wanted = pairs(asked);
  return names
    .map((name) => {
      const has = pairs(name);
      const shared = [...wanted].filter((pair) => has.has(pair)).length;
      return { name, likeness: (2 * shared) / (wanted.size + has.size || 1) };
    })
    .filter(({ likeness }) => likeness >= 0.4)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map(({ name }) => name);
}

/**
 * The order in which choices are asked: models as listed, and within a model the preferred providers first, then at
 * random with weight 1 / price² (contract R-1) or cheapest first (`sort: "price"`); benched ones last.
 */
export function order(
  choices: readonly Choice[],
  ask: ChatAsk,
  known: { isBenched: (choice: Choice) => boolean; random: () => number },
): Choice[] {
  return ordered(
    choices.map((choice) => withDrawnKey(choice, known)),
    ask,
    known,
  );
}

/** A provider all of whose keys are dead must not use up the attempts that others could answer. */
const otherKeysMax = 2;

/** By lot, one of the provider's keys is the first (`drawKeys`). */
function withDrawnKey(
  choice: Choice,
  known: { isBenched: (choice: Choice) => boolean; random: () => number },
): Choice {
  if (choice.otherKeys.length === 0) return choice;
  const [credential = choice.credential, ...otherKeys] = drawKeys(
    [choice.credential, ...choice.otherKeys],
    { isBenched: (key) => known.isBenched({ ...choice, credential: key }), random: known.random },
  );
  return { ...choice, credential, otherKeys: otherKeys.slice(0, otherKeysMax) };
}

function ordered(
  choices: readonly Choice[],
  ask: ChatAsk,
  known: { isBenched: (choice: Choice) => boolean; random: () => number },
): Choice[] {
  if (choices.length === 1) return [...choices];
  const { preferences } = ask;
  const sorted: Choice[] = [];
  for (const group of Map.groupBy(choices, (choice) => choice.endpoint.model.id).values()) {
    const place = ({ endpoint }: Choice): number => {
      const at = preferences.order.indexOf(endpoint.provider.slug);
      return at === -1 ? preferences.order.length : at;
    };
    const shuffled =
      preferences.sort === "price" || ask.serviceTier === "flex"
        ? group.toSorted((a, b) => priceOf(a, ask.serviceTier) - priceOf(b, ask.serviceTier))
        : weighted(group, known.random);
    // The organization's own credentials first (contract R-13). A named order is strict; without one, or behind it, what
    // is benched goes last.
    shuffled.sort(
      (a, b) =>
        +b.ownKey - +a.ownKey ||
        place(a) - place(b) ||
        +known.isBenched(a) - +known.isBenched(b) ||
        +sellsTier(b, ask.serviceTier) - +sellsTier(a, ask.serviceTier),
    );
    sorted.push(
      ...(preferences.allowFallbacks || preferences.order.length > 0
        ? shuffled
        : shuffled.slice(0, 1)),
    );
  }
  return sorted;
}

/** Input and output price together, in picodollars, for comparing only. */
const priceOf = ({ charge }: Choice, serviceTier: string | null = null): number =>
  +(
    (unitPrice(charge, "input", 0n, serviceTier ?? "") ?? 0n) +
    (unitPrice(charge, "output", 0n, serviceTier ?? "") ?? 0n)
  ).toString();

function weighted(choices: readonly Choice[], random: () => number): Choice[] {
  const rest = choices.map((choice) => ({ choice, weight: 1 / Math.max(priceOf(choice), 1) ** 2 }));
  const drawn: Choice[] = [];
  while (rest.length > 0) {
    let left = random() * rest.reduce((total, { weight }) => total + weight, 0);
    const at = Math.max(
      0,
      rest.findIndex(({ weight }) => (left -= weight) <= 0),
    );
    drawn.push(...rest.splice(at, 1).map(({ choice }) => choice));
  }
  return drawn;
}
