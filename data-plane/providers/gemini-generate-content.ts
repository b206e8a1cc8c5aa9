/**
 * The wire protocol of Google's Gemini API, `generateContent` and `streamGenerateContent` (contract/providers.md 4.3).
 * What differs between models is in `gemini-generate-content/traits.ts`; docs/providers/gemini-generate-content.md has the rest.
 */
import type { ChatAsk } from "../operations/chat.ts";
import { AnswerReader, wholeOf } from "./gemini-generate-content/answer.ts";
import { failureOfGoogle } from "./gemini-generate-content/failure.ts";
import { readByGoogle } from "./gemini-generate-content/media.ts";
import { requestOf } from "./gemini-generate-content/request.ts";
import { traitsOf } from "./gemini-generate-content/traits.ts";
import { CannotEncode, type Upstream, type WireProtocol } from "./wire-protocol.ts";

/** Parameters for which Gemini has no word. */
export const unsupportedByGemini: ReadonlySet<string> = new Set([
  "min_p",
  "top_a",
  "repetition_penalty",
  "logit_bias",
  "prediction",
  "parallel_tool_calls",
  "verbosity",
]);

const traits = (upstream: Upstream) => traitsOf(upstream.model, upstream.flags, "ai-studio");

export const geminiGenerateContent: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "x-goog-api-key",
  remoteMedia: "inline",
  readsAddress: readByGoogle,
  unsupported: unsupportedByGemini,
  encode(ask, upstream) {
    const tier = upstream.serviceTier;
    const body = requestOf(ask, upstream, traits(upstream));
    if (ask.serviceTier !== null && (tier === "flex" || tier === "priority"))
      body.serviceTier = tier;
    return {
      path: generatePath(`/${modelPath(upstream.model)}`, ask),
      headers: {},
      body: JSON.stringify(body),
    };
  },
  decoder(ask, upstream) {
    const reader = new AnswerReader(ask, traits(upstream));
    return (data) => reader.take(data);
  },
  decodeWhole: (body, ask, upstream) => wholeOf(body, ask, traits(upstream)),
  decodeFailure: failureOfGoogle,
};

/** `models/…`, or another collection such as `tunedModels/…` where the name says one. */
const modelPath = (model: string): string =>
  pathOf(model.includes("/") ? model : `models/${model}`);

/** A model's name as a path: nothing in it leaves its place. @throws {CannotEncode} for a name that is no path. */
export function pathOf(model: string): string {
  const steps = model.split("/");
  if (steps.some((step) => step === "" || step === "." || step === ".."))
    throw new CannotEncode("model", `${JSON.stringify(model)} is no name of a model at Google`);
  return steps.map((step) => encodeURIComponent(step).replaceAll("%40", "@")).join("/");
}

/** Behind a model's path. Without `alt=sse` a stream would be one JSON array in pieces. */
export const generatePath = (modelAt: string, { stream }: ChatAsk): string =>
  stream ? `${modelAt}:streamGenerateContent?alt=sse` : `${modelAt}:generateContent`;
