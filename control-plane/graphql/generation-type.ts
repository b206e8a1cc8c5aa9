/** `Generation` and what it is made of. */
import { generationIdOf } from "#schema/ids.ts";
import { completionMeters, meters, promptMeters, sum } from "#schema/meters.ts";
import { outcomes, type AttemptRecord, type Outcome } from "#schema/usage-record.ts";
import { countsOf, meterColumns } from "../usage/counts-of.ts";
import type { Generation, GenerationKey } from "../usage/generation.ts";
import { builder } from "./builder.ts";

const outcomeNames = {
  complete: "all of it arrived",
  broken: "the provider failed after content had come",
  "hung-up": "the client left before the end",
  failed: "no content ever came",
  recovered: "closed after a crash, from what the spool proves",
} as const satisfies Record<Outcome, string>;

export const OutcomeEnum = builder.enumType("Outcome", {
  description: "How a generation ended.",
  values: Object.fromEntries(
    outcomes.map((outcome) => [
      outcome.toUpperCase().replace("-", "_"),
      { value: outcome, description: outcomeNames[outcome] },
    ]),
  ) as Record<string, { value: Outcome; description: string }>,
});

export const KeyType = builder.objectRef<GenerationKey>("Key").implement({
  description: "An API key, as far as a report needs it. Never the secret.",
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name", {
      nullable: true,
      description: "Null for a key that is not known any more.",
    }),
  }),
});

const MetersType = builder.objectRef<Generation>("Meters").implement({
  description: "What was used. Meters are disjoint: every token is in exactly one of them.",
  fields: (t) =>
    Object.fromEntries(
      meters.map((meter) => [
        meterColumns[meter],
        t.field({ type: "Count", resolve: (generation) => generation[meterColumns[meter]] }),
      ]),
    ),
});

const TimingsType = builder.objectRef<Generation>("Timings").implement({
  fields: (t) => ({
    admittedAt: t.expose("admittedAt", {
      type: "DateTime",
      description: "When the request was let in; reports count it at this instant.",
    }),
    firstTokenMs: t.exposeInt("firstTokenMs", {
      nullable: true,
      description: "Milliseconds to the first content; null when none came.",
    }),
    durationMs: t.exposeInt("durationMs", {
      description: "Milliseconds from admission to the end.",
    }),
    postedAt: t.expose("postedAt", { type: "DateTime", description: "When it was booked." }),
  }),
});

const AttemptType = builder.objectRef<AttemptRecord>("Attempt").implement({
  description: "One try at one endpoint. The last one answered, unless every one failed.",
  fields: (t) => ({
    endpoint: t.exposeID("endpoint"),
    provider: t.exposeString("provider"),
    model: t.exposeString("model"),
    status: t.exposeInt("status", {
      nullable: true,
      description: "The provider's HTTP status; null when it did not answer.",
    }),
    failure: t.exposeString("failure", {
      nullable: true,
      description: "Why it failed; null for the one that answered.",
    }),
    durationMs: t.exposeInt("durationMs"),
  }),
});

export const GenerationType = builder.objectRef<Generation>("Generation").implement({
  description: "One answered (or failed) request, as it was booked.",
  fields: (t) => ({
    id: t.id({
      description: "`gen-…`, as the client saw it.",
      resolve: (generation) => generationIdOf(generation.id),
    }),
    requestedModel: t.exposeString("requestedModel"),
    model: t.exposeString("modelId", { description: "The model that answered." }),
    provider: t.exposeString("provider", {
      nullable: true,
      description: "Null when no provider was reached.",
    }),
    key: t.field({
      type: KeyType,
      resolve: (generation) => ({ id: generation.keyId, name: generation.keyName }),
    }),
    app: t.exposeString("app", {
      description: "What the client called itself; empty when it did not.",
    }),
    externalUser: t.exposeString("externalUser", { nullable: true }),
    session: t.exposeString("sessionId", { nullable: true }),
    streamed: t.exposeBoolean("streamed"),
    cancelled: t.exposeBoolean("cancelled"),
    outcome: t.field({ type: OutcomeEnum, resolve: (generation) => generation.outcome }),
    finishReason: t.exposeString("finishReason", { nullable: true }),
    nativeFinishReason: t.exposeString("nativeFinishReason", {
      nullable: true,
      description: "The provider's own word.",
    }),
    error: t.exposeString("error", { nullable: true }),
    responseCacheSource: t.id({
      nullable: true,
      description:
        "The generation whose kept answer was given again, without a provider and for nothing; null when it was not.",
      resolve: ({ responseCacheSourceId: source }) =>
        source === null ? null : generationIdOf(source),
    }),
    meters: t.field({ type: MetersType, resolve: (generation) => generation }),
    promptTokens: t.field({
      type: "Count",
      resolve: (generation) => sum(countsOf(generation), promptMeters),
    }),
    completionTokens: t.field({
      type: "Count",
      resolve: (generation) => sum(countsOf(generation), completionMeters),
    }),
    usageSource: t.exposeString("usageSource", {
      description: "`reported` by the provider, `estimated` by us, or `none`.",
    }),
    charge: t.expose("charge", { type: "Dollars", description: "What the organization paid." }),
    refunded: t.expose("refunded", {
      type: "Dollars",
      description: "What was given back of the charge, by corrections in the ledger.",
    }),
    cost: t.field({
      type: "Dollars",
      nullable: true,
      description: "What we paid the provider; null unless an operator asks.",
      resolve: (generation, _arguments, { actor }) =>
        actor.role === "operator" ? generation.cost : null,
    }),
    timings: t.field({ type: TimingsType, resolve: (generation) => generation }),
    attempts: t.field({
      type: [AttemptType],
      complexity: { field: 1, multiplier: 3 },
      resolve: (generation) => [...generation.attempts],
    }),
  }),
});
