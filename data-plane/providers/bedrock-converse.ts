/**
 * The wire protocol of Amazon Bedrock's Converse and ConverseStream, one for all models there. What differs between them
 * are flags (docs/providers/bedrock-converse.md). Pure functions: no fetch, no clock, no logging.
 */
import { decodeFailure, decodeWhole, decoder } from "./bedrock-converse/answer.ts";
import { encode } from "./bedrock-converse/request.ts";
import type { WireProtocol } from "./wire-protocol.ts";

export const bedrockConverse: WireProtocol = {
  operation: "chat",
  framing: "aws-event-stream",
  auth: "aws-sigv4",
  remoteMedia: "inline",
  unsupported: new Set([
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "min_p",
    "top_a",
    "seed",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "verbosity",
    "prediction",
    "web_search_options",
    "modalities",
  ]),
  encode,
  decoder,
  decodeWhole,
  decodeFailure,
};
