/**
 * The wire protocol of OpenAI's chat completions, as most providers speak it; their differences are flags (columns of
 * the provider row), not code. Pure functions: no fetch, no clock, no logging.
 */
import { readOpenaiChatFlags } from "#schema/flags/openai-chat.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { failureOfAnswer } from "./failures.ts";
import { decodeWhole, noOriginals, type Originals } from "./openai-chat-answer.ts";
import { encodeBody, sessionDigest } from "./openai-chat-body.ts";
import { eventDecoder } from "./openai-chat-events.ts";
import { toolCallIds } from "./openai-chat-messages.ts";
import { encodePlain } from "./openai-chat-plain.ts";
import type { Upstream, UpstreamRequest, WireProtocol } from "./wire-protocol.ts";

/** @throws {CannotEncode} when the endpoint cannot be asked this. */
export function encode(ask: ChatAsk, upstream: Upstream): UpstreamRequest {
  const copied = encodePlain(ask, upstream);
  if (copied) return copied;
  const flags = readOpenaiChatFlags(upstream.flags);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(flags.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  const affinity = flags.sessionAffinityHeader;
  const session = affinity === null || affinity === "prompt_cache_key" ? null : sessionDigest(ask);
  if (affinity !== null && session !== null) headers[affinity] = session;
  return {
    path: flags.path.replaceAll("{model}", encodeURIComponent(upstream.model)),
    headers,
    body: encodeBody(ask, upstream),
  };
}

/** What this request's replaced ids of tool calls were, for a provider that repeats one; made when a call comes. */
function originalsOf(ask: ChatAsk, { flags }: Upstream): Originals {
  const { toolCallIdFormat } = readOpenaiChatFlags(flags);
  if (toolCallIdFormat === "any") return noOriginals;
  let originals: ReadonlyMap<string, string> | null = null;
  return () => {
    const messages = Array.isArray(ask.body["messages"]) ? ask.body["messages"] : [];
    const made = (): ReadonlyMap<string, string> =>
      new Map([...toolCallIds(messages, { toolCallIdFormat })].map(([id, other]) => [other, id]));
    return (originals ??= made());
  };
}

export const openaiChat: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set(),
  encode,
  decoder: (ask, upstream) => eventDecoder(upstream.flags, originalsOf(ask, upstream)),
  decodeWhole: (body, ask, upstream) =>
    decodeWhole(body, upstream.flags, originalsOf(ask, upstream)),
  decodeFailure: failureOfAnswer,
};
