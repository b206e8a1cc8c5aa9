/** Ids of tool calls that other providers made, in the letters that Anthropic takes, each one only once. */

const valid = /^[a-zA-Z0-9_-]+$/;
const prefix = "tp-";

/** An id in Anthropic's letters; an injection, and `originalToolId` is its inverse. */
export const validToolId = (id: string): string =>
  valid.test(id) && !id.startsWith(prefix)
    ? id
    : prefix + Buffer.from(id, "utf8").toString("base64url");

/** The id that `validToolId` made another of. */
export const originalToolId = (id: string): string =>
  id.startsWith(prefix) ? Buffer.from(id.slice(prefix.length), "base64url").toString("utf8") : id;

/** Providers that count from 0 in every answer use an id twice in one conversation, which is a 400 at Anthropic. */
export class ToolIds {
  readonly #used = new Set<string>();
  readonly #next = new Map<string, number>();

  /** The id that a call is sent with. */
  take(id: string): string {
    const wanted = validToolId(id);
    let free = wanted;
    for (let next = this.#next.get(wanted) ?? 2; this.#used.has(free); next++) {
      free = `${wanted}-${next}`;
      this.#next.set(wanted, next + 1);
    }
    this.#used.add(free);
    return free;
  }
}
