/**
 * Fetches pictures and files that clients name by their address, for providers that do not (reliability.md S-32, D58): the
 * only place where this gateway calls a host that a client chose. No credential goes along, no address of a private network
 * is reached, not by a redirect either, and everything has a bound.
 */
import { Agent, type Dispatcher } from "undici";
import { guardedLookup, refusalOfHost, type Allowed } from "./guard.ts";
import { sniffMediaType } from "./sniff-media-type.ts";

/** As OpenRouter and the providers bound them: 20 pictures, 20 MB each, and together what one request may weigh. */
const countMax = 20;
const bytesMax = 20_000_000;
const bytesTogetherMax = 40_000_000;
const timeoutMs = 10_000;
const redirectsMax = 3;
const urlCharactersMax = 2_048;
/** Of one request at a time, and of all: at most 8 × 40 MB are held here. */
const atOnceMax = 4;
const requestsMax = 8;
const waitingMax = 100;
/** Where web servers are; not mail, databases and other doors of strangers. */
const ports: ReadonlySet<string> = new Set(["", "80", "443", "8080", "8443"]);
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export type FetchedMedia = { mediaType: string; base64: string };

/** Why an address could not be read; the client's to put right, unless `busy`. */
export class MediaError extends Error {
  readonly field: string;
  /** Too many of these at once here: nothing is wrong with the address. */
  readonly busy: boolean;
  constructor(field: string, text: string, { busy = false }: { busy?: boolean } = {}) {
    super(`${field}: ${text}`);
    this.field = field;
    this.busy = busy;
  }
}

export class MediaFetcher {
  readonly #agent: Agent;
  readonly #allowed: Allowed;
  readonly #ports: ReadonlySet<string> | null;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param options `private` and any port for tests, which have no public server. */
  constructor(options: { allowed?: Allowed; anyPort?: boolean } = {}) {
    this.#allowed = options.allowed ?? "public";
    this.#ports = options.anyPort ? null : ports;
    this.#agent = new Agent({
      connections: 16,
      allowH2: false,
      keepAliveTimeout: 1_000,
      maxHeaderSize: 16_384,
      connect: { timeout: 5_000, lookup: guardedLookup(this.#allowed) },
    });
  }

  /**
   * All of them, by address.
   * @throws {MediaError} for the first that cannot be had, naming its field.
   */
  async fetch(
    addresses: readonly { field: string; url: string }[],
    signal: AbortSignal,
  ): Promise<Map<string, FetchedMedia>> {
    const [first, over] = [addresses[0], addresses[countMax]];
    const fetched = new Map<string, FetchedMedia>();
    if (!first) return fetched;
    if (over)
      throw new MediaError(over.field, `at most ${countMax} pictures and files may be addresses`);
    const others = new AbortController(); // one that fails ends the rest
    const until = AbortSignal.any([signal, others.signal, AbortSignal.timeout(timeoutMs)]);
    await this.#enter(first.field, until);
    try {
      let together = 0;
      const take = (field: string, bytes: number): void => {
        together += bytes;
        if (together > bytesTogetherMax)
          throw new MediaError(
            field,
            `pictures and files by address may be ${bytesTogetherMax} bytes together at most`,
          );
      };
      const rest = [...addresses];
      const work = async (): Promise<void> => {
        for (let one = rest.shift(); one; one = rest.shift()) {
          fetched.set(one.url, await this.#one(one.field, one.url, until, take));
        }
      };
      const workers = Array.from({ length: Math.min(atOnceMax, rest.length) }, work);
      try {
        await Promise.all(workers);
      } finally {
        others.abort();
        await Promise.allSettled(workers); // what they hold is let go of before the next request's turn
      }
      return fetched;
    } finally {
      this.#leave();
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #enter(field: string, signal: AbortSignal): Promise<void> {
    if (this.#running < requestsMax) {
      this.#running++;
      return;
    }
    const busy = new MediaError(
      field,
      "too many pictures and files are being fetched right now; try again in a few seconds, or send it as a data URL",
      { busy: true },
    );
    if (this.#waiting.length >= waitingMax) throw busy;
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(); // the place of the one that left is this one's
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(busy);
      };
      this.#waiting.push(enter);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }

  async #one(
    field: string,
    address: string,
    signal: AbortSignal,
    take: (field: string, bytes: number) => void,
  ): Promise<FetchedMedia> {
    let url = this.#checked(field, address, null);
    for (let hops = 0; ; hops++) {
      const answer = await this.#get(field, url, signal);
      const location = answer.headers["location"];
      if (redirects.has(answer.statusCode) && typeof location === "string") {
        await drop(answer);
        if (hops === redirectsMax)
          throw new MediaError(field, `the address redirects more than ${redirectsMax} times`);
        url = this.#checked(field, location, url);
        continue;
      }
      if (answer.statusCode !== 200) {
        await drop(answer);
        throw new MediaError(
          field,
          `could not be fetched: ${url.host} answered ${answer.statusCode}`,
        );
      }
      return this.#read(field, answer, take);
    }
  }

  /** A URL that may be called. @throws {MediaError} */
  #checked(field: string, address: string, from: URL | null): URL {
    const told = from === null ? "the address" : "the address redirects to one that";
    const url = URL.parse(address, from?.href);
    if (url === null || address.length > urlCharactersMax)
      throw new MediaError(
        field,
        `expected an address of at most ${urlCharactersMax} characters that starts with https://, or a data URL`,
      );
    if (url.protocol !== "https:" && url.protocol !== "http:")
      throw new MediaError(field, `${told} is neither https nor http`);
    if (from?.protocol === "https:" && url.protocol === "http:")
      throw new MediaError(field, `${told} is http, where the first was https`);
    if (url.username !== "" || url.password !== "")
      throw new MediaError(field, `${told} has a user name or password in it`);
    if (this.#ports && !this.#ports.has(url.port))
      throw new MediaError(field, `${told} has a port that is not 80, 443, 8080 or 8443`);
    if (refusalOfHost(url.hostname, this.#allowed) !== null)
      throw new MediaError(field, `${told} is inside a private network`);
    return url;
  }

  async #get(field: string, url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      const answer = await this.#agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: "GET",
        // A fixed list: nothing of the client's, no cookie, no credential.
        headers: {
          accept: "image/*, application/pdf, video/*, audio/*, text/*;q=0.5",
          "accept-encoding": "identity",
          "user-agent": "turnpike/0.1 (media of a request)",
        },
        signal,
      });
      // It is read by an iterator, which tells of it; an error that nobody listens to would end the process.
      answer.body.on("error", () => {});
      return answer;
    } catch (cause) {
      throw new MediaError(field, unreachable(url, cause, signal));
    }
  }

  async #read(
    field: string,
    { headers, body }: Dispatcher.ResponseData,
    take: (field: string, bytes: number) => void,
  ): Promise<FetchedMedia> {
    try {
      const length = Number(headers["content-length"] ?? 0);
      if (length > bytesMax) throw tooLarge(field);
      const encoding = headers["content-encoding"];
      if (encoding !== undefined && encoding !== "identity")
        throw new MediaError(
          field,
          "the address answers compressed although that was not asked for",
        );
      const pieces: Buffer[] = [];
      let size = 0;
      for await (const piece of body as AsyncIterable<Buffer>) {
        size += piece.length;
        if (size > bytesMax) throw tooLarge(field);
        take(field, piece.length);
        pieces.push(piece);
      }
      const bytes = Buffer.concat(pieces);
      if (bytes.length === 0) throw new MediaError(field, "the address answers with nothing");
      const said = String(headers["content-type"] ?? "");
      const mediaType = sniffMediaType(bytes, said);
      if (mediaType === null) {
        throw new MediaError(
          field,
          `expected a picture, PDF, sound, video or text at the address, got ${said.slice(0, 60) || "something without a content type"}`,
        );
      }
      return { mediaType, base64: bytes.toString("base64") };
    } catch (cause) {
      body.destroy();
      if (cause instanceof MediaError) throw cause;
      throw new MediaError(field, "could not be fetched: the answer was cut off, or took too long");
    }
  }
}

const tooLarge = (field: string): MediaError =>
  new MediaError(field, `what is at the address is larger than ${bytesMax} bytes`);

/** Reads on for a little, so that the connection can be used again, and not for long. */
async function drop({ body }: Dispatcher.ResponseData): Promise<void> {
  await body.dump({ limit: 16_384 }).catch(() => {}); // cut off: all the same
}

function unreachable(url: URL, cause: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `could not be fetched within ${timeoutMs / 1_000} s`;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (code) {
    case "EPRIVATE":
      // Not which address it was: that would be a map of our network.
      return `${url.hostname} is inside a private network`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${url.hostname} does not resolve`;
    default:
      return `could not be fetched: no connection to ${url.host}`;
  }
}
