/** Written by build.ts from facts of 2026-11-22; change those, or review.ts, not this. USD per million tokens. */
import type { WrittenModel } from "../../configuration/configuration.ts";
import { genaiPrices, liteLlm, modelsDev, piAi, portkey } from "../sources.ts";
import { words } from "../words.ts";

export const nvidia: readonly WrittenModel[] = [
  {
    id: "nvidia/nemotron-3-nano-30b-a3b",
    name: "Nemotron 3 Nano 30B A3B",
    context_length: 262_144,
    max_output_tokens: 235_929,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "nemotron",
    details: { hugging_face_id: "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16" },
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "nvidia/Nemotron-3-Nano-30B-A3B",
        charge: { input: "0.05", output: "0.20", ...portkey },
      },
    ],
  },
  {
    id: "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
    name: "Nemotron 3 Nano Omni",
    context_length: 262_144,
    max_output_tokens: 131_072,
    input_modalities: ["text", "image", "audio", "video"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning seed temperature tool_choice tools top_p",
    ),
    tokenizer: "nemotron",
    details: { hugging_face_id: "nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning-BF16" },
    endpoints: [
      {
        provider: "deepinfra",
        upstream_model: "nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning",
        charge: { input: "0.20", output: "0.80", ...portkey },
        context_length: 256_000,
        max_output_tokens: 65_536,
      },
      {
        provider: "digitalocean",
        upstream_model: "nemotron-3-nano-omni",
        charge: { input: "0.50", output: "0.90", ...modelsDev },
        context_length: 65_536,
        max_output_tokens: 65_536,
      },
      {
        provider: "vultr",
        upstream_model: "nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning-BF16",
        charge: { input: "0.13", output: "0.38", ...modelsDev },
        quantization: "bf16",
      },
    ],
  },
  {
    id: "nvidia/nemotron-3-super-120b-a12b",
    name: "Nemotron 3 Super",
    context_length: 262_144,
    max_output_tokens: 256_000,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias logprobs max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_logprobs top_p",
    ),
    tokenizer: "nemotron",
    details: { hugging_face_id: "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8" },
    endpoints: [
      {
        provider: "baseten",
        upstream_model: "nvidia/Nemotron-120B-A12B",
        charge: { input: "0.30", output: "0.75", cache_read: "0.06", ...liteLlm },
        context_length: 202_800,
        max_output_tokens: 202_800,
      },
      {
        provider: "cloudflare",
        upstream_model: "@cf/nvidia/nemotron-3-120b-a12b",
        charge: { input: "0.50", output: "1.50", ...modelsDev },
        context_length: 256_000,
      },
      {
        provider: "digitalocean",
        upstream_model: "nvidia-nemotron-3-super-120b",
        charge: { input: "0.30", output: "0.65", ...modelsDev },
        context_length: 256_000,
        max_output_tokens: 32_768,
      },
      {
        provider: "doubleword",
        upstream_model: "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4",
        charge: { input: "0.30", output: "0.75", ...genaiPrices },
        max_output_tokens: 16_384,
        quantization: "fp4",
      },
      {
        provider: "nebius",
        upstream_model: "nvidia/nemotron-3-super-120b-a12b",
        charge: { input: "0.30", output: "0.90", ...modelsDev },
        context_length: 256_000,
        max_output_tokens: 32_768,
      },
    ],
  },
  {
    id: "nvidia/nemotron-3-ultra-550b-a55b",
    name: "Nemotron 3 Ultra",
    context_length: 512_300,
    max_output_tokens: 512_300,
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_parameters: words(
      "frequency_penalty include_reasoning logit_bias max_tokens min_p presence_penalty reasoning reasoning_effort repetition_penalty response_format seed stop structured_outputs temperature tool_choice tools top_k top_p",
    ),
    tokenizer: "nemotron",
    details: { hugging_face_id: "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16" },
    endpoints: [
      {
        provider: "baseten",
        upstream_model: "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B",
        charge: { input: "0.60", output: "2.40", cache_read: "0.12", ...piAi },
        context_length: 202_800,
        max_output_tokens: 202_800,
      },
      {
        provider: "together",
        upstream_model: "nvidia/nemotron-3-ultra-550b-a55b",
        charge: { input: "0.60", output: "3.60", cache_read: "0.20", ...modelsDev },
      },
    ],
  },
  {
    id: "nvidia/nemotron-3.5-super-vl",
    name: "Nemotron 3.5 Super VL",
    context_length: 262_144,
    max_output_tokens: 262_144,
    input_modalities: ["text", "image"],
    output_modalities: ["text"],
    supported_parameters: words(
      "include_reasoning max_tokens reasoning stop temperature tool_choice tools top_p",
    ),
    tokenizer: "nemotron",
    endpoints: [
      {
        provider: "together",
        upstream_model: "nvidia/NVIDIA-Nemotron-3.5-Super-VL",
        charge: { input: "0.15", output: "0.50", cache_read: "0.02", ...piAi },
      },
    ],
  },
];
