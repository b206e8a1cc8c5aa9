/**
 * Members that every inference request has. The data plane's decoders are what validates; these say to readers and programs
 * what they accept, and `test/control-plane/inference-shapes.test.ts` holds the one to the other.
 */
import { z } from "zod";

/** Any other member of a body is not refused: it is passed on or ignored. */
export type Members = Readonly<Record<string, z.ZodType>>;

const modelId = z.string().min(1).max(256);
const wordsMax = 100;
const words = (meaning: string) =>
  z.array(z.string()).max(wordsMax).nullable().optional().describe(meaning);
const flag = (meaning: string) => z.boolean().nullable().optional().describe(meaning);
const perMillion = z
  .union([z.int().min(0).max(1_000_000), z.string().regex(/^\d{1,6}(\.\d{1,6})?$/)])
  .nullable()
  .optional()
  .describe("USD per million tokens");

export const preferences = z
  .looseObject({
    order: words("Providers to ask first, in this order"),
    only: words("Providers that may be asked"),
    ignore: words("Providers that may not"),
    allow_fallbacks: flag("false: only those of `order`, or the first"),
    sort: z
      .union([z.string(), z.looseObject({ by: z.string().optional() })])
      .nullable()
      .optional()
      .describe("`price`: the cheapest first; other words are as if it were left out"),
    max_price: z.looseObject({ prompt: perMillion, completion: perMillion }).nullable().optional(),
    quantizations: words("Only endpoints that are one of them"),
    data_collection: z
      .enum(["allow", "deny"])
      .nullable()
      .optional()
      .describe("deny: only endpoints whose provider keeps nothing and trains on nothing"),
    zdr: flag("true: the same"),
    require_parameters: flag("true: only endpoints that know every parameter of the request"),
  })
  .meta({ id: "ProviderPreferences" });

const routing = {
  model: modelId.optional().describe("`author/name`; GET /models lists them"),
  models: z.array(modelId).min(1).max(20).optional().describe("Tried in this order after `model`"),
  provider: preferences.nullable().optional(),
  user: z.string().max(256).nullable().optional().describe("Your user; recorded"),
  session_id: z.string().max(256).nullable().optional().describe("Groups requests; recorded"),
};

/** Of the alternatives of a body that must name a model. */
const namesModel = [{ required: ["model"] }, { required: ["models"] }];

/** A request body: its own members and those of routing; one of `model` and `models`; never two that exclude each other. */
export function requestBody(
  id: string,
  members: Members,
  { apart }: { apart?: readonly [string, string] } = {},
) {
  return z
    .looseObject({ ...routing, ...members })
    .refine((body) => body["model"] !== undefined || body["models"] !== undefined, {
      path: ["model"],
      message: "expected model or models",
    })
    .refine((body) => !apart || body[apart[0]] === undefined || body[apart[1]] === undefined, {
      message: `expected ${apart?.join(" or ")}, not both`,
    })
    .meta({ id, anyOf: namesModel, ...(apart ? { not: { required: [...apart] } } : {}) });
}

export const switchOf = (meaning: string) => z.boolean().nullable().optional().describe(meaning);
export const range = (min: number, max: number, meaning = "") =>
  z.number().min(min).max(max).nullable().optional().describe(meaning);
export const tokens = (meaning: string) =>
  z.int().min(1).max(100_000_000).nullable().optional().describe(meaning);

/** `effort` is free text in its older spelling, and a closed list here. */
export const reasoning = z
  .looseObject({
    effort: z
      .enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"])
      .nullable()
      .optional(),
    max_tokens: tokens("How long it may think; not beside `effort`"),
    enabled: switchOf("Think, as much as the model does by itself"),
    exclude: switchOf("Think, and do not tell"),
  })
  .refine(({ effort, max_tokens: most }) => effort === undefined || most === undefined, {
    message: "expected effort or max_tokens, not both",
  })
  .meta({ id: "Reasoning", not: { required: ["effort", "max_tokens"] } });

/** Sampling, with the ranges that are checked; what a model or provider knows beyond them passes. */
export const sampling = {
  temperature: range(0, 2),
  top_p: range(0, 1),
  frequency_penalty: range(-2, 2),
  presence_penalty: range(-2, 2),
};
export const stream = switchOf("Answer as server-sent events");
export const tier = z
  .string()
  .max(32)
  .nullable()
  .optional()
  .describe("auto, default, flex, priority, fast or scale");
