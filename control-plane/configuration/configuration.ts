/**
 * The config file: what providers, models, prices, organizations and keys there shall be. Amounts stay
 * decimal text here, exactly as written; they become money where they are applied.
 */
import { z } from "zod";
import { parseDollars } from "#schema/money/amount.ts";
import { limitResets, providerKeysMax } from "#schema/bounds.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { checkFlags } from "#schema/flags/check-flags.ts";
import type { PriceSide } from "#schema/tables/catalogue.ts";
import { wireProtocols } from "#schema/wire-protocols.ts";
import { checkBaseUrl } from "../catalogue/check-base-url.ts";
import { readPriceList } from "../catalogue/parse-price-list.ts";
import type { PriceList as WrittenList } from "../catalogue/price-list.ts";
import {
  contradictsOwnLimit,
  limitList,
  organizationLimits,
  workspaceList,
} from "./limit-configuration.ts";

type Path = (string | number)[];

export const modalities = ["text", "image", "file", "audio", "video"] as const;
/** What comes out; vectors and orders are no text, and are asked for on paths of their own. */
const outputs = [...modalities, "embeddings", "rerank"] as const;

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
const listOf = <const Words extends readonly [string, ...string[]]>(known: Words) =>
  z
    .array(z.enum(known, { error: `expected one of ${known.join(", ")}` }), {
      error: "expected a list, such as [text, image]",
    })
    .min(1, "name at least one, such as text");

/** One price list of a file, ready to publish. */
export type ListConfiguration = {
  /** None: it withdraws what was published before. */
  lines: PriceLine[];
  /** Null: from when it is applied on, wherever no dated one holds. */
  effectiveAt: Date | null;
  /** Null: for good. */
  expiresAt: Date | null;
  /** Where the amounts were read, and when they were right (a date); null: the writer's own word. */
  source: string | null;
  asOf: string | null;
};

/** A price list as a file writes it: a list (`../catalogue/price-list.ts`), from when on, and until when. */
type WrittenPriceList = WrittenList & {
  effective_at?: string;
  expires_at?: string;
  withdrawn?: boolean;
  source?: string;
  as_of?: string;
};

const instant = z.iso
  .datetime({ offset: true, error: "expected an instant such as 2027-01-01T00:00:00Z" })
  .transform((written) => new Date(written));
const date = z.iso.date({ error: "expected a date such as 2026-11-22" });
const dates = z.object({
  effective_at: instant.nullable().default(null),
  expires_at: instant.nullable().default(null),
  withdrawn: z.boolean({ error: "expected true or false" }).default(false),
  source: z
    .string({ error: "expected where the prices were read" })
    .min(1, "must not be empty")
    .max(500)
    .nullable()
    .default(null),
  as_of: date.nullable().default(null),
});
const listsMax = 50;

/**
 * One price list or several, each with the instant from which it holds. A list that customers are charged by must be
 * complete: without input and output a request could not be billed, and would be free by accident.
 */
const priceLists = (side: PriceSide) =>
  z
    .custom<WrittenPriceList | WrittenPriceList[]>((written) => written !== undefined, {
      error: 'is missing; expected prices, such as {input: "1.00", output: "2.00"}',
    })
    .transform((written, context): ListConfiguration[] => {
      const several = Array.isArray(written);
      const lists = several ? written : [written];
      if (lists.length === 0 || lists.length > listsMax) {
        context.addIssue({ code: "custom", message: `expected 1 to ${listsMax} price lists` });
        return z.NEVER;
      }
      const starts = new Set<number | null>();
      return lists.map((list, index) => {
        const path: Path = several ? [index] : [];
        const read = readList(list, side, path, context);
        const start = read.effectiveAt?.getTime() ?? null;
        if (starts.has(start))
          context.addIssue({
            code: "custom",
            path: [...path, "effective_at"],
            message: "is the start of another list too; expected one list at a time",
          });
        starts.add(start);
        return read;
      });
    });

/** Every word must be one that is priced, and every amount a price that can be charged exactly. */
function readList(
  written: unknown,
  side: PriceSide,
  path: Path,
  context: z.core.$RefinementCtx,
): ListConfiguration {
  const refuse = (at: readonly PropertyKey[], message: string) =>
    context.addIssue({ code: "custom", path: [...path, ...at], message });
  const none: ListConfiguration = {
    lines: [],
    effectiveAt: null,
    expiresAt: null,
    source: null,
    asOf: null,
  };
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    refuse([], 'expected prices, such as {input: "1.00", output: "2.00"}');
    return none;
  }
  const parsed = dates.safeParse(written);
  for (const issue of parsed.error?.issues ?? []) refuse(issue.path, issue.message);
  if (!parsed.success) return none;
  const {
    effective_at: effectiveAt,
    expires_at: expiresAt,
    withdrawn,
    source,
    as_of: asOf,
  } = parsed.data;
  if (effectiveAt !== null && expiresAt !== null && expiresAt <= effectiveAt)
    refuse(["expires_at"], "is not after effective_at");
  const {
    effective_at: _at,
    expires_at: _until,
    withdrawn: _gone,
    source: _source,
    as_of: _asOf,
    ...list
  } = written as WrittenPriceList;
  if (withdrawn) {
    if (Object.keys(list).length > 0 || expiresAt !== null)
      refuse(["withdrawn"], "a list that is withdrawn has no prices and no expires_at");
    return { ...none, effectiveAt };
  }
  const { lines, problems } = readPriceList(list, side);
  for (const problem of problems) refuse(problem.path, problem.message);
  if (lines.length === 0 && problems.length === 0)
    refuse([], "expected at least one price, or withdrawn: true");
  return { lines, effectiveAt, expiresAt, source, asOf };
}

/** One of several keys of a provider, beside the one of `key` or `key_env`. */
const providerKey = z
  .strictObject({
    name: z
      .string({ error: "expected a name, such as second" })
      .regex(
        /^[a-z0-9][a-z0-9._-]{0,62}$/,
        "expected a name: lower-case letters, digits, dots, dashes, such as second",
      ),
    key: z.string({ error: "expected text" }).min(1, "must not be empty").optional(),
    key_env: environmentName.optional(),
    weight: z
      .int({ error: "expected a whole number, such as 2" })
      .min(0, "expected 0 or more")
      .max(1_000_000)
      .optional(),
  })
  .superRefine(({ key, key_env }, context) => {
    if ((key === undefined) !== (key_env === undefined)) return;
    context.addIssue({ code: "custom", path: ["key_env"], message: "give key or key_env" });
  });

const provider = z
  .strictObject({
    slug,
    name: text.optional(),
    protocol: z.enum(wireProtocols, { error: ({ input }) => protocolError(input) }),
    base_url: z.string({ error: "expected an address, such as https://api.acme.com/v1" }),
    key: z
      .string({ error: "expected text" })
      .min(1, "must not be empty; leave it out for none")
      .optional(),
    key_env: environmentName.optional(),
    keys: z
      .array(providerKey, {
        error: "expected a list of keys, such as [{name: second, key_env: ACME_KEY_2}]",
      })
      .max(providerKeysMax, `expected at most ${providerKeysMax} keys`)
      .default([]),
    allow_private_network: z.boolean({ error: "expected true or false" }).default(false),
    flags: z.record(z.string(), z.unknown(), { error: "expected a map" }).default({}),
  })
  .superRefine(({ protocol, flags }, context) => {
    for (const { flag, message } of checkFlags(protocol, flags))
      context.addIssue({
        code: "custom",
        path: flag === "" ? ["flags"] : ["flags", flag],
        message,
      });
  })
  .superRefine(({ key, key_env, keys, base_url, allow_private_network }, context) => {
    for (const [index, { name }] of keys.entries()) {
      const first = keys.findIndex((each) => each.name === name);
      if (first === index && !(name === "default" && (key ?? key_env) !== undefined)) continue;
      const message =
        first === index ? "is the name of the key in key or key_env" : `"${name}" is used twice`;
      context.addIssue({ code: "custom", path: ["keys", index, "name"], message });
    }
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

const endpointTag = z
  .string({ error: "expected a tag, such as fast or eu" })
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,31}$/,
    "expected a tag: lower-case letters, digits, dots, dashes, such as fast or eu",
  );

const endpoint = z.strictObject({
  provider: slug,
  upstream_model: text,
  charge: priceLists("charge"),
  cost: priceLists("cost").optional(),
  context_length: tokens.optional(),
  max_output_tokens: tokens.optional(),
  quantization: text.optional(),
  cancellable: z.boolean({ error: "expected true or false" }).optional(),
  protocol: z.enum(wireProtocols, { error: ({ input }) => protocolError(input) }).optional(),
  flags: z.record(z.string(), z.unknown(), { error: "expected a map" }).optional(),
  tag: endpointTag.optional(),
  supported_parameters: words.optional(),
  data_policy: z
    .strictObject(
      {
        training: z.boolean({ error: "expected true or false" }),
        retention_days: z
          .int({ error: "expected a whole number of days, or null when it is not known" })
          .nonnegative("expected a whole number of days, or null when it is not known")
          .nullable(),
      },
      { error: "expected a map, such as {training: false, retention_days: 0}" },
    )
    .optional(),
});

/** What of a model is only shown, and its other names. */
export const modelDetails = z.strictObject(
  {
    hugging_face_id: text.optional(),
    knowledge_cutoff: date.optional(),
    released_on: date.optional(),
    expires_on: date.optional(),
    reasoning: z
      .strictObject({
        mandatory: z.boolean(),
        default_enabled: z.boolean().optional(),
        supported_efforts: words.optional(),
        default_effort: text.optional(),
        supports_max_tokens: z.boolean().optional(),
      })
      .optional(),
    aliases: z.array(modelId).optional(),
  },
  { error: "expected a map, such as {released_on: 2026-10-01}" },
);

const model = z.strictObject({
  id: modelId,
  name: text.optional(),
  description: z.string({ error: "expected text" }).optional(),
  context_length: tokens,
  max_output_tokens: tokens.optional(),
  input_modalities: listOf(modalities).default(["text"]),
  output_modalities: listOf(outputs).default(["text"]),
  supported_parameters: words.default([]),
  tokenizer: z
    .string({ error: "expected the name of a family, such as qwen" })
    .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, "expected the name of a family, such as qwen")
    .optional(),
  details: modelDetails.optional(),
  endpoints: z.array(endpoint, { error: "expected a list of endpoints" }).default([]),
});

const key = z
  .strictObject({
    name: text,
    workspace: slug.optional(),
    limit: dollars.nullable().default(null),
    limit_reset: z
      .enum(limitResets, {
        error: `expected one of ${limitResets.join(", ")}, or nothing for the key's whole life`,
      })
      .nullable()
      .default(null),
    limits: limitList,
  })
  .superRefine(({ limit, limit_reset, limits }, context) => {
    for (const [index, each] of limits.entries()) {
      if (!contradictsOwnLimit({ limit, limit_reset }, each)) continue;
      const message = "is the window of the key's own limit; give one of the two numbers";
      context.addIssue({ code: "custom", path: ["limits", index, "per"], message });
    }
    if (limit !== null || limit_reset === null) return;
    context.addIssue({
      code: "custom",
      path: ["limit_reset"],
      message: "resets a limit, and there is no limit",
    });
  });

/** An organization's own price list at an endpoint; it stands in for the general one. */
const ownPrices = z.strictObject({
  model: modelId,
  provider: slug,
  upstream_model: text.optional(),
  charge: priceLists("charge"),
});

const organization = z.strictObject({
  slug,
  name: text.optional(),
  credits: dollars.optional(),
  limits: organizationLimits,
  workspaces: workspaceList,
  keys: z.array(key, { error: "expected a list of keys" }).default([]),
  prices: z.array(ownPrices, { error: "expected a list of prices" }).default([]),
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
export type OwnPriceConfiguration = Configuration["organizations"][number]["prices"][number];
export type OrganizationConfiguration = Configuration["organizations"][number];
/** The same, as a person writes it. */
export type WrittenConfiguration = z.input<typeof configurationSchema>;
export type WrittenModel = z.input<typeof model>;

const protocolError = (got: unknown): string =>
  `expected one of ${wireProtocols.join(", ")}${typeof got === "string" ? `; got "${got}"` : ""}`;

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
