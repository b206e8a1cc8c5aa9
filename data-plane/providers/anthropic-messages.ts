/**
 * The wire protocol of Anthropic's Messages, at Anthropic and at those who speak it too (docs/providers/anthropic-messages.md
 * has the mapping and the flags). Pure functions: no fetch, no clock, no logging.
 */
import type { ChatAsk } from "../operations/chat.ts";
import { eventDecoder } from "./anthropic-messages/events.ts";
import { decodeFailure } from "./anthropic-messages/failure.ts";
import { betasOf, flagsOf } from "./anthropic-messages/flags.ts";
import { passthroughBody } from "./anthropic-messages/passthrough.ts";
import { messagesBody } from "./anthropic-messages/request.ts";
import { decodeWhole } from "./anthropic-messages/whole.ts";
import type { Upstream, WireProtocol } from "./wire-protocol.ts";

const path = "/messages";
const none: ReadonlyMap<string, string | null> = new Map();

/**
 * The body, as text: a client's own, edited, where it spoke Messages itself, else built from the middle language.
 * @param more what another host of the API has differently: members as JSON text, or null to take one away (`model` and
 *   `stream` at Vertex, which has them in its path). A `model` must stand somewhere: it is a member unless taken away.
 * @throws {CannotEncode} naming the field, when the API has no word for what is asked or would refuse it.
 */
export function encodeBody(
  ask: ChatAsk,
  upstream: Upstream,
  more: ReadonlyMap<string, string | null> = none,
): string {
  if (ask.dialect === "anthropic-messages") return passthroughBody(ask, upstream, more);
  const body = new Map<string, unknown>(Object.entries(messagesBody(ask, upstream)));
  for (const [name, edit] of more) {
    if (edit === null) body.delete(name);
    else body.set(name, JSON.parse(edit));
  }
  return JSON.stringify(Object.fromEntries(body));
}

/** `anthropic-beta` for a request, or no header at all. */
export function betaHeader(ask: ChatAsk, upstream: Upstream): Record<string, string> {
  const betas = betasOf(flagsOf(upstream), ask.anthropicBetas ?? []);
  return betas.length > 0 ? { "anthropic-beta": betas.join(",") } : {};
}

export const anthropicMessages: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "x-api-key",
  remoteMedia: "fetch",
  unsupported: new Set([
    "min_p",
    "top_a",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "prediction",
    "seed",
  ]),
  encode: (ask, upstream) => ({
    path,
    headers: {
      "anthropic-version": flagsOf(upstream).anthropicVersion,
      ...betaHeader(ask, upstream),
    },
    body: encodeBody(ask, upstream),
  }),
  decoder: eventDecoder,
  decodeWhole,
  decodeFailure,
};
