/** What a wire protocol is: pure functions between the middle language and one upstream API. No fetch, no clock, no logging. */
import type { AuthScheme } from "#schema/wire-protocols.ts";
import type { ChatAsk, Failure, Operation, StreamEvent, Usage, Whole } from "../operations/chat.ts";

export type Flags = Readonly<Record<string, unknown>>;
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A picture or file that was named by its address and has been fetched, for providers that do not fetch. */
export type Media = { mediaType: string; base64: string };

/** What a protocol may know of the endpoint it writes for. */
export type Upstream = {
  /** The provider's name of the model. */
  model: string;
  /** The provider's flags with the endpoint's over them (providers.md section 2): what differs is data. */
  flags: Flags;
  /** A clamp of ours, at most what the client asked for; null: none. */
  outputTokensMax: number | null;
  /** The endpoint's own maximum, for protocols that must name a limit. */
  outputTokensLimit: number;
  /** Null: a tier that nobody has priced is not asked for. */
  serviceTier: string | null;
  /** By address, where `remoteMedia` is "inline". */
  media: ReadonlyMap<string, Media>;
};

export type UpstreamRequest = {
  /** Behind the provider's base URL, with a slash at the start and the query if there is one. */
  path: string;
  /** Beside content type, accept and credential. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** The same as bytes, where they were at hand; nobody need make the text then. */
  bytes?: Buffer;
};

/** One event of a stream to what it says. Never throws: what cannot be read is a failure that says so. */
export type Decoder = ((data: string, name: string) => StreamEvent[]) & {
  /**
   * Where a framing has lines: the run of whole events at `from` that differ in their text only, if it knows their like.
   * They are cut out together then, instead of line by line.
   */
  run?: (input: string, from: number) => { event: StreamEvent; end: number } | null;
};

export type WireProtocol = {
  operation: Operation;
  /** How events are cut out of bytes; a flag `framing` of the endpoint wins. */
  framing: "sse" | "aws-event-stream";
  /** A flag `auth` of the endpoint wins. */
  auth: AuthScheme;
  /** Whether the provider fetches pictures and files by their address, or wants them in the request; a flag `remoteMedia` wins. */
  remoteMedia: "fetch" | "inline";
  /** Addresses that the provider reads itself although `remoteMedia` is "inline": its own store, videos that it knows. */
  readsAddress?: (url: string) => boolean;
  /** Parameters, in the catalogue's words, that this API does not have: left out, or an endpoint's exclusion (contract R-8, P-9). */
  unsupported: ReadonlySet<string>;
  /** @throws {CannotEncode} when the API has no word for what is asked, or the ask is malformed where nothing checked it yet. */
  encode: (ask: ChatAsk, upstream: Upstream) => UpstreamRequest;
  /** A decoder for one stream. It gives `frame` events too when `ask.dialect` is this protocol. */
  decoder: (ask: ChatAsk, upstream: Upstream) => Decoder;
  /** A whole answer in the middle language (`native`: as it came, when `ask.dialect` is this protocol), or why it is none. */
  decodeWhole: (
    body: string,
    ask: ChatAsk,
    upstream: Upstream,
  ) => { whole: Whole; usage: Usage | null; native?: Record<string, unknown> } | Failure;
  /** An answer that is not a success. */
  decodeFailure: (status: number, headers: UpstreamHeaders, body: string) => Failure;
};

/** An endpoint cannot be asked this. Becomes a failure of kind `unsupported`; when no endpoint can, the client's 400. */
export class CannotEncode extends Error {
  readonly field: string;
  /** @param field as the client would write it, such as `messages[3].content[0]` */
  constructor(field: string, text: string) {
    super(`${field}: ${text}`);
    this.field = field;
  }
}
