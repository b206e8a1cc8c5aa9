/** The pictures and files of one request that an endpoint wants in it and the client named by their address. */
import type { Exchange } from "./exchange.ts";
import { remoteMediaOf, type RemoteMedia } from "./operations/remote-media.ts";
import type { ChatAsk, Failure } from "./operations/chat.ts";
import { protocolOf } from "./providers/registry.ts";
import type { Media } from "./providers/wire-protocol.ts";
import { Refusal } from "./refusal.ts";
import type { Endpoint } from "./snapshot.ts";
import { MediaError, type MediaFetcher } from "./upstream/fetch-media.ts";

const none: readonly RemoteMedia[] = [];

/** What has to be fetched before an endpoint can be asked: nothing where the provider reads addresses itself. */
export function mediaWanted(endpoint: Endpoint, ask: ChatAsk): readonly RemoteMedia[] {
  if (ask.operation !== "chat") return none;
  const protocol = protocolOf(endpoint.protocol);
  if ((endpoint.flags["remoteMedia"] ?? protocol.remoteMedia) !== "inline") return none;
  return remoteMediaOf(ask.body).filter(({ url }) => !protocol.readsAddress?.(url));
}

/**
 * Fetches what is wanted, once for all endpoints of a request.
 * @returns what was fetched, with `known`; or why the endpoint cannot be asked: another one may read the address itself.
 * @throws {Refusal} 503 when too much is being fetched already.
 */
export async function fetchMedia(
  wanted: readonly RemoteMedia[],
  known: ReadonlyMap<string, Media>,
  exchange: Exchange,
  fetcher: MediaFetcher,
): Promise<ReadonlyMap<string, Media> | Failure> {
  const missing = wanted.filter(({ url }) => !known.has(url));
  if (missing.length === 0) return known;
  const left = new AbortController();
  exchange.onGone(() => left.abort());
  try {
    return new Map([...known, ...(await fetcher.fetch(missing, left.signal))]);
  } catch (cause) {
    if (!(cause instanceof MediaError)) throw cause;
    if (exchange.gone)
      return {
        kind: "client-gone",
        status: null,
        text: "the client left",
        retryAfterSeconds: null,
      };
    if (cause.busy)
      throw new Refusal({
        status: 503,
        type: "provider_overloaded",
        message: cause.message,
        headers: { "retry-after": "2" },
      });
    return { kind: "unsupported", status: null, text: cause.message, retryAfterSeconds: null };
  }
}
