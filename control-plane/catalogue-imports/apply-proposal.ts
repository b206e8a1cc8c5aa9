import { isDeepStrictEqual } from "node:util";
import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId, ProposalId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { catalogueProposals, endpoints, models, type PriceSide } from "#schema/tables/catalogue.ts";
import { disableEndpoint } from "../catalogue/disable-endpoint.ts";
import { parsePriceList } from "../catalogue/parse-price-list.ts";
import type { PriceList } from "../catalogue/price-list.ts";
import { signatureOf } from "../catalogue/price-timeline.ts";
import { publishPrice } from "../catalogue/publish-price.ts";
import { putEndpoint } from "../catalogue/put-endpoint.ts";
import { putModel } from "../catalogue/put-model.ts";
import { writePriceList } from "../catalogue/write-price-list.ts";
import { CommandError } from "../command-error.ts";
import { guards, type Change, type Guard } from "./diff-listing.ts";
import { findProposal, type Proposal } from "./find-proposal.ts";
import { readInForce, type CatalogueInForce, type Place } from "./read-in-force.ts";

export type ApplyInput = {
  /** Guards that may be passed, and numbers of changes (from 1) whose guards may; `all` passes everything. */
  accept: readonly string[];
  /** Numbers of the changes that are meant; empty: all of them. */
  only: readonly number[];
  by: string;
  now: Date;
};

/**
 * Makes a proposal hold, in the caller's transaction: new models and endpoints, prices as new lists with their source,
 * limits, and endpoints that are gone out of use. What is guarded and not accepted stays as it is, and so does what was
 * changed by somebody since the proposal was made. Costs are what a list says; a charge follows where it was the same as
 * the cost. Applying twice does nothing the second time.
 * @returns what was done and what was not, a sentence each.
 * @throws {CommandError} not_found; conflict for one that was dismissed; bad_request for a word that accepts nothing.
 */
export async function applyProposal(
  tx: Transaction,
  id: string,
  input: ApplyInput,
): Promise<{
  id: ProposalId;
  changed: boolean;
  done: string[];
  held: string[];
  sequence: number | null;
}> {
  const proposal = await findProposal(tx, id, { lock: true });
  checkWords(input, proposal);
  if (proposal.status === "dismissed")
    throw new CommandError("conflict", `${proposal.id} was dismissed; import the list again`);
  if (proposal.status === "applied")
    return {
      id: proposal.id,
      changed: false,
      ...(proposal.outcome ?? { done: [], held: [] }),
      sequence: null,
    };
  // Config files, imports and the shipped catalogue write one after the other.
  await tx.execute(sql`select pg_advisory_xact_lock(7417071010)`);
  const inForce = await readInForce(tx, input.now);
  const applier = new Applier(tx, proposal, input, inForce);
  for (const [at, change] of proposal.changes.entries()) await applier.apply(change, at + 1);
  const { done, held } = applier;
  await tx
    .update(catalogueProposals)
    .set({ status: "applied", closedAt: input.now, closedBy: input.by, outcome: { done, held } })
    .where(eq(catalogueProposals.id, proposal.id));
  const sequence = done.length === 0 ? null : await recordChange(tx, "catalogue", "");
  return { id: proposal.id, changed: done.length > 0, done, held, sequence };
}

function checkWords({ accept, only }: ApplyInput, { changes }: Proposal): void {
  const numbers = (text: string): boolean =>
    /^\d{1,5}$/.test(text) && +text >= 1 && +text <= changes.length;
  for (const word of accept)
    if (word !== "all" && !(guards as readonly string[]).includes(word) && !numbers(word))
      throw new CommandError(
        "bad_request",
        `accept: expected ${guards.join(", ")}, all, or the number of a change up to ${changes.length}; got ${JSON.stringify(word.slice(0, 40))}`,
      );
  for (const number of only)
    if (!numbers(`${number}`))
      throw new CommandError(
        "bad_request",
        `only: expected numbers of changes from 1 to ${changes.length}; got ${number}`,
      );
}

class Applier {
  readonly done: string[] = [];
  readonly held: string[] = [];
  readonly #tx: Transaction;
  readonly #proposal: Proposal;
  readonly #input: ApplyInput;
  readonly #inForce: CatalogueInForce;

  constructor(tx: Transaction, proposal: Proposal, input: ApplyInput, inForce: CatalogueInForce) {
    this.#tx = tx;
    this.#proposal = proposal;
    this.#input = input;
    this.#inForce = inForce;
  }

  async apply(change: Change, number: number): Promise<void> {
    const { only } = this.#input;
    if (only.length > 0 && !only.includes(number)) return;
    const name = `${change.model} at ${change.provider} (${change.upstreamModel})`;
    const hold = (reason: string) => void this.held.push(`${number}: ${name}: ${reason}`);
    const refused = change.guards.filter((guard) => !this.#accepts(guard, number));
    if (refused.length > 0) return hold(`held for ${refused.join(", ")}`);
    const place = this.#inForce.places.find(
      (each) => each.provider === change.provider && each.upstreamModel === change.upstreamModel,
    );
    if (change.kind === "endpoint") {
      if (place) return hold("is here by now");
      return this.#add(change, name, hold);
    }
    if (!place?.active) return hold("is not in use any more");
    if (change.kind === "gone") {
      await disableEndpoint(this.#tx, place.id);
      this.done.push(`${name}: out of use, since it is not listed any more`);
      return;
    }
    if (change.kind === "facts") return this.#limit(change, place, name, hold);
    return this.#price(change, place, name, hold);
  }

  #accepts(guard: Guard, number: number): boolean {
    const { accept } = this.#input;
    return accept.includes("all") || accept.includes(guard) || accept.includes(`${number}`);
  }

  async #add(change: Change, name: string, hold: (reason: string) => void): Promise<void> {
    const providerId = this.#inForce.providerIds.get(change.provider);
    if (providerId === undefined) return hold("the provider is not connected any more");
    const { newModel, facts } = change;
    const [model] = await this.#tx.select().from(models).where(eq(models.id, change.model));
    if (!model) {
      if (newModel === null)
        return hold("the model is not here, and the list says too little of it");
      const { details, ...rest } = newModel;
      await putModel(this.#tx, { ...rest, details });
      this.done.push(`${change.model}: added`);
    }
    const context = model?.contextLength ?? newModel?.contextLength ?? null;
    const contextLength = facts?.contextLength ?? null;
    const { id } = await putEndpoint(this.#tx, {
      modelId: change.model,
      providerId,
      upstreamModel: change.upstreamModel,
      contextLength: contextLength === context ? null : contextLength,
      maxOutputTokens: facts?.maxOutputTokens ?? null,
    });
    if (change.after !== null)
      for (const side of ["cost", "charge"] as const) await this.#publish(id, side, change.after);
    this.done.push(
      `${name}: added${change.after === null ? " without a price, so it is not sold" : ""}`,
    );
  }

  async #limit(
    change: Change,
    place: Place,
    name: string,
    hold: (reason: string) => void,
  ): Promise<void> {
    const { facts, factsBefore } = change;
    const current = { contextLength: place.contextLength, maxOutputTokens: place.maxOutputTokens };
    if (facts === null || !isDeepStrictEqual(current, factsBefore))
      return hold("its limits were changed since; import again");
    await this.#tx
      .update(endpoints)
      .set({ ...facts, updatedAt: new Date() })
      .where(and(eq(endpoints.id, place.id)));
    this.done.push(
      `${name}: ${facts.contextLength} tokens of context, ${facts.maxOutputTokens ?? "no"} of output at most`,
    );
  }

  async #price(
    change: Change,
    place: Place,
    name: string,
    hold: (reason: string) => void,
  ): Promise<void> {
    const current = place.cost ?? place.charge;
    if (!isDeepStrictEqual(current && writePriceList(current), change.before))
      return hold("its price was changed since; import again");
    if (change.after === null) return hold("what the list gives is no price");
    const follows =
      place.charge === null ||
      (place.cost !== null && signatureOf(place.charge) === signatureOf(place.cost));
    await this.#publish(place.id, "cost", change.after);
    if (follows) await this.#publish(place.id, "charge", change.after);
    const steps = change.steps.map(
      ({ price, before, after, percent }) =>
        `${price} ${before ?? "none"} to ${after}${percent === null ? "" : ` (${percent}%)`}`,
    );
    this.done.push(`${name}: ${steps.join(", ")}${follows ? "" : "; what you charge stays"}`);
  }

  async #publish(endpointId: EndpointId, side: PriceSide, list: PriceList): Promise<void> {
    await publishPrice(this.#tx, {
      endpointId,
      side,
      lines: parsePriceList(list, "after", side),
      effectiveAt: this.#input.now,
      publishedBy: this.#input.by,
      source: this.#proposal.source,
      asOf: this.#proposal.asOf,
    });
  }
}
