/** Looks once a second how much room the disk has, and tells the spool before a write has to find out. */
import { statfs } from "node:fs/promises";
import type { Spool } from "./spool.ts";

const checkMs = 1_000;
// Space that comes and goes around the limit must not open and close the door every second.
const enoughAgainPercent = 110;

export class DiskSpace {
  readonly #spool: Pick<Spool, "folder" | "setShort">;
  readonly #freeBytesMin: number;
  readonly #measure: (folder: string) => Promise<number>;
  readonly #makeRoom: () => void;
  #short = false;
  #timer: NodeJS.Timeout | null = null;
  /** As last seen; -1 before that. */
  freeBytes = -1;

  /**
   * @param options.freeBytesMin below this no new work is taken; Postgres may be on the same disk and needs some too.
   * @param options.makeRoom gives up what is only kept to be safe, before new work is refused.
   */
  constructor(
    spool: Pick<Spool, "folder" | "setShort">,
    options: {
      freeBytesMin: number;
      makeRoom?: () => void;
      measure?: (folder: string) => Promise<number>;
    },
  ) {
    this.#spool = spool;
    this.#freeBytesMin = options.freeBytesMin;
    this.#measure = options.measure ?? freeBytesOf;
    this.#makeRoom = options.makeRoom ?? (() => {});
  }

  start(): void {
    void this.check();
    this.#timer = setInterval(() => void this.check(), checkMs);
    this.#timer.unref();
  }

  /** A disk that cannot be asked is left to the writes, which say what is wrong. */
  async check(): Promise<void> {
    let free = await this.#look();
    if (free !== null && free < this.#limit) {
      this.#makeRoom();
      free = await this.#look();
    }
    if (free === null) return;
    this.freeBytes = free;
    this.#short = free < this.#limit;
    this.#spool.setShort(
      this.#short ? `${free} bytes are free where ${this.#freeBytesMin} are wanted` : null,
    );
  }

  get #limit(): number {
    return this.#short ? (this.#freeBytesMin * enoughAgainPercent) / 100 : this.#freeBytesMin;
  }

  #look(): Promise<number | null> {
    return this.#measure(this.#spool.folder).catch(() => null);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }
}

/** What an ordinary user may still write. */
async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
