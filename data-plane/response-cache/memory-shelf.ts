/** Kept answers in this process. Bounded in bytes; what was not asked for longest goes first, and each key has only a share. */
import { expiresAtMs, type KeptAnswer, type Question } from "./kept-answer.ts";

export type MemoryBounds = { bytesMax: number; keyBytesMax: number; answerBytesMax: number };

export const memoryBounds: MemoryBounds = {
  bytesMax: 64_000_000,
  keyBytesMax: 16_000_000, // so no key, however much it asks, drives out what the others have
  answerBytesMax: 4_000_000,
};

/** Names, maps and objects around a body: measured as 0.9 kB for bodies of one byte. */
const overheadBytes = 1_000;

export type Shelved = {
  kept: KeptAnswer;
  /** When Postgres last said that it has this very answer; null: it has never had it. */
  confirmedAtMs: number | null;
};
type Place = Shelved & { name: string; key: string; bytes: number };
/** In the order of their last use. */
type Share = { bytes: number; places: Map<string, Place> };

export class MemoryShelf {
  readonly #bounds: MemoryBounds;
  readonly #places = new Map<string, Place>();
  readonly #shares = new Map<string, Share>();
  bytes = 0;

  constructor(bounds: MemoryBounds = memoryBounds) {
    this.#bounds = bounds;
  }

  get answers(): number {
    return this.#places.size;
  }

  find(question: Question, nowMs: number): Shelved | null {
    const place = this.#places.get(nameOf(question));
    if (!place) return null;
    if (expiresAtMs(place.kept) <= nowMs) {
      this.#remove(place);
      return null;
    }
    const { places } = this.#share(place.key);
    for (const order of [this.#places, places]) {
      order.delete(place.name);
      order.set(place.name, place);
    }
    return place;
  }

  /** In the place of what was kept for the same question. Too large for memory: nothing is. */
  put(question: Question, kept: KeptAnswer, confirmedAtMs: number | null): void {
    this.remove(question);
    const { bytesMax, keyBytesMax, answerBytesMax } = this.#bounds;
    if (kept.body.length > answerBytesMax) return;
    const name = nameOf(question);
    const key = question.keyId;
    const place: Place = {
      kept,
      confirmedAtMs,
      name,
      key,
      bytes: kept.body.length + overheadBytes,
    };
    const share = this.#share(key);
    this.#places.set(name, place);
    share.places.set(name, place);
    share.bytes += place.bytes;
    this.bytes += place.bytes;
    while (share.bytes > keyBytesMax) this.#remove(oldest(share.places));
    while (this.bytes > bytesMax) this.#remove(oldest(this.#places));
  }

  remove(question: Question): void {
    this.#remove(this.#places.get(nameOf(question)));
  }

  #share(key: string): Share {
    const known = this.#shares.get(key);
    if (known) return known;
    const share: Share = { bytes: 0, places: new Map() };
    this.#shares.set(key, share);
    return share;
  }

  #remove(place: Place | undefined): void {
    if (!place) return;
    const share = this.#share(place.key);
    this.#places.delete(place.name);
    share.places.delete(place.name);
    share.bytes -= place.bytes;
    this.bytes -= place.bytes;
    if (share.places.size === 0) this.#shares.delete(place.key);
  }
}

const nameOf = ({ keyId, digest }: Question): string => `${keyId} ${digest}`;
function oldest(places: ReadonlyMap<string, Place>): Place | undefined {
  for (const place of places.values()) return place;
  return undefined;
}
