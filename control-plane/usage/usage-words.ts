/** What can be asked of usage, by OpenRouter's names (openrouter-api.md 1.8): metrics, dimensions, and what each is read from. */

export type MetricFormat = "number" | "currency" | "percent" | "latency" | "throughput";
export type Metric = {
  name: string;
  label: string;
  format: MetricFormat;
  /** A share or an average: adding two of them up means nothing. */
  isRate: boolean;
  /** Over the hourly roll-up; null where only single generations know it. */
  rollup: string | null;
  /** Over generations. */
  generations: string;
};
export type Dimension = {
  name: string;
  label: string;
  rollup: string | null;
  generations: string;
};

const prompt = "g.input + g.cache_read + g.cache_write_5m + g.cache_write_1h + g.audio_input";
const completion = "g.output + g.reasoning + g.image_output + g.audio_output";
/** Tokens a second from the first to the last; a plain answer has no first, and counts from the start. What was kept and given again has none. */
const throughput = `case when g.response_cache_source_id is null then (${completion})::float8 * 1000 / nullif(g.duration_ms - coalesce(case when g.streamed then g.first_token_ms end, 0), 0) end`;

const counted = (
  name: string,
  label: string,
  rollup: string | null,
  generations: string,
): Metric => ({
  name,
  label,
  format: "number",
  isRate: false,
  rollup,
  generations,
});
const money = (
  name: string,
  label: string,
  rollup: string | null,
  generations: string,
): Metric => ({
  ...counted(name, label, rollup, generations),
  format: "currency",
});
const spread = (of: "latency" | "throughput", expression: string): Metric[] =>
  (["avg", "p50", "p90", "p99"] as const).map((word) => ({
    name: `${word}_${of}`,
    label: `${word === "avg" ? "Average" : word.toUpperCase()} ${of}`,
    format: of,
    isRate: true,
    rollup: null,
    generations:
      word === "avg"
        ? `avg(${expression})`
        : `percentile_cont(0.${word.slice(1)}) within group (order by ${expression})`,
  }));

export const metrics: readonly Metric[] = [
  counted("request_count", "Requests", "sum(u.requests)", "count(*)"),
  counted(
    "tokens_total",
    "Tokens",
    "sum(u.prompt_tokens + u.completion_tokens)",
    `sum(${prompt} + ${completion})`,
  ),
  counted("tokens_prompt", "Prompt tokens", "sum(u.prompt_tokens)", `sum(${prompt})`),
  counted(
    "tokens_completion",
    "Completion tokens",
    "sum(u.completion_tokens)",
    `sum(${completion})`,
  ),
  counted("reasoning_tokens", "Reasoning tokens", "sum(u.reasoning_tokens)", "sum(g.reasoning)"),
  counted("cached_tokens", "Cached tokens", "sum(u.cached_tokens)", "sum(g.cache_read)"),
  counted(
    "byok_request_count",
    "Requests on own credentials",
    null,
    "count(*) filter (where g.own_key)",
  ),
  counted(
    "response_cached_count",
    "Answers given again",
    null,
    "count(g.response_cache_source_id)",
  ),
  money("total_usage", "Spend", "sum(u.charge)", "sum(g.charge)"),
  money("credits_usage", "Spend from credits", "sum(u.charge)", "sum(g.charge)"),
  money("openrouter_usage", "Charged here", "sum(u.charge)", "sum(g.charge)"),
  money("byok_fees", "Fees on own credentials", null, "sum(g.charge) filter (where g.own_key)"),
  ...spread("latency", "g.first_token_ms"),
  ...spread("throughput", throughput),
  {
    name: "cache_hit_rate",
    label: "Share of prompt tokens read from caches",
    format: "percent",
    isRate: true,
    rollup: "sum(u.cached_tokens)::float8 / nullif(sum(u.prompt_tokens), 0)",
    generations: `sum(g.cache_read)::float8 / nullif(sum(${prompt}), 0)`,
  },
  {
    name: "response_cached_rate",
    label: "Share of answers given again",
    format: "percent",
    isRate: true,
    rollup: null,
    generations: "count(g.response_cache_source_id)::float8 / nullif(count(*), 0)",
  },
];

export const dimensions: readonly Dimension[] = [
  { name: "model", label: "Model", rollup: "u.model_id", generations: "g.model_id" },
  {
    name: "variant",
    label: "Variant",
    rollup: "split_part(u.model_id, ':', 2)",
    generations: "split_part(g.model_id, ':', 2)",
  },
  {
    name: "provider",
    label: "Provider",
    rollup: "u.provider",
    generations: "coalesce(g.provider, '')",
  },
  { name: "api_key_id", label: "API key", rollup: "u.key_id", generations: "g.key_id" },
  {
    name: "workspace",
    label: "Workspace",
    rollup: "k.workspace_id",
    generations: "g.workspace_id",
  },
  { name: "app", label: "App", rollup: "u.app", generations: "g.app" },
  { name: "origin", label: "Origin", rollup: null, generations: "coalesce(g.referer, '')" },
  {
    name: "finish_reason",
    label: "Finish reason",
    rollup: null,
    generations: "coalesce(g.finish_reason, '')",
  },
  {
    name: "external_user",
    label: "External user",
    rollup: null,
    generations: "coalesce(g.external_user, '')",
  },
  { name: "generation_id", label: "Generation", rollup: null, generations: "g.id::text" },
];

export const granularities = ["minute", "hour", "day", "week", "month"] as const;
export type Granularity = (typeof granularities)[number];
/** By what they take; text is compared for sameness only, since greater means nothing of a model. */
export const operators = [
  { name: "eq", takes: "single" },
  { name: "neq", takes: "single" },
  { name: "in", takes: "array" },
  { name: "not_in", takes: "array" },
] as const;
export type OperatorName = (typeof operators)[number]["name"];
