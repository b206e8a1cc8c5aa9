/** Flags that every wire protocol has. */
import { authSchemes } from "../wire-protocols.ts";
import { number, word } from "./flag.ts";

export const anyProtocolFlags = {
  auth: word(authSchemes, null, "how the credential is shown; the protocol's usual way if absent"),
  framing: word(
    ["sse", "aws-event-stream"],
    null,
    "how a stream's events are cut; the protocol's usual way if absent",
  ),
  remoteMedia: word(
    ["fetch", "inline"],
    null,
    "whether the provider fetches pictures and files by their address, or wants them in the request; the protocol's usual way if absent",
  ),
  firstContentTimeoutMs: number(
    { least: 1, most: 3_600_000 },
    null,
    "how long to wait for the first content before the next endpoint is asked; 240,000 if absent",
  ),
};
