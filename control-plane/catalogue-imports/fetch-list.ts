/** Gets somebody's list: only when an operator asks, only from where it says, and never more than it may be. */
import { lookup as resolve } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import { isLocalName, reachOf } from "#schema/network-addresses.ts";
import { CommandError } from "../command-error.ts";

/** models.dev's list of all is 4 MB in November 2026. */
const bytesMaxDefault = 32 * 1024 * 1024;
const timeoutMsDefault = 60_000;

export type FetchListOptions = {
  headers?: Readonly<Record<string, string>>;
  /** Plain http, and addresses inside private networks: for a provider whose row allows them. */
  allowPrivate?: boolean;
  bytesMax?: number;
  timeoutMs?: number;
};

/**
 * A JSON document by its address. Redirects are refused, names that lead inside are too, and a credential in `headers` goes
 * to this host and no other.
 * @throws {CommandError} bad_request for an address that may not be asked; unavailable when it did not answer with JSON.
 */
export async function fetchList(
  address: string,
  {
    headers = {},
    allowPrivate = false,
    bytesMax = bytesMaxDefault,
    timeoutMs = timeoutMsDefault,
  }: FetchListOptions = {},
): Promise<unknown> {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")))
    throw new CommandError("bad_request", `${address.slice(0, 200)} is not an https address`);
  const reach = reachOf(url.hostname);
  const inside = reach === "private" || (reach === "none" && isLocalName(url.hostname));
  if (reach === "forbidden" || (inside && !allowPrivate))
    throw new CommandError("bad_request", `${url.hostname} is not out there, and may not be asked`);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return parse(
      await read(url, { headers, signal, bytesMax, lookup: guarded(allowPrivate) }),
      url,
    );
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = signal.aborted
      ? `did not answer within ${timeoutMs / 1_000} s`
      : `could not be reached: ${error instanceof Error ? error.message : String(error)}`;
    throw new CommandError("unavailable", `${url.origin} ${reason}`, { cause: error });
  }
}

function read(
  url: URL,
  {
    headers,
    signal,
    bytesMax,
    lookup,
  }: {
    headers: Readonly<Record<string, string>>;
    signal: AbortSignal;
    bytesMax: number;
    lookup: LookupFunction;
  },
): Promise<string> {
  return new Promise((done, fail) => {
    const request = (url.protocol === "https:" ? https : http).get(
      url,
      {
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          "user-agent": "turnpike",
          ...headers,
        },
        lookup,
        signal,
        agent: false, // a connection of its own, which ends with the answer
      },
      (response) => {
        const refuse = (text: string): void => {
          response.destroy();
          fail(new CommandError("unavailable", `${url.origin} ${text}`));
        };
        const { statusCode = 0 } = response;
        if (statusCode >= 300 && statusCode < 400)
          return refuse("answered with a redirect, which is not followed");
        if (statusCode !== 200) return refuse(`answered with status ${statusCode}`);
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on("data", (part: Buffer) => {
          bytes += part.length;
          if (bytes > bytesMax) return refuse(`answered with more than ${bytesMax} bytes`);
          parts.push(part);
        });
        response.on("error", fail);
        response.on("end", () => done(Buffer.concat(parts).toString("utf8")));
      },
    );
    request.on("error", fail);
  });
}

function parse(text: string, url: URL): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CommandError("unavailable", `${url.origin} did not answer with JSON`, { cause });
  }
}

/** What it answers is what is connected to, so a name that changes between two look-ups gains nothing. */
const guarded =
  (allowPrivate: boolean): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const refused = addresses.find(({ address }) => {
        const reach = reachOf(address);
        return reach !== "public" && !(reach === "private" && allowPrivate);
      });
      const [first] = addresses;
      if (refused || first === undefined)
        return callback(new Error(`${hostname} does not lead to a public address`), []);
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
