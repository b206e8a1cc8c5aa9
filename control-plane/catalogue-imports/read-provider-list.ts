/**
 * A provider's own `GET /models`. Its ids say what it serves; prices are only read where the unit is known, because the
 * same member is per token with one and per million with another.
 */
import type { Prices } from "../catalogue/price-list.ts";
import { perMillion, perToken, tenThousandthsPerMillion } from "./exact-price.ts";
import type { ListedEndpoint, Listing } from "./listing.ts";
import { readOpenRouter } from "./read-openrouter.ts";
import {
  isMembers,
  isPriced,
  membersAt,
  readPrices,
  textAt,
  tokensAt,
  wordsAt,
  type Members,
} from "./read-prices.ts";

type ReadPrice = (model: Members, remarks: string[]) => Prices;

/** How each writes its prices, as documented by 22 November 2026. */
const priceReaders: Readonly<Record<string, ReadPrice>> = {
  // docs.together.ai/reference/models: USD per million.
  together: (model, remarks) =>
    readPrices(
      membersAt(model, "pricing"),
      { input: "input", output: "output", cached_input: "cache_read" },
      perMillion,
      remarks,
    ),
  // novita.ai/docs: ten-thousandths of a dollar per million.
  novita: (model, remarks) =>
    readPrices(
      model,
      { input_token_price_per_m: "input", output_token_price_per_m: "output" },
      tenThousandthsPerMillion,
      remarks,
    ),
  // deepinfra.com/docs: USD per million, inside metadata.
  deepinfra: (model, remarks) =>
    readPrices(
      membersAt(membersAt(model, "metadata"), "pricing"),
      { input_tokens: "input", output_tokens: "output", cache_read_tokens: "cache_read" },
      perMillion,
      remarks,
    ),
  // llm.chutes.ai/v1/models: USD per million.
  chutes: (model, remarks) =>
    readPrices(
      membersAt(model, "pricing"),
      { prompt: "input", completion: "output", input_cache_read: "cache_read" },
      perMillion,
      remarks,
    ),
  // docs.tokenfactory.nebius.com and inference-docs.cerebras.ai: text in USD per token.
  nebius: (model, remarks) =>
    readPrices(
      membersAt(model, "pricing"),
      { prompt: "input", completion: "output" },
      perToken,
      remarks,
    ),
  cerebras: (model, remarks) =>
    readPrices(
      membersAt(model, "pricing"),
      { prompt: "input", completion: "output" },
      perToken,
      remarks,
    ),
  // docs.venice.ai: USD per million, each amount inside {usd, diem}.
  venice(model, remarks) {
    const pricing = membersAt(membersAt(model, "model_spec"), "pricing");
    return readPrices(
      {
        input: membersAt(pricing, "input")["usd"],
        output: membersAt(pricing, "output")["usd"],
        cache_input: membersAt(pricing, "cache_input")["usd"],
      },
      { input: "input", output: "output", cache_input: "cache_read" },
      perMillion,
      remarks,
    );
  },
};

/**
 * @param provider our slug.
 * @throws {Error} for what is no list of models.
 */
export function readProviderList(document: unknown, provider: string, asOf: string): Listing {
  if (provider === "openrouter") return readOpenRouter(document, asOf);
  const models = listIn(document);
  if (models === null)
    throw new Error("is no list of models: expected {data: […]}, {models: […]} or a list");
  const read = priceReaders[provider];
  const listed = models.flatMap((model): ListedEndpoint[] => {
    // Gemini's names are paths.
    const id = (textAt(model, "id") || textAt(model, "name")).replace(/^models\//, "");
    if (id === "") return [];
    const remarks: string[] = [];
    const metadata = membersAt(model, "metadata");
    const spec = membersAt(model, "model_spec");
    const prices = read?.(model, remarks) ?? {};
    return [
      {
        provider,
        upstreamModel: id,
        model: null,
        tag: null,
        name: textAt(model, "display_name") || textAt(model, "displayName") || id,
        contextLength:
          tokensAt(
            model,
            "context_length",
            "context_window",
            "context_size",
            "max_context_length",
            "max_model_len",
            "inputTokenLimit",
            "max_input_tokens",
          ) ??
          tokensAt(metadata, "context_length") ??
          tokensAt(spec, "availableContextTokens"),
        maxOutputTokens: tokensAt(
          model,
          "max_completion_tokens",
          "max_output_tokens",
          "max_output_length",
          "outputTokenLimit",
          "max_tokens",
        ),
        inputModalities: wordsAt(model, "input_modalities"),
        outputModalities: wordsAt(model, "output_modalities"),
        supportedParameters: wordsAt(model, "supported_sampling_parameters"),
        details: {},
        price: isPriced(prices) ? prices : null,
        remarks,
      },
    ];
  });
  const skipped =
    read === undefined &&
    models.some((model) => isMembers(model["pricing"]) || isMembers(model["price"]))
      ? [
          `${provider}: its list has prices, but in which unit is not known here; only its models were read`,
        ]
      : [];
  return { source: `provider ${provider}`, asOf, complete: [provider], endpoints: listed, skipped };
}

function listIn(document: unknown): Members[] | null {
  const list = Array.isArray(document)
    ? document
    : isMembers(document)
      ? (document["data"] ?? document["models"])
      : undefined;
  return Array.isArray(list) ? list.filter(isMembers) : null;
}
