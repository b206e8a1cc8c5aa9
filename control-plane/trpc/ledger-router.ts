import { z } from "zod";
import type { Transaction } from "#schema/database.ts";
import { generationUuid, parseId, type AccountId, type OrganizationId } from "#schema/ids.ts";
import { formatDollars } from "#schema/money/amount.ts";
import type { Actor } from "../actor.ts";
import { CommandError } from "../command-error.ts";
import type { Account } from "../ledger/account.ts";
import { balanceAt } from "../ledger/balance-at.ts";
import { findAccount } from "../ledger/find-account.ts";
import { listAccounts } from "../ledger/list-accounts.ts";
import { listEntries, type Entry } from "../ledger/list-entries.ts";
import { listStatementUsage, usageColumns } from "../ledger/list-statement-usage.ts";
import { readBalances, readStatement } from "../ledger/read-statement.ts";
import { readTransfer } from "../ledger/read-transfer.ts";
import { settledInstant } from "../ledger/settled-instant.ts";
import { after, instant, organization, pageSize, reference } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";
import { billingProcedure, router } from "./procedures.ts";

const periodDaysMax = 366;
const dayMs = 86_400_000;
/** A statement is read to its end, so its pages are large: a line is some 400 bytes. */
const lines = z.number().int().min(1).max(1_000, "expected at most 1000 lines a page").default(100);

/** Half open: what was booked at `from` is in it, what was booked at `to` is not. A `to` that is not over yet means now. */
const period = { organization, from: instant, to: instant.optional() };

export const ledgerRouter = router({
  /** An operator's question without an organization is about everybody's accounts, the house's first. */
  accounts: billingProcedure
    .input(
      z
        .strictObject({
          organization,
          at: instant.nullable().default(null),
          limit: pageSize,
          after,
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const everybody = ctx.actor.role === "operator" && input.organization === undefined;
      const organizationId = everybody
        ? null
        : (await organizationOf(db, ctx.actor, input.organization)).id;
      const { rows, next } = await listAccounts(db, {
        organizationId,
        at: input.at,
        limit: input.limit,
        after: input.after === null ? null : accountOf("after", input.after),
      });
      return { rows: rows.map(shownAccount), next };
    }),

  /** By all entries from before `at`, or from before now when that is earlier; the answer says which. */
  balanceAt: billingProcedure
    .input(z.strictObject({ organization, account: reference.optional(), at: instant }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const account = await accountAsked(db, ctx.actor, input);
      const at = earlier(input.at, await settledInstant(db, account.id));
      const { balance, version } = await balanceAt(db, account.id, at);
      return {
        account: account.id,
        at: at.toISOString(),
        balance: formatDollars(balance),
        entries: version,
      };
    }),

  entries: billingProcedure
    .input(
      z
        .strictObject({
          organization,
          account: reference.optional(),
          order: z.enum(["newest", "oldest"]).default("newest"),
          limit: pageSize,
          after,
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const account = await accountAsked(db, ctx.actor, input);
      const page = await listEntries(db, {
        account: account.id,
        order: input.order,
        limit: input.limit,
        after: input.after === null ? null : versionOf(input.after),
      });
      return {
        account: shownAccount(account),
        rows: page.rows.map(shownEntry),
        next: page.next === null ? null : String(page.next),
      };
    }),

  /** Once it was given for a period it never changes. Lines come oldest first; totals come with the first page only. */
  statement: billingProcedure
    .input(z.strictObject({ ...period, limit: lines, after }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id, slug } = await organizationOf(db, ctx.actor, input.organization);
      const cursor = input.after === null ? null : cursorOf(input.after);
      const asked = await periodAsked(db, id, { from: input.from, to: cursor?.to ?? input.to });
      const { opening, closing, totals } =
        cursor === null
          ? await readStatement(db, asked)
          : { ...(await readBalances(db, asked)), totals: null };
      const page = await listEntries(db, {
        account: asked.account,
        above: opening.version,
        through: closing.version,
        order: "oldest",
        limit: input.limit,
        after: cursor?.version ?? null,
      });
      return {
        organization: { id, slug },
        account: asked.account,
        from: asked.from.toISOString(),
        to: asked.to.toISOString(),
        opening: formatDollars(opening.balance),
        closing: formatDollars(closing.balance),
        totals: totals?.map((total) => ({ ...total, amount: formatDollars(total.amount) })) ?? null,
        lines: {
          rows: page.rows.map(shownEntry),
          next: page.next === null ? null : `${page.next}.${asked.to.getTime()}`,
        },
      };
    }),

  /** What the usage of a statement is made of; the sums are its totals of usage and of corrections of usage. */
  usage: billingProcedure
    .input(
      z.strictObject({
        ...period,
        by: z.array(z.enum(usageColumns)).max(usageColumns.length).default(["model", "key"]),
        limit: pageSize,
        after,
      }),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id } = await organizationOf(db, ctx.actor, input.organization);
      const cursor = input.after === null ? null : cursorOf(input.after);
      const asked = await periodAsked(db, id, { from: input.from, to: cursor?.to ?? input.to });
      const { opening, closing } = await readBalances(db, asked);
      const { rows, next } = await listStatementUsage(db, {
        account: asked.account,
        above: opening.version,
        through: closing.version,
        by: input.by,
        limit: input.limit,
        after: cursor?.version ?? 0,
      });
      return {
        rows: rows.map((row) => ({
          ...row,
          charged: formatDollars(row.charged),
          givenBack: formatDollars(row.givenBack),
        })),
        next: next === null ? null : `${next}.${asked.to.getTime()}`,
      };
    }),

  /** One transfer whole. Of the house's accounts only an operator sees the balances. */
  transfer: billingProcedure
    .input(z.strictObject({ transfer: reference, limit: pageSize, after }))
    .query(async ({ ctx, input }) => {
      const id = parseId("transfer", input.transfer);
      if (id === null)
        throw new CommandError("bad_request", "transfer: expected the id of a transfer (tr_…)");
      const uuid = input.after === null ? null : generationUuid(input.after);
      if (uuid === null && input.after !== null) throw notACursor();
      const within = withinOf(ctx.actor);
      const found = await readTransfer(ctx.runtime.db, {
        id,
        within,
        limit: input.limit,
        after: uuid,
      });
      return {
        ...found,
        amount: formatDollars(found.amount),
        at: found.at.toISOString(),
        eventAt: found.eventAt.toISOString(),
        sides: found.sides.map((side) => {
          const isShown = within === null || side.organizationId === within;
          return {
            ...side,
            amount: formatDollars(side.amount),
            balanceBefore: isShown ? formatDollars(side.balanceBefore) : null,
            balanceAfter: isShown ? formatDollars(side.balanceAfter) : null,
          };
        }),
        givenBack: formatDollars(found.givenBack),
        correctedBy: found.correctedBy.map((correction) => ({
          ...correction,
          amount: formatDollars(correction.amount),
          at: correction.at.toISOString(),
        })),
        generations: {
          rows: found.generations.rows.map((generation) => ({
            ...generation,
            amount: formatDollars(generation.amount),
            givenBack: formatDollars(generation.givenBack),
            admittedAt: generation.admittedAt.toISOString(),
          })),
          next: found.generations.next,
        },
      };
    }),
});

/** Whose accounts an actor may see; null is everybody's. */
const withinOf = (actor: Actor): OrganizationId | null =>
  actor.role === "operator" ? null : actor.organizationId;

async function accountAsked(
  tx: Transaction,
  actor: Actor,
  input: { organization?: string | undefined; account?: string | undefined },
): Promise<Account> {
  if (input.account !== undefined) {
    if (input.organization !== undefined)
      throw new CommandError(
        "bad_request",
        "account: expected an account or an organization, not both",
      );
    const account = accountOf("account", input.account);
    return findAccount(tx, { account, within: withinOf(actor) });
  }
  const { id } = await organizationOf(tx, actor, input.organization);
  return findAccount(tx, { creditOf: id });
}

async function periodAsked(
  db: Transaction,
  organizationId: OrganizationId,
  asked: { from: Date; to: Date | undefined },
): Promise<{ account: AccountId; from: Date; to: Date }> {
  const { id: account } = await findAccount(db, { creditOf: organizationId });
  const settled = await settledInstant(db, account);
  const to = asked.to === undefined ? settled : earlier(asked.to, settled);
  if (asked.from > to) {
    throw new CommandError(
      "bad_request",
      `from: expected an instant before ${to.toISOString()}, the end of the period; got ${asked.from.toISOString()}`,
    );
  }
  if (to.getTime() - asked.from.getTime() > periodDaysMax * dayMs)
    throw new CommandError("bad_request", `from: a period has at most ${periodDaysMax} days`);
  return { account, from: asked.from, to };
}

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);

function accountOf(field: string, text: string): AccountId {
  const id = parseId("account", text);
  if (id === null)
    throw new CommandError("bad_request", `${field}: expected the id of an account (acct_…)`);
  return id;
}

/** `<rows or version>.<end of the period in epoch milliseconds>`: every page is about the same period. */
function cursorOf(text: string): { version: number; to: Date } {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text);
  if (!match) throw notACursor();
  return { version: Number(match[1]), to: new Date(Number(match[2])) };
}

function versionOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw notACursor();
  return Number(text);
}

const notACursor = (): CommandError =>
  new CommandError("bad_request", "after: expected `next` of the page before, unchanged");

const shownAccount = (account: Account) => ({
  ...account,
  balance: formatDollars(account.balance),
});

const shownEntry = (entry: Entry) => ({
  ...entry,
  at: entry.at.toISOString(),
  amount: formatDollars(entry.amount),
  balance: formatDollars(entry.balance),
});
