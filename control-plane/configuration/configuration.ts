/**
 * The config file: what providers, models, prices, organizations and keys there shall be. Amounts stay
 * decimal text here, exactly as written; they become money where they are applied.
 */
import { z } from "zod";
import { parseDollars } from "#schema/money/amount.ts";
import { limitResets } from "#schema/tables/keys.ts";
import { wireProtocols } from "#schema/tables/catalogue.ts";
import { checkBaseUrl } from "../catalogue/check-base-url.ts";
import { parsePriceList, priceWords, type PriceList } from "../catalogue/parse-price-list.ts";

/** Spoken elsewhere, and planned; a file that names one gets told so instead of "unknown". */
const protocolsNotBuilt = [
  "openai-responses",
  "anthropic-messages",
  "gemini-generate-content",
  "cohere-chat",
  "bedrock-converse",
];

type Path = (string | number)[];

export const modalities = ["text", "image", "file", "audio", "video"] as const;

/** YAML reads `1.50` as a number. Its shortest spelling is what was written, so nothing is lost on the way back to text. */
const decimalText = z
  .union([z.string(), z.number()], {
    error: 'expected an amount in USD, such as "1.25"',
  })
  .transform((value) => String(value).trim());

const dollars = decimalText.superRefine((text, context) => {
  explain(context, () => {
    if (parseDollars(text) < 0n) throw new Error(`an amount cannot be negative; got "${text}"`);
  });
});

const slug = z
  .string({ error: "expected a slug, such as acme" })
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "expected a slug: lowercase letters, digits and dashes, such as acme-eu",
  );

const modelId = z
  .string({ error: "expected a model id, such as acme/big-1" })
  .regex(
    /^[a-z0-9~][a-z0-9._-]*\/[a-z0-9][a-z0-9._:-]*$/,
    "expected a model id in lowercase, author/name, such as acme/big-1",
  );

const environmentName = z
  .string({ error: "expected the name of an environment variable, such as ACME_API_KEY" })
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "expected the name of an environment variable, such as ACME_API_KEY (a key itself goes to `key`)",
  );

const text = z.string({ error: "expected text" }).min(1, "must not be empty").max(500);
const tokens = z
  .int({ error: "expected a whole number of tokens above zero" })
  .positive("expected a whole number of tokens above zero");
const words = z.array(text, { error: "expected a list of words, such as [temperature, tools]" });
const modalityList = z
  .array(z.enum(modalities, { error: `expected one of ${modalities.join(", ")}` }), {
    error: "expected a list, such as [text, image]",
  })
  .min(1, "name at least one, such as text");

const tier = z.looseObject(
  { above_input_tokens: tokens },
  { error: "expected {above_input_tokens, input, output, …}" },
);

/**
 * A price list as it is written: USD per million tokens, or per unit for what is not tokens. A list that customers
 * are charged by must be complete: without input and output a request could not be billed, and would be free by accident.
 */
const priceList = ({ complete }: { complete: boolean }) =>
  z
    .looseObject(
      {
        tiers: z
          .array(tier, { error: "expected a list of {above_input_tokens, input, output, …}" })
          .optional(),
      },
      { error: 'expected prices, such as {input: "1.00", output: "2.00"}' },
    )
    .transform((list, context) => {
      for (const meter of complete ? ["input", "output"] : []) {
        if (list[meter] !== undefined) continue;
        const message =
          'is missing; a model without a complete price is refused, and "0" makes it free';
        context.addIssue({ code: "custom", path: [meter], message });
      }
      const { tiers = [], ...prices } = list;
      return {
        prices: readPrices(prices, [], context),
        tiers: tiers.map(({ above_input_tokens, ...higher }, index) => ({
          above_input_tokens,
          prices: readPrices(higher, ["tiers", index], context),
        })),
      };
    });

/** Every word must be one that is priced, and every amount a price that can be charged exactly. */
function readPrices(
  written: Record<string, unknown>,
  path: Path,
  context: z.core.$RefinementCtx,
): PriceList {
  const prices: Record<string, string> = {};
  for (const [word, value] of Object.entries(written)) {
    const amount = decimalText.safeParse(value);
    const refuse = (message: string) =>
      context.addIssue({ code: "custom", path: [...path, word], message });
    if (!Object.hasOwn(priceWords, word))
      refuse(`is not priced; expected one of ${Object.keys(priceWords).join(", ")}`);
    else if (!amount.success) refuse('expected a price in USD, such as "1.25"');
    else {
      prices[word] = amount.data;
      explain(context, () => parsePriceList({ [word]: amount.data }, ""), [...path, word]);
    }
  }
  return prices;
}

const provider = z
  .strictObject({
    slug,
    name: text.optional(),
    protocol: z.string({ error: protocolError("") }).superRefine((protocol, context) => {
      if ((wireProtocols as readonly string[]).includes(protocol)) return;
      context.addIssue({ code: "custom", message: protocolError(protocol) });
    }),
    base_url: z.string({ error: "expected an address, such as https://api.acme.com/v1" }),
    key: z
      .string({ error: "expected text" })
      .min(1, "must not be empty; leave it out for none")
      .optional(),
    key_env: environmentName.optional(),
    allow_private_network: z.boolean({ error: "expected true or false" }).default(false),
    flags: z.record(z.string(), z.unknown(), { error: "expected a map" }).default({}),
  })
  .superRefine(({ key, key_env, base_url, allow_private_network }, context) => {
    explain(context, () => checkBaseUrl(base_url, { allowPrivateNetwork: allow_private_network }), [
      "base_url",
    ]);
    if (key === undefined || key_env === undefined) return;
    context.addIssue({
      code: "custom",
      path: ["key_env"],
      message: "give key or key_env, not both",
    });
  });

const endpoint = z.strictObject({
  provider: slug,
  upstream_model: text,
  charge: priceList({ complete: true }),
  cost: priceList({ complete: false }).optional(),
  context_length: tokens.optional(),
  max_output_tokens: tokens.optional(),
  quantization: text.optional(),
  cancellable: z.boolean({ error: "expected true or false" }).optional(),
});

const model = z.strictObject({
  id: modelId,
  name: text.optional(),
  description: z.string({ error: "expected text" }).optional(),
  context_length: tokens,
  max_output_tokens: tokens.optional(),
  input_modalities: modalityList.default(["text"]),
  output_modalities: modalityList.default(["text"]),
  supported_parameters: words.default([]),
  endpoints: z.array(endpoint, { error: "expected a list of endpoints" }).default([]),
});

const key = z
  .strictObject({
    name: text,
    limit: dollars.nullable().default(null),
    limit_reset: z
      .enum(limitResets, {
        error: `expected one of ${limitResets.join(", ")}, or nothing for the key's whole life`,
      })
      .nullable()
      .default(null),
  })
  .superRefine(({ limit, limit_reset }, context) => {
    if (limit !== null || limit_reset === null) return;
    context.addIssue({
      code: "custom",
      path: ["limit_reset"],
      message: "resets a limit, and there is no limit",
    });
  });

const organization = z.strictObject({
  slug,
  name: text.optional(),
  credits: dollars.optional(),
  keys: z.array(key, { error: "expected a list of keys" }).default([]),
});

export const configurationSchema = z.strictObject(
  {
    providers: z.array(provider, { error: "expected a list of providers" }).default([]),
    models: z.array(model, { error: "expected a list of models" }).default([]),
    organizations: z.array(organization, { error: "expected a list of organizations" }).default([]),
  },
  { error: "expected a map with providers, models and organizations" },
);

export type Configuration = z.infer<typeof configurationSchema>;
export type ProviderConfiguration = Configuration["providers"][number];
export type ModelConfiguration = Configuration["models"][number];
export type EndpointConfiguration = ModelConfiguration["endpoints"][number];
export type OrganizationConfiguration = Configuration["organizations"][number];
/** The same, as a person writes it. */
export type WrittenConfiguration = z.input<typeof configurationSchema>;
export type WrittenModel = z.input<typeof model>;

function protocolError(protocol: string): string {
  if (protocolsNotBuilt.includes(protocol)) {
    return `${protocol} is not built yet; this version speaks openai-chat`;
  }
  return `expected openai-chat, the one protocol that this version speaks${protocol === "" ? "" : `; got "${protocol}"`}`;
}

/** What a check throws, as a problem of the field. The verbs name the field in front, which the path says already. */
function explain(context: z.core.$RefinementCtx, check: () => unknown, path: Path = []): void {
  try {
    check();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const message =
      cause instanceof Error ? cause.message.replace(/^baseUrl: /, "") : String(cause);
    context.addIssue({
      code: "custom",
      path,
      message: message.replace(
        "allowPrivateNetwork (allow_private_network in a file)",
        "allow_private_network",
      ),
    });
  }
}
