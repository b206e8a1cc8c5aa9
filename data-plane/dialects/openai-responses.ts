/** How clients of `/responses` speak to us: OpenAI's Responses, of which nothing is stored. */
import type { Dialect } from "./dialect.ts";
import { openaiRefusal } from "./openai-refusal.ts";
import { decodeResponses } from "./openai-responses-decode.ts";
import { encodeResponse, responsesEncoder } from "./openai-responses-encode.ts";

export const openaiResponses: Dialect = {
  name: "openai-responses",
  decode: decodeResponses,
  encoder: responsesEncoder,
  encodeWhole: encodeResponse,
  encodeRefusal: openaiRefusal,
  heartbeat: ": TURNPIKE PROCESSING\n\n",
};
