/**
 * The wire protocol of Cohere's chat, version 2. Its models differ in little, which is flags (docs/providers/cohere-chat.md).
 * Pure functions: no fetch, no clock, no logging.
 */
import { decodeWhole, decoder } from "./cohere-chat/answer.ts";
import { encode } from "./cohere-chat/request.ts";
import { failureOfAnswer } from "./failures.ts";
import type { WireProtocol } from "./wire-protocol.ts";

export const cohereChat: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set([
    "repetition_penalty",
    "min_p",
    "top_a",
    "logit_bias",
    "top_logprobs",
    "parallel_tool_calls",
    "verbosity",
    "prediction",
    "web_search_options",
    "modalities",
  ]),
  encode,
  decoder: () => decoder(),
  decodeWhole: (body) => decodeWhole(body),
  decodeFailure: failureOfAnswer,
};
