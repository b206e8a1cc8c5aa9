/**
 * What was decided by hand about rows of the table of facts, each with its reason (24 November 2026). The table compares
 * sources (`price_check`); rows that sources contradict are either named here or not shipped, and `build.ts` holds that.
 */
import { formatPerMillion, parsePerMillion } from "#schema/money/amount.ts";
import type { Fact } from "./read-facts.ts";

/** `provider upstream-id`, or a pattern of it, and why the row is not shipped. */
const dropped: readonly [rows: RegExp, reason: string][] = [
  // Contradicted by something newer.
  [
    /^novita (moonshotai\/kimi-k2\.6|zai-org\/glm-5\.1|xiaomimimo\/mimo-v2(\.5)?-pro)$/,
    "a price of July that a look of September contradicts",
  ],
  [
    /^alibaba qwen3\.(6-35b-a3b|6-flash|7-plus)$/,
    "a price of July that a look of September contradicts",
  ],
  [/^deepinfra Qwen\/Qwen3\.5-9B$/, "a price of August that a look of September contradicts"],
  [
    /^xiaomi mimo-v2-(flash|omni|pro)$/,
    "the prices are those of V2.5 to the digit: the ids became aliases",
  ],
  [
    /^novita (meta-llama\/llama-3\.3-70b-instruct|meta-llama\/llama-3\.1-8b-instruct|mistralai\/mistral-nemo)$/,
    "one source against all others",
  ],
  [/^mistral open-mixtral-8x22b$/, "0.90 of one source against 2 / 6 of all others"],
  [/^openai gpt-5\.6$/, "the price of gpt-5.6-sol before its cut to 4 / 20"],
  [/^xai grok-4\.20-/, "2 / 6 of August; cut to 1.25 / 2.50 since"],
  [/^azure phi-/, "two sources, two prices"],
  [/^digitalocean llama3-8b-instruct$/, "131,072 tokens of context for a model of 8,192"],
  [/^cohere embed-multilingual-light-v3\.0$/, "100 where every sibling is 0.10: a slip of units"],
  [
    /^snowflake openai-gpt-5-(mini|nano)$/,
    "converted from credits to up to three times the maker's price",
  ],

  // Moving targets.
  [
    /^google-ai-studio gemini-(flash|flash-lite|pro)-latest$/,
    "an alias of the provider that has moved since it was priced; ~google/gemini-flash-latest is ours",
  ],
  [/^mistral mistral-large-latest$/, "priced as Large 3, and Large 4 is out"],
  [
    /^amazon-bedrock mistral\.mistral-large-2402-/,
    "another model under the name of the latest one",
  ],
  [/^novita xiaomimimo\/mimo-v2-pro$/, "its tier says what its base says: a slip"],

  // Ids that are none: names of rules in genai-prices.
  [/^fireworks (nemotron-3-ultra-nvfp4|inkling)$/, "no id of Fireworks has such a form"],
  [
    /^cohere command(-r|-r-plus|-r7b|-light|-nightly|-light-nightly)?$/,
    "undated names that Cohere retired in 2025",
  ],
  [/^azure wizardlm-2-8x22b$/, "withdrawn by its maker; no deployment can have it"],
  [/^mistral open-mistral-7b$/, "retired by Mistral in 2025"],
  [/^wandb OpenPipe\/Qwen3-14B-Instruct$/, "a fine-tune: other weights under the same name"],

  // What our wire protocols cannot do, or could not bill.
  [/^amazon-bedrock amazon\.nova-2-sonic/, "speaks and listens on a stream of its own"],
  [/^voyage voyage-(context|multimodal)-/, "on a path of its own, with a body of its own"],
  [/^nvidia /, "a trial that NVIDIA does not sell by the token, whatever a list says"],
  [/^google-ai-studio deep-research-/, "answers on the Interactions API only"],
  [
    /^google-ai-studio gemini-2\.5-computer-use/,
    "refuses every request without its computer-use tool",
  ],
  [/^google-ai-studio gemini-omni-flash-preview$/, "answers with video, whose price is not known"],
  [
    /^perplexity sonar-deep-research$/,
    "bills searches and citations apart, at prices that the table does not have",
  ],
  [/^alibaba qwen3-asr-flash$/, "billed by the second of audio"],
  [/^(alibaba|novita) (qwen\/)?qwen-mt-/, "refuses a request without translation_options"],
  [/^alibaba (qvq-max|qwq-plus)$/, "answers streams only"],
  [/^inception mercury-edit-2$/, "answers on /edit/completions only"],
  [/^xai grok-4\.20-multi-agent/, "bills agents apart"],
  [/^amazon-bedrock amazon\.titan-embed/, "needs InvokeModel, which no protocol of ours speaks"],
  [/^google-vertex gemini-embedding/, "needs :predict, which no protocol of ours speaks"],
  [/^(databricks|snowflake) .*(bge|embed)/, "an embeddings path of its own"],
  [/^azure (cohere-embed|claude-)/, "served on another path than Azure OpenAI's"],
];

/** An outlier that several sources say alike is no slip. */
const outliersThatAreRight: readonly [rows: RegExp, reason: string][] = [
  [
    /^novita (meta-llama\/llama-3-(70b|8b)-instruct|qwen\/qwen2\.5-7b-instruct)$/,
    "four sources agree",
  ],
  [/^alibaba qwen3-32b$/, "two sources agree: the maker is dear"],
  [/^deepinfra meta-llama\/Llama-3\.3-70B-Instruct-Turbo$/, "two sources agree: FP8"],
];

/** Rows with `price_check` differ that are shipped nevertheless. */
const contradictedButRight: readonly [rows: RegExp, reason: string][] = [
  [/^deepinfra /, "its prices move weekly; the newest look is taken"],
  [/^together /, "its prices move; the newest look is taken"],
  [/^novita deepseek\/deepseek-v4-pro$/, "August against July"],
  [/^azure deepseek-v4-pro$/, "November against July"],
  [/^deepseek /, "sources hold the peak, the off-peak or the old price; these are the peak's"],
  [/^fireworks accounts\/fireworks\/models\/deepseek-v4p1-flash$/, "November against September"],
  [
    /^amazon-bedrock (openai\.gpt-5\.6-sol|xai\.grok-4\.6)$/,
    "in-region price: 1.1 times the maker's",
  ],
  [/^databricks databricks-gpt-oss-/, "the same price with less noise of conversion"],
  [/^mistral mistral-embed$/, "0.10; sources disagree about an output that embeddings do not have"],
];

const rowOf = (fact: Fact): string => `${fact.provider} ${fact.upstream_model_id}`;
const reasonIn = (list: readonly [RegExp, string][], fact: Fact): string | null =>
  list.find(([rows]) => rows.test(rowOf(fact)))?.[1] ?? null;

/** Why a row is not shipped although it would qualify, or null. */
export function reasonAgainst(fact: Fact): string | null {
  const named = reasonIn(dropped, fact);
  if (named !== null) return named;
  if (fact.note.includes("outlier") && reasonIn(outliersThatAreRight, fact) === null)
    return fact.note;
  if (fact.price_check === "differ" && reasonIn(contradictedButRight, fact) === null)
    return "sources disagree and nobody decided";
  return null;
}

/** The row with what is known to be wrong in it set right. */
export function corrected(fact: Fact): Fact {
  const fixed = { ...fact };
  // Model Studio writes a dot and the kind of the weights (its own page of model names, 15 March 2026).
  if (fact.provider === "alibaba")
    fixed.upstream_model_id = fact.upstream_model_id
      .replace(/^qwen2-5-/, "qwen2.5-")
      .replace(/^(qwen3-vl-\d+b-a\d+b)$/, "$1-instruct");
  // The table files Databricks' plain Gemini 3.1 Pro under its variant for custom tools.
  if (fact.upstream_model_id === "databricks-gemini-3-1-pro")
    fixed.model = "google/gemini-3.1-pro-preview";
  // Its price is that of the unquantized model; the FP8 one's stands in the same source under its own id.
  if (rowOf(fact) === "cloudflare @cf/meta/llama-3.1-8b-instruct-fp8") {
    fixed.usd_per_mtok_input = "0.152";
    fixed.usd_per_mtok_output = "0.287";
  }
  // DBU times 0.070 USD leaves digits behind the third decimal that no price list has: 1.24999 is 1.25.
  if (fact.provider === "databricks")
    for (const column of priceColumns) fixed[column] = toThreeDecimals(fact[column]);
  // Gemini and what io.net hosts report no writes to a cache; these columns repeat the input price or twice of it.
  if (
    (fact.provider.startsWith("google-") && fact.author === "google") ||
    fact.provider === "io-net"
  ) {
    fixed.usd_per_mtok_cache_write_5m = "";
    fixed.tiers_above_input_tokens = fact.tiers_above_input_tokens.replace(
      /;cache_write=[\d.]+/g,
      "",
    );
  }
  // Thoughts at a price of their own are Alibaba's; here another host's row was copied.
  if (fact.provider === "scaleway") fixed.usd_per_mtok_reasoning = "";
  // The maker charges one rate for the whole window since Claude 4.6; these rows still have the old long-context price.
  if (fact.author === "anthropic" && /claude-(opus|sonnet)-4\.[678]$/.test(fact.model))
    fixed.tiers_above_input_tokens = "";
  // 16,000 by Voyage's own table of models (2026).
  if (fact.upstream_model_id === "voyage-law-2") fixed.context_tokens = "16000";
  // What is kept for an hour costs twice the input (contract/catalogue.md section 4); not every row says so.
  if (
    fact.author === "anthropic" &&
    ["anthropic", "amazon-bedrock", "google-vertex"].includes(fact.provider)
  ) {
    fixed.usd_per_mtok_cache_write_1h ||= twice(fact.usd_per_mtok_input);
    fixed.tiers_above_input_tokens = fixed.tiers_above_input_tokens.replace(
      /in=([\d.]+).*$/,
      (tier, input: string) => `${tier};cache_write_1h=${twice(input)}`,
    );
  }
  // OpenAI lists no price for cached input of its pro models, and here the tier has none either.
  if (/^gpt-5\.[45]-pro$/.test(fact.upstream_model_id)) fixed.usd_per_mtok_cache_read = "";
  // A tier that no prompt can reach.
  const [, edge = ""] = /^>(\d+):/.exec(fixed.tiers_above_input_tokens) ?? [];
  if (edge !== "" && Number(edge) >= Number(fact.context_tokens))
    fixed.tiers_above_input_tokens = "";
  if (fact.kind === "embedding") fixed.usd_per_mtok_output = "0";
  const context = documentedContexts.find(([rows]) => rows.test(rowOf(fact)))?.[1];
  if (fact.context_tokens === "" && context !== undefined) fixed.context_tokens = context;
  return fixed;
}

const priceColumns = [
  "usd_per_mtok_input",
  "usd_per_mtok_output",
  "usd_per_mtok_cache_read",
  "usd_per_mtok_cache_write_5m",
] as const satisfies readonly (keyof Fact)[];

const twice = (amount: string): string => formatPerMillion(parsePerMillion(amount) * 2n);

function toThreeDecimals(amount: string): string {
  if (amount === "") return "";
  return formatPerMillion(((parsePerMillion(amount) + 500n) / 1_000n) * 1_000n);
}

/** Where the table has none: as the makers document them. */
const documentedContexts: readonly [rows: RegExp, context: string][] = [
  [/^ai21 jamba-/, "256000"],
  [/^voyage voyage-(4|multilingual-2)/, "32000"],
  [/^jina jina-embeddings-v2-/, "8192"],
];
