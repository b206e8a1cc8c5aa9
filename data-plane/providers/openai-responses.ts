/**
 * The wire protocol of OpenAI's Responses API: OpenAI's pro and codex models, reasoning with tools, xAI, Meta, Azure
 * (contract/providers.md 0.1 and 4.1). Stateless: nothing is stored at the provider, thoughts travel enciphered. What differs
 * by endpoint is flags; docs/providers/openai-responses.md lists them.
 */
import { failureOfAnswer } from "./failures.ts";
import { decodeAnswer } from "./openai-responses-answer.ts";
import { encodeRequest } from "./openai-responses-request.ts";
import { eventDecoder } from "./openai-responses-stream.ts";
import type { WireProtocol } from "./wire-protocol.ts";

export const openaiResponses: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set([
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
    "top_k",
    "min_p",
    "top_a",
    "prediction",
  ]),
  encode: encodeRequest,
  decoder: eventDecoder,
  decodeWhole: decodeAnswer,
  decodeFailure(status, headers, body) {
    const failure = failureOfAnswer(status, headers, body);
    return foreignThoughts.test(body) && status === 400
      ? { ...failure, kind: "unsupported" }
      : failure;
  },
};

/** Thoughts are enciphered for one account: after a change of key this endpoint cannot read them, and another one may. */
const foreignThoughts = /"invalid_encrypted_content"/;
