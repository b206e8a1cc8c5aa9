/** Kept answers: in memory first, then in Postgres (contract C-1 to C-6). Every end but an answer is a miss. */
import type { Sql } from "#schema/client.ts";
import { keyedDigest, type MasterKeys } from "#schema/secrets.ts";
import type { Caller } from "../authenticate.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { bodyBytesMax, type KeptAnswer, type Question } from "./kept-answer.ts";
import { MemoryShelf, memoryBounds, type MemoryBounds } from "./memory-shelf.ts";
import { questionText } from "./same-question.ts";
import { SharedShelf, sharedBounds, type SharedBounds } from "./shared-shelf.ts";

/**
 * What memory has of Postgres is asked for again after this time, since another gateway may have cleared or replaced it.
 * While Postgres is away it stands.
 */
const confirmedMs = 1_000;

export class ResponseCache {
  readonly #memory: MemoryShelf;
  readonly #shared: SharedShelf;
  readonly #digest: (text: string) => string;
  hits = 0;
  misses = 0;

  constructor(
    client: Sql,
    masterKeys: MasterKeys,
    bounds: { memory: MemoryBounds; shared: SharedBounds } = {
      memory: memoryBounds,
      shared: sharedBounds,
    },
  ) {
    this.#memory = new MemoryShelf(bounds.memory);
    this.#shared = new SharedShelf(client, masterKeys, bounds.shared);
    this.#digest = keyedDigest("turnpike response cache", masterKeys);
  }

  get bytes(): number {
    return this.#memory.bytes;
  }

  get failures(): number {
    return this.#shared.failures;
  }

  questionOf({ keyId, organizationId }: Caller, ask: ChatAsk): Question {
    return { keyId, organizationId, digest: this.#digest(questionText(keyId, ask)) };
  }

  /** Never rejects, and never takes longer than a moment. */
  async find(question: Question, nowMs: number): Promise<KeptAnswer | null> {
    const kept = await this.#find(question, nowMs);
    if (kept) this.hits++;
    else this.misses++;
    return kept;
  }

  async #find(question: Question, nowMs: number): Promise<KeptAnswer | null> {
    const near = this.#memory.find(question, nowMs);
    if (near) {
      const { kept, confirmedAtMs } = near;
      if (confirmedAtMs === null || Math.abs(nowMs - confirmedAtMs) < confirmedMs) return kept;
      const still = await this.#shared.has(question, kept);
      if (still !== false) {
        if (still) near.confirmedAtMs = nowMs;
        return kept;
      }
      this.#memory.remove(question);
    }
    const kept = await this.#shared.read(question, nowMs);
    if (kept) this.#memory.put(question, kept, nowMs);
    return kept;
  }

  /** Takes what is kept away here and in Postgres; other gateways give it for a second more. Never rejects. */
  async clear(question: Question): Promise<void> {
    this.#memory.remove(question);
    await this.#shared.remove(question);
  }

  /** Here at once, in Postgres as soon as it takes it. Resolves then, to whether it did; never rejects. */
  async keep(question: Question, kept: KeptAnswer): Promise<boolean> {
    if (kept.body.length > bodyBytesMax) return false;
    this.#memory.put(question, kept, null);
    if (!(await this.#shared.write(question, kept))) return false;
    const near = this.#memory.find(question, kept.keptAtMs);
    if (near?.kept === kept) near.confirmedAtMs = kept.keptAtMs;
    return true;
  }
}
