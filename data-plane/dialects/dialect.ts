/** What a dialect is: how one kind of client asks, and how it is answered. Pure, as a wire protocol is. */
import type { IncomingHttpHeaders } from "node:http";
import type { Counts, UsageSource } from "#schema/meters.ts";
import type { Charge } from "#schema/money/price.ts";
import type { ChatAsk, Chunk, DialectName, StreamEvent, Whole } from "../operations/chat.ts";
import type { Refusal } from "../refusal.ts";

/** What stays the same over all of an answer, whatever the provider says. `created` in seconds of Unix time. */
export type Face = {
  id: string;
  created: number;
  model: string;
  provider: string;
  /** It is encoded to be given again for nothing: of a provider's own usage nothing is passed on. */
  unbilled?: true;
};

/** What an answer cost, for the client to see. */
export type Bill = {
  counts: Counts;
  charge: Charge;
  source: UsageSource;
  /** Whether the organization's own credential was used; then the provider bills it `upstreamCost`, and `charge` is a fee. */
  ownKey: boolean;
  /** Picodollars; null when it is not known what the provider asks. */
  upstreamCost: bigint | null;
};

/** One stream to its client. Every function gives the bytes to send as text, which may be none. */
export type StreamEncoder = {
  event: (event: StreamEvent) => string;
  /** For dialects that can say several texts at once; where it is missing they are said one by one. */
  texts?: (texts: readonly string[], like: Chunk) => string;
  /** The proper end, with the usage where the dialect tells it. */
  end: (bill: Bill) => string;
  /** The one event by which a broken stream says so; nothing that looks like a proper end follows it. */
  broken: (refusal: Refusal) => string;
};

export type Dialect = {
  name: DialectName;
  /** @throws {Refusal} 400 that names the field, what was expected and what came. */
  decode: (bytes: Buffer, headers?: IncomingHttpHeaders) => ChatAsk;
  /** `face.model` is the model that answers. Made when there is content, or when there is only a refusal left to tell. */
  encoder: (face: Face, ask: ChatAsk) => StreamEncoder;
  /** @param native the provider's own answer, where it speaks this dialect: to be edited rather than rebuilt. */
  encodeWhole: (
    face: Face,
    ask: ChatAsk,
    whole: Whole,
    bill: Bill,
    native?: Record<string, unknown>,
  ) => string;
  /** The body of an answer that is a refusal. @param generationId null when it did not come so far */
  encodeRefusal: (refusal: Refusal, generationId: string | null) => string;
  /** What a silent stream sends so that nothing between us takes it for dead. */
  heartbeat: string;
};
