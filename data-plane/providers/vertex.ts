/**
 * The wire protocol of Google Cloud's Vertex AI: one door, behind which each publisher's models are spoken to in their own
 * language (contract/providers.md 4.6). The provider's base URL names project and location, and with it the host
 * (docs/providers/vertex.md); the upstream model names the publisher, and without one it is Google's.
 */
import type { ChatAsk, StreamEvent } from "../operations/chat.ts";
import { anthropicMessages, betaHeader, encodeBody as messagesBody } from "./anthropic-messages.ts";
import { AnswerReader, wholeOf } from "./gemini-generate-content/answer.ts";
import { failureOfGoogle } from "./gemini-generate-content/failure.ts";
import { readByGoogle } from "./gemini-generate-content/media.ts";
import { requestOf } from "./gemini-generate-content/request.ts";
import { traitsOf } from "./gemini-generate-content/traits.ts";
import { generatePath, pathOf, unsupportedByGemini } from "./gemini-generate-content.ts";
import { openaiChat } from "./openai-chat.ts";
import type { Flags, Upstream, UpstreamRequest, WireProtocol } from "./wire-protocol.ts";

/** By whom and in which language an upstream model is served. */
type Served =
  | { by: "google"; upstream: Upstream }
  | { by: "anthropic"; upstream: Upstream }
  /** Models as a service: all other publishers, through one path and by their whole names. */
  | { by: "others"; upstream: Upstream };

function servedBy(upstream: Upstream): Served {
  const { model, flags } = upstream;
  const [publisher = "", ...rest] = model.split("/");
  const bare = rest.join("/");
  if (bare === "") {
    if (model.startsWith("claude-"))
      return { by: "anthropic", upstream: { ...upstream, flags: claudeFlags(flags) } };
    return { by: "google", upstream };
  }
  switch (publisher) {
    case "google":
      return { by: "google", upstream: { ...upstream, model: bare } };
    case "endpoints": // a tuned model of the project's own
      return { by: "google", upstream };
    case "anthropic":
      return {
        by: "anthropic",
        upstream: { ...upstream, model: bare, flags: claudeFlags(flags) },
      };
    default:
      return { by: "others", upstream };
  }
}

/**
 * What Claude lacks on Vertex: Google's organization policy has structured outputs and strict tools off unless somebody
 * turned them on (docs.cloud.google.com, structured outputs with Claude models, 2026), files and pictures are not fetched,
 * and marks for caching go on blocks.
 */
const claudeFlags = (flags: Flags): Flags => ({
  structuredOutputs: "tool",
  strictTools: false,
  topLevelCache: false,
  remoteMedia: "inline",
  ...flags,
});

/** Of the Messages body: the model stands in the path, the version in the body, and tiers are not known here. */
const claudeEdits: ReadonlyMap<string, string | null> = new Map([
  ["model", null],
  ["anthropic_version", '"vertex-2023-10-16"'],
  ["service_tier", null],
]);

const traits = ({ model, flags }: Upstream) => traitsOf(model, flags, "vertex");

export const vertex: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "google-oauth",
  remoteMedia: "inline",
  readsAddress: readByGoogle,
  unsupported: unsupportedByGemini,
  encode(ask, upstream) {
    const served = servedBy(upstream);
    switch (served.by) {
      case "google":
        return geminiRequest(ask, served.upstream);
      case "anthropic": {
        const method = ask.stream ? "streamRawPredict" : "rawPredict";
        return {
          path: `/publishers/anthropic/models/${pathOf(served.upstream.model)}:${method}`,
          headers: betaHeader(ask, served.upstream),
          body: messagesBody(ask, served.upstream, claudeEdits),
        };
      }
      case "others": {
        const { path, headers, body } = openaiChat.encode(ask, served.upstream);
        return { path: `/endpoints/openapi${path}`, headers, body };
      }
    }
  },
  decoder(ask, upstream) {
    const served = servedBy(upstream);
    switch (served.by) {
      case "google": {
        const reader = new AnswerReader(ask, traits(served.upstream));
        return (data): StreamEvent[] => reader.take(data);
      }
      case "anthropic":
        return anthropicMessages.decoder(ask, served.upstream);
      case "others":
        return openaiChat.decoder(ask, served.upstream);
    }
  },
  decodeWhole(body, ask, upstream) {
    const served = servedBy(upstream);
    switch (served.by) {
      case "google":
        return wholeOf(body, ask, traits(served.upstream));
      case "anthropic":
        return anthropicMessages.decodeWhole(body, ask, served.upstream);
      case "others":
        return openaiChat.decodeWhole(body, ask, served.upstream);
    }
  },
  decodeFailure(status, headers, body) {
    // Google's own refusals come for every publisher; what Claude itself refuses comes in Anthropic's words.
    return /^\s*\{\s*"type"\s*:\s*"error"/.test(body)
      ? anthropicMessages.decodeFailure(status, headers, body)
      : failureOfGoogle(status, headers, body);
  },
};

function geminiRequest(ask: ChatAsk, upstream: Upstream): UpstreamRequest {
  const { model, serviceTier: tier } = upstream;
  const at = model.startsWith("endpoints/")
    ? pathOf(model)
    : `publishers/google/models/${pathOf(model)}`;
  const tiered = ask.serviceTier !== null && (tier === "flex" || tier === "priority");
  return {
    path: generatePath(`/${at}`, ask),
    // A tier is no field here (docs.cloud.google.com, priority and flex pay-as-you-go, 2026).
    headers: tiered ? { "x-vertex-ai-llm-shared-request-type": tier } : {},
    body: JSON.stringify(requestOf(ask, upstream, traits(upstream))),
  };
}
