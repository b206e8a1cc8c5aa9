/** A bill as Anthropic's usage object, with what it cost beside it as OpenRouter tells it. */
import { completionMeters, sum } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import type { Bill } from "../dialect.ts";

const count = (value: bigint | undefined): number => +(value ?? 0n).toString();

/** What a bill says in Anthropic's fields; `input_tokens` is what was neither read from a cache nor written to it. */
export const tokensOf = ({ counts }: Bill): Record<string, number> => ({
  input_tokens: count((counts.input ?? 0n) + (counts.audio_input ?? 0n)),
  cache_creation_input_tokens: count((counts.cache_write_5m ?? 0n) + (counts.cache_write_1h ?? 0n)),
  cache_read_input_tokens: count(counts.cache_read),
  output_tokens: count(sum(counts, completionMeters)),
});

export const costOf = ({ charge, ownKey, upstreamCost }: Bill): Record<string, unknown> => ({
  cost: dollarsNumber(charge.total),
  is_byok: ownKey,
  cost_details: {
    upstream_inference_cost: ownKey && upstreamCost !== null ? dollarsNumber(upstreamCost) : null,
    upstream_inference_prompt_cost: dollarsNumber(charge.prompt),
    upstream_inference_completions_cost: dollarsNumber(charge.completion),
  },
});

/** The whole object, where the provider did not give one in this shape. */
export const usageOf = (bill: Bill): Record<string, unknown> => ({
  ...tokensOf(bill),
  cache_creation: {
    ephemeral_5m_input_tokens: count(bill.counts.cache_write_5m),
    ephemeral_1h_input_tokens: count(bill.counts.cache_write_1h),
  },
  output_tokens_details: { thinking_tokens: count(bill.counts.reasoning) },
  server_tool_use:
    (bill.counts.web_search ?? 0n) > 0n
      ? { web_search_requests: count(bill.counts.web_search), web_fetch_requests: 0 }
      : null,
  service_tier: "standard",
  ...costOf(bill),
});
