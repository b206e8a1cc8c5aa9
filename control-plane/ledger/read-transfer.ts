import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import {
  generationIdOf,
  type AccountId,
  type GenerationId,
  type KeyId,
  type OrganizationId,
  type TransferId,
} from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import type { AccountKind, TransferKind } from "#schema/tables/ledger.ts";
import { CommandError } from "../command-error.ts";
import { referenceOf } from "./reference-of.ts";

export type TransferSide = {
  account: AccountId;
  kind: AccountKind;
  organizationId: OrganizationId | null;
  organization: string | null;
  provider: string | null;
  amount: Picodollars;
  balanceBefore: Picodollars;
  balanceAfter: Picodollars;
};
export type Correction = {
  id: TransferId;
  kind: TransferKind;
  amount: Picodollars;
  at: Date;
  generation: GenerationId | null;
  note: string | null;
};
export type TransferGeneration = {
  id: GenerationId;
  model: string;
  keyId: KeyId;
  admittedAt: Date;
  /** What this transfer moved for it: the charge of a usage transfer, the cost of a cost transfer. */
  amount: Picodollars;
  /** Of the charge; zero in a cost transfer. */
  givenBack: Picodollars;
};
export type TransferDetail = {
  id: TransferId;
  kind: TransferKind;
  amount: Picodollars;
  at: Date;
  eventAt: Date;
  actor: string;
  note: string | null;
  reference: string | null;
  sides: TransferSide[];
  corrects: { transfer: TransferId; generation: GenerationId | null } | null;
  /** What was given back of it in all, by how many transfers, and the newest of these. */
  givenBack: Picodollars;
  corrections: number;
  correctedBy: Correction[];
  generations: { rows: TransferGeneration[]; next: GenerationId | null };
};

/** More than anybody reads at once; `corrections` says how many there are, and the entries of the account have them all. */
const correctionsShownMax = 100;

/**
 * A transfer with its two entries, what it corrects and what corrects it, and a page of the generations that name it.
 * @param asked.within an organization: a transfer that does not touch its credit is not found.
 *   `after`: the UUID of the last generation of the page before.
 * @throws {CommandError} not_found.
 */
export async function readTransfer(
  tx: Transaction,
  asked: {
    id: TransferId;
    within: OrganizationId | null;
    limit: number;
    after: string | null;
  },
): Promise<TransferDetail> {
  const [transfer] = await tx.execute<{
    kind: TransferKind;
    amount: string;
    at: string;
    event_at: string;
    actor: string;
    note: string | null;
    idempotency_key: string | null;
    corrects_transfer_id: TransferId | null;
    corrects_generation_id: string | null;
  }>(sql`
    select kind, amount::text, trunc(extract(epoch from created_at) * 1000)::text as at,
           trunc(extract(epoch from event_at) * 1000)::text as event_at, actor, note, idempotency_key, corrects_transfer_id,
           corrects_generation_id::text
      from transfers where id = ${asked.id}`);
  const sides = transfer === undefined ? [] : await readSides(tx, asked.id);
  const touches = sides.some((side) => side.organizationId === asked.within);
  if (!transfer || (asked.within !== null && !touches)) {
    throw new CommandError(
      "not_found",
      `transfer: none has the id ${asked.id}; ledger.entries lists those of an account`,
    );
  }
  const back = await readCorrections(tx, asked.id);
  return {
    id: asked.id,
    kind: transfer.kind,
    amount: picodollars(BigInt(transfer.amount)),
    at: new Date(+transfer.at),
    eventAt: new Date(+transfer.event_at),
    actor: transfer.actor,
    note: transfer.note,
    reference: referenceOf(transfer.idempotency_key),
    sides,
    corrects:
      transfer.corrects_transfer_id === null
        ? null
        : {
            transfer: transfer.corrects_transfer_id,
            generation:
              transfer.corrects_generation_id === null
                ? null
                : generationIdOf(transfer.corrects_generation_id),
          },
    ...back,
    generations: await listGenerationsOf(tx, { ...asked, kind: transfer.kind }),
  };
}

async function readSides(tx: Transaction, id: TransferId): Promise<TransferSide[]> {
  const rows = await tx.execute<{
    account: AccountId;
    kind: AccountKind;
    organization_id: OrganizationId | null;
    organization: string | null;
    provider: string | null;
    amount: string;
    balance_before: string;
    balance_after: string;
  }>(sql`
    select a.id as account, a.kind, a.organization_id, o.slug as organization, p.slug as provider, e.amount::text,
           e.balance_before::text, e.balance_after::text
      from entries e join accounts a on a.id = e.account_id
      left join organizations o on o.id = a.organization_id
      left join providers p on p.id = a.provider_id
     where e.transfer_id = ${id} order by e.amount`);
  return rows.map((row) => ({
    account: row.account,
    kind: row.kind,
    organizationId: row.organization_id,
    organization: row.organization,
    provider: row.provider,
    amount: picodollars(BigInt(row.amount)),
    balanceBefore: picodollars(BigInt(row.balance_before)),
    balanceAfter: picodollars(BigInt(row.balance_after)),
  }));
}

async function readCorrections(
  tx: Transaction,
  id: TransferId,
): Promise<Pick<TransferDetail, "givenBack" | "corrections" | "correctedBy">> {
  const rows = await tx.execute<{
    id: TransferId;
    kind: TransferKind;
    amount: string;
    at: string;
    generation: string | null;
    note: string | null;
    all: string;
    corrections: string;
  }>(sql`
    select id, kind, amount::text, trunc(extract(epoch from created_at) * 1000)::text as at, corrects_generation_id::text as generation,
           note, (sum(amount) over ())::text as all, (count(*) over ())::text as corrections
      from transfers where corrects_transfer_id = ${id} order by created_at desc, id limit ${correctionsShownMax}`);
  return {
    givenBack: picodollars(BigInt(rows[0]?.all ?? "0")),
    corrections: +(rows[0]?.corrections ?? "0"),
    correctedBy: rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      amount: picodollars(BigInt(row.amount)),
      at: new Date(+row.at),
      generation: row.generation === null ? null : generationIdOf(row.generation),
      note: row.note,
    })),
  };
}

async function listGenerationsOf(
  tx: Transaction,
  page: { id: TransferId; kind: TransferKind; limit: number; after: string | null },
): Promise<TransferDetail["generations"]> {
  if (page.kind !== "usage" && page.kind !== "cost") return { rows: [], next: null };
  const usage = page.kind === "usage";
  const rows = await tx.execute<{
    id: string;
    model: string;
    key_id: KeyId;
    at: string;
    amount: string;
    given_back: string;
  }>(sql`
    select g.id::text, g.model_id as model, g.key_id, trunc(extract(epoch from g.admitted_at) * 1000)::text as at,
           ${usage ? sql`g.charge` : sql`g.cost`}::text as amount,
           ${usage ? sql`(select coalesce(sum(c.amount), 0) from transfers c where c.corrects_transfer_id = ${page.id} and c.corrects_generation_id = g.id)` : sql`0`}::text as given_back
      from generations g
     where ${usage ? sql`g.charge_transfer_id` : sql`g.cost_transfer_id`} = ${page.id}
       and ${page.after === null ? sql`true` : sql`g.id > ${page.after}::uuid`}
     order by g.id limit ${page.limit + 1}`);
  const shown = rows.slice(0, page.limit).map((row) => ({
    id: generationIdOf(row.id),
    model: row.model,
    keyId: row.key_id,
    admittedAt: new Date(+row.at),
    amount: picodollars(BigInt(row.amount)),
    givenBack: picodollars(BigInt(row.given_back)),
  }));
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
}
