/**
 * Kept answers in Postgres, for the other gateways and for what is too large for memory. Sealed under MASTER_KEY for the key
 * and question they belong to, since they are what clients were told. Every failure is a miss: nobody waits for long, and
 * nobody is refused, because an answer is not here.
 */
import type { Sql } from "#schema/client.ts";
import { keptAnswerBytesMax } from "#schema/kept-answers.ts";
import { sealBytes, unsealBytes, type MasterKeys } from "#schema/secrets.ts";
import { withinMs } from "../patience.ts";
import {
  expiresAtMs,
  packKept,
  unpackKept,
  type KeptAnswer,
  type Question,
} from "./kept-answer.ts";

export type SharedBounds = {
  keyAnswersMax: number;
  keyBytesMax: number;
  /** Of all keys; gateways together may go over it by `creditBytesMax` each. */
  bytesMax: number;
  creditBytesMax: number;
};

export const sharedBounds: SharedBounds = {
  keyAnswersMax: 1_000,
  keyBytesMax: 64_000_000,
  bytesMax: 1_000_000_000,
  creditBytesMax: 16_000_000,
};

const readMs = 500; // an indexed select takes less than one; a new connection to a busy Postgres takes some hundred
const writeMs = 2_000;
/** After a failure nobody asks Postgres again for so long. */
const awayMs = 1_000;
const readsMax = 64;
const writingBytesMax = 16_000_000;
const creditMs = 5_000;

type Row = { sealed: Buffer };

export class SharedShelf {
  readonly #client: Sql;
  readonly #masterKeys: MasterKeys;
  readonly #bounds: SharedBounds;
  #awayUntilMs = Number.NEGATIVE_INFINITY;
  #reads = 0;
  #writingBytes = 0;
  /** How much may be written before it is asked again how much there is. */
  #credit = { bytes: 0, untilMs: Number.NEGATIVE_INFINITY };
  /** Times that it could not be asked, or what it had could not be read. */
  failures = 0;

  /** @param client of its own, so that nothing here takes a connection from leases and keys */
  constructor(client: Sql, masterKeys: MasterKeys, bounds: SharedBounds = sharedBounds) {
    this.#client = client;
    this.#masterKeys = masterKeys;
    this.#bounds = bounds;
  }

  /** Null: there is none, or it cannot be known whether there is. Never rejects. */
  async read(question: Question, nowMs: number): Promise<KeptAnswer | null> {
    const rows = await this.#ask(
      (client) =>
        client<Row[]>`
          select sealed from response_cache where key_id = ${question.keyId} and digest = ${question.digest}
            and expires_at > ${new Date(nowMs)}`,
    );
    const sealed = rows?.[0]?.sealed;
    if (!sealed) return null;
    try {
      const kept = await unpackKept(unsealBytes(sealed, contextOf(question), this.#masterKeys));
      return expiresAtMs(kept) > nowMs ? kept : null;
    } catch {
      this.failures++; // sealed under another MASTER_KEY, or by another version: it is replaced by what is answered now
      return null;
    }
  }

  /** Whether it still has the very answer that memory has; null: not known. Never rejects. */
  async has(question: Question, { keptAtMs }: KeptAnswer): Promise<boolean | null> {
    const rows = await this.#ask(
      (client) =>
        client<{ is: boolean }[]>`
          select created_at = ${new Date(keptAtMs)} as is from response_cache
          where key_id = ${question.keyId} and digest = ${question.digest}`,
    );
    return rows && (rows[0]?.is ?? false);
  }

  async #ask<Answer>(statement: (client: Sql) => Promise<Answer>): Promise<Answer | null> {
    if (performance.now() < this.#awayUntilMs || this.#reads >= readsMax) return null;
    this.#reads++;
    try {
      return await withinMs(statement(this.#client), readMs);
    } catch {
      this.#failed();
      return null;
    } finally {
      this.#reads--;
    }
  }

  /**
   * Puts an answer in the place of an older one for the same question, and takes away the oldest of this key that are over
   * its share, in one statement. Answers whether it is there now. Never rejects.
   */
  async write(question: Question, kept: KeptAnswer): Promise<boolean> {
    const { length } = kept.body;
    if (performance.now() < this.#awayUntilMs || this.#writingBytes + length > writingBytesMax)
      return false;
    this.#writingBytes += length;
    try {
      const sealed = sealBytes(await packKept(kept), contextOf(question), this.#masterKeys);
      if (sealed.length > keptAnswerBytesMax) return false;
      if (!(await withinMs(this.#mayTake(sealed.length), writeMs))) return false;
      await withinMs(this.#insert(question, kept, sealed), writeMs);
      return true;
    } catch {
      this.#failed();
      return false;
    } finally {
      this.#writingBytes -= length;
    }
  }

  async #insert(question: Question, kept: KeptAnswer, sealed: Buffer): Promise<void> {
    const { keyId, digest, organizationId } = question;
    const { keyAnswersMax, keyBytesMax } = this.#bounds;
    // The ranking sees the table as it was before the insert, so the new row is left out of it and counted beside it.
    const client = this.#client;
    await client`
      with added as (
        insert into response_cache (key_id, digest, organization_id, sealed, bytes, created_at, expires_at)
        values (${keyId}, ${digest}, ${organizationId}, ${sealed}, ${sealed.length}, ${new Date(kept.keptAtMs)}, ${new Date(expiresAtMs(kept))})
        on conflict (key_id, digest) do update set sealed = excluded.sealed, bytes = excluded.bytes,
          created_at = excluded.created_at, expires_at = excluded.expires_at
      ), ranked as (
        select digest, row_number() over newest as place, sum(bytes) over newest as total
        from response_cache where key_id = ${keyId} and digest <> ${digest}
        window newest as (order by created_at desc, digest)
      )
      delete from response_cache r using ranked
      where r.key_id = ${keyId} and r.digest = ranked.digest
        and (ranked.place >= ${keyAnswersMax} or ranked.total + ${sealed.length} > ${keyBytesMax})`;
  }

  /** @throws when Postgres is away. */
  async #mayTake(bytes: number): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs > this.#credit.untilMs || bytes > this.#credit.bytes) {
      const client = this.#client;
      const [row] = await client<{ used: number }[]>`
        select coalesce(sum(bytes), 0)::float8 as used from response_cache`;
      const { bytesMax, creditBytesMax } = this.#bounds;
      const left = Math.min(creditBytesMax, bytesMax - (row?.used ?? bytesMax));
      this.#credit = { bytes: left, untilMs: nowMs + creditMs };
    }
    if (bytes > this.#credit.bytes) return false;
    this.#credit.bytes -= bytes;
    return true;
  }

  /** Takes an answer away; the others' memories notice when they ask whether it is still here. Never rejects. */
  async remove({ keyId, digest }: Question): Promise<void> {
    await this.#ask(
      () => this.#client`delete from response_cache where key_id = ${keyId} and digest = ${digest}`,
    );
  }

  #failed(): void {
    this.failures++;
    this.#awayUntilMs = performance.now() + awayMs;
  }
}

const contextOf = ({ keyId, digest }: Question): string => `response_cache ${keyId} ${digest}`;
