/** Ids of tool calls that other providers made, as OpenAI takes them: each only once in a conversation, and not too long. */
import { createHash } from "node:crypto";

/** "Invalid 'input[3].call_id': … maximum length 64" (https://github.com/openclaw/openclaw/pull/137489, September 2026). */
const charactersMax = 64;

const shortened = (id: string): string =>
  `call_${createHash("sha256").update(id).digest("hex").slice(0, 32)}`;

/** The same id, or another one that is the same each time. */
export const fittedCallId = (id: string): string =>
  id.length <= charactersMax ? id : shortened(id);

export class CallIds {
  readonly #used = new Set<string>();
  readonly #sentAs = new Map<string, string>();

  /** The id that a call is sent with. Providers that count from 0 in every answer use one several times. */
  take(id: string): string {
    let free = fittedCallId(id);
    for (let next = this.#used.size; this.#used.has(free); next++)
      free = shortened(`${next} ${id}`);
    this.#used.add(free);
    this.#sentAs.set(id, free);
    return free;
  }

  /** Of the latest call that the client knows by this id. */
  sentAs(id: unknown): string | undefined {
    return typeof id === "string" ? this.#sentAs.get(id) : undefined;
  }
}
