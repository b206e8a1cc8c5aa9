/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices, modelsDev } from "../sources.ts";
import { words } from "../words.ts";

export const arceeAi: readonly WrittenModel[] = [
  {
    id: "arcee-ai/trinity-large-thinking",
    name: "Trinity Large Thinking",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "other",
    details: {
      hugging_face_id: "arcee-ai/Trinity-Large-Thinking",
      reasoning: { mandatory: true, default_enabled: true },
    },
    endpoints: [
      {
        provider: "arcee",
        upstream_model: "trinity-large-thinking",
        charge: { input: "0.25", output: "0.80", cache_read: "0.06", ...genaiPrices },
        flags: { reasoningMandatory: true },
      },
      {
        provider: "digitalocean",
        upstream_model: "arcee-trinity-large-thinking",
        charge: { input: "0.25", output: "0.90", cache_read: "0.06", ...modelsDev },
        context_length: 256_000,
        max_output_tokens: 128_000,
        flags: { reasoningMandatory: true },
      },
    ],
  },
];
