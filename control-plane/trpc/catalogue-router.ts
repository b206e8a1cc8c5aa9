import { z } from "zod";
import { applyProposal } from "../catalogue-imports/apply-proposal.ts";
import type { Change } from "../catalogue-imports/diff-listing.ts";
import { dismissProposal } from "../catalogue-imports/dismiss-proposal.ts";
import { fetchListing } from "../catalogue-imports/fetch-listing.ts";
import { findProposal } from "../catalogue-imports/find-proposal.ts";
import { listing, ofProviders } from "../catalogue-imports/listing.ts";
import { listProposals } from "../catalogue-imports/list-proposals.ts";
import { proposeImport } from "../catalogue-imports/propose-import.ts";
import { runCommand } from "../run-command.ts";
import { after, modelId, pageSize, reference, slug } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

const providers = z.array(slug).max(100).default([]);
const proposal = z.string().min(1).max(80);
const changesPageMax = 500;

/** How many of each kind, and how many of them somebody has to accept. */
const summaryOf = (changes: readonly Change[]) => ({
  endpoints: changes.filter(({ kind }) => kind === "endpoint").length,
  models: new Set(changes.flatMap(({ newModel }) => newModel?.id ?? [])).size,
  prices: changes.filter(({ kind }) => kind === "price").length,
  limits: changes.filter(({ kind }) => kind === "facts").length,
  gone: changes.filter(({ kind }) => kind === "gone").length,
  held: changes.filter(({ guards }) => guards.length > 0).length,
});

export const catalogueRouter = router({
  /**
   * Asks models.dev, OpenRouter or a connected provider for its list, now, and keeps what it would change as a proposal.
   * Nothing is changed. `proposal` is null when nothing would be.
   */
  importList: operatorProcedure
    .input(
      z.discriminatedUnion("from", [
        z.strictObject({ from: z.literal("models.dev"), providers }),
        z.strictObject({ from: z.literal("openrouter"), model: modelId.optional(), providers }),
        z.strictObject({ from: z.literal("provider"), provider: reference, providers }),
      ]),
    )
    .mutation(async ({ ctx, input: { providers: some, ...source } }) => {
      const { db, masterKey } = ctx.runtime;
      const now = ctx.runtime.now();
      const list = await fetchListing(db, source, { masterKey, now });
      const { id, changes, passedOver } = await runCommand(db, (tx) =>
        proposeImport(tx, ofProviders(list, some), { by: ctx.actor.keyId, now }),
      );
      return { proposal: id, ...summaryOf(changes), passedOver };
    }),

  /** The same with a list that the caller read, such as from a file. */
  propose: operatorProcedure.input(z.strictObject({ listing })).mutation(async ({ ctx, input }) => {
    const now = ctx.runtime.now();
    const { id, changes, passedOver } = await runCommand(ctx.runtime.db, (tx) =>
      proposeImport(tx, input.listing, { by: ctx.actor.keyId, now }),
    );
    return { proposal: id, ...summaryOf(changes), passedOver };
  }),

  proposals: operatorProcedure
    .input(z.strictObject({ limit: pageSize, after }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { rows, next } = await listProposals(ctx.runtime.db, input);
      return {
        rows: rows.map((row) => ({
          ...row,
          createdAt: row.createdAt.toISOString(),
          closedAt: row.closedAt?.toISOString() ?? null,
        })),
        next,
      };
    }),

  /** What a proposal would change, each with its number; `next` is the `after` of the next page, or null on the last. */
  proposal: operatorProcedure
    .input(
      z.strictObject({
        proposal,
        limit: z.number().int().min(1).max(changesPageMax).default(100),
        after: z.number().int().min(0).max(100_000).default(0),
      }),
    )
    .query(async ({ ctx, input }) => {
      const found = await findProposal(ctx.runtime.db, input.proposal);
      const end = input.after + input.limit;
      return {
        id: found.id,
        source: found.source,
        asOf: found.asOf,
        status: found.status,
        createdAt: found.createdAt.toISOString(),
        createdBy: found.createdBy,
        closedAt: found.closedAt?.toISOString() ?? null,
        closedBy: found.closedBy,
        outcome: found.outcome,
        passedOver: found.passedOver,
        total: found.changes.length,
        changes: found.changes
          .slice(input.after, end)
          // Prices have many forms; the steps say in one what changes.
          .map(({ before: _before, after: _after, ...change }, at) => ({
            number: input.after + at + 1,
            ...change,
          })),
        next: end < found.changes.length ? end : null,
      };
    }),

  /** Makes a proposal hold, but for what is guarded and not in `accept`. */
  applyProposal: operatorProcedure
    .input(
      z.strictObject({
        proposal,
        accept: z.array(z.string().min(1).max(40)).max(1_000).default([]),
        only: z.array(z.number().int().min(1)).max(5_000).default([]),
      }),
    )
    .mutation(({ ctx, input: { proposal: id, ...choice } }) =>
      runCommand(ctx.runtime.db, (tx) =>
        applyProposal(tx, id, { ...choice, by: ctx.actor.keyId, now: ctx.runtime.now() }),
      ),
    ),

  dismissProposal: operatorProcedure
    .input(z.strictObject({ proposal }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, (tx) =>
        dismissProposal(tx, input.proposal, { by: ctx.actor.keyId, now: ctx.runtime.now() }),
      ),
    ),
});
