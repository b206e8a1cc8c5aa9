/**
 * Makes the database say what a configuration says, by the same verbs as every other door. What the file does not
 * mention stays as it is; what is there already is not done again, so a second time changes nothing.
 */
import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId, OrganizationId, ProviderId } from "#schema/ids.ts";
import { parseDollars, showDollars } from "#schema/money/amount.ts";
import { providerKeys, providers, type PriceSide } from "#schema/tables/catalogue.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { keys } from "#schema/tables/keys.ts";
import { organizations } from "#schema/tables/organizations.ts";
import type { MasterKeys } from "#schema/secrets.ts";
import { connectProvider } from "../catalogue/connect-provider.ts";
import { findEndpoint } from "../catalogue/find-endpoint.ts";
import { defaultKeyName } from "../catalogue/set-provider-key.ts";
import { putEndpoint } from "../catalogue/put-endpoint.ts";
import { putModel } from "../catalogue/put-model.ts";
import { CommandError } from "../command-error.ts";
import { grantCredits } from "../credits/grant-credits.ts";
import { mintKey } from "../keys/mint-key.ts";
import { updateKey } from "../keys/update-key.ts";
import { createOrganization } from "../organizations/create-organization.ts";
import { findWorkspace } from "../workspaces/find-workspace.ts";
import type {
  Configuration,
  EndpointConfiguration,
  ListConfiguration,
  ModelConfiguration,
  OrganizationConfiguration,
  ProviderConfiguration,
} from "./configuration.ts";
import { applyLimits, applyWorkspaces, type Done } from "./apply-limits.ts";
import { applyPriceLists } from "./apply-price-lists.ts";
import type { KeySecrets } from "./save-secrets.ts";

export type ApplyContext = {
  /** Seals provider keys. */
  masterKey: MasterKeys;
  /** Where `key_env` is looked up. */
  environment: Record<string, string | undefined>;
  /** Who is named in transfers and price lists. */
  actor: string;
  now: Date;
};

export type Applied = {
  /** What was done, a sentence each; empty when everything was so already. */
  changes: string[];
  /** What the file says and was left alone, a sentence each. */
  notes: string[];
  /** Secrets of the keys that were minted. Save them before the transaction commits: they cannot be read again. */
  secrets: KeySecrets;
  /** The last change that gateways must hear of, or null when there is none. */
  sequence: number | null;
};

/** A grant by the config file is made once per organization. */
export const grantKeyOf = (slug: string): string => `config:${slug}:credits`;

/**
 * Applies all of it in the caller's transaction. Two at once wait for each other.
 * @throws {CommandError} bad_request when a provider's `key_env` is not set and no key is known from before.
 */
export async function applyConfiguration(
  tx: Transaction,
  configuration: Configuration,
  context: ApplyContext,
): Promise<Applied> {
  await tx.execute(sql`select pg_advisory_xact_lock(7417071010)`);
  const applied: Applied = { changes: [], notes: [], secrets: {}, sequence: null };
  for (const provider of configuration.providers)
    await applyProvider(tx, provider, context, applied);
  const providerIds = await findProviders(tx, configuration.models);
  for (const model of configuration.models)
    await applyModel(tx, model, providerIds, context, applied);
  for (const organization of configuration.organizations)
    await applyOrganization(tx, organization, context, applied);
  return applied;
}

async function applyProvider(
  tx: Transaction,
  provider: ProviderConfiguration,
  context: ApplyContext,
  applied: Applied,
): Promise<void> {
  const [known] = await tx.select().from(providers).where(eq(providers.slug, provider.slug));
  const knownKeys =
    known === undefined
      ? []
      : await tx
          .select({ name: providerKeys.name })
          .from(providerKeys)
          .where(eq(providerKeys.providerId, known.id));
  const names = new Set(knownKeys.map(({ name }) => name));
  const { changed, removedKeys, sequence } = await connectProvider(
    tx,
    {
      slug: provider.slug,
      name: provider.name ?? known?.name ?? provider.slug,
      protocol: provider.protocol as WireProtocolName,
      baseUrl: provider.base_url,
      key: keyOf(provider, context, names),
      keys: provider.keys.map(({ name, weight, ...given }) => ({
        name,
        weight,
        key: given.key ?? keyOfVariable(provider.slug, given.key_env, context, names.has(name)),
      })),
      allowPrivateNetwork: provider.allow_private_network,
      flags: provider.flags,
    },
    context.masterKey,
  );
  note(
    applied,
    changed,
    `provider ${provider.slug} ${known === undefined ? "connected" : "changed"}`,
    sequence,
  );
  for (const name of removedKeys)
    applied.notes.push(
      `provider ${provider.slug}: its key ${name} was given for another host than that of base_url, so it was removed; ` +
        `to go on using it, run: turnpike providers keys add ${provider.slug} --name ${name}`,
    );
}

/** Text is the key, null is none, undefined keeps what is known. */
function keyOf(
  provider: ProviderConfiguration,
  context: ApplyContext,
  knownKeys: ReadonlySet<string>,
): string | null | undefined {
  if (provider.key !== undefined) return provider.key;
  if (provider.key_env !== undefined)
    return keyOfVariable(provider.slug, provider.key_env, context, knownKeys.has(defaultKeyName));
  // Without any the provider is called without one, except by keys that were added beside the file.
  const others = provider.keys.length > 0 || [...knownKeys].some((name) => name !== defaultKeyName);
  return others ? undefined : null;
}

function keyOfVariable(
  slug: string,
  variable: string | undefined,
  { environment }: ApplyContext,
  keyIsKnown: boolean,
): string | undefined {
  const key = variable === undefined ? undefined : environment[variable]?.trim();
  if (key) return key;
  // The file may be applied again where the variable is not set, and an export names variables that nobody set yet.
  if (keyIsKnown) return undefined;
  throw new CommandError(
    "bad_request",
    `provider ${slug}: key_env names ${variable}, which is not set in the environment; set it, or give key`,
  );
}

async function findProviders(
  tx: Transaction,
  models: readonly ModelConfiguration[],
): Promise<Map<string, ProviderId>> {
  const slugs = [
    ...new Set(models.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider))),
  ];
  if (slugs.length === 0) return new Map();
  const rows = await tx
    .select({ id: providers.id, slug: providers.slug })
    .from(providers)
    .where(inArray(providers.slug, slugs));
  return new Map(rows.map(({ id, slug }) => [slug, id]));
}

async function applyModel(
  tx: Transaction,
  model: ModelConfiguration,
  providerIds: ReadonlyMap<string, ProviderId>,
  context: ApplyContext,
  applied: Applied,
): Promise<void> {
  const { changed, sequence } = await putModel(tx, {
    id: model.id,
    name: model.name ?? model.id,
    ...(model.description === undefined ? {} : { description: model.description }),
    contextLength: model.context_length,
    maxOutputTokens: model.max_output_tokens ?? null,
    inputModalities: model.input_modalities,
    outputModalities: model.output_modalities,
    supportedParameters: model.supported_parameters,
    tokenizer: model.tokenizer,
    details: model.details,
  });
  note(applied, changed, `model ${model.id} set`, sequence);
  for (const endpoint of model.endpoints) {
    const providerId = providerIds.get(endpoint.provider);
    if (providerId === undefined) {
      throw new CommandError(
        "not_found",
        `model ${model.id}: there is no provider "${endpoint.provider}"; list it under providers`,
      );
    }
    await applyEndpoint(tx, model.id, providerId, endpoint, context, applied);
  }
}

async function applyEndpoint(
  tx: Transaction,
  modelId: string,
  providerId: ProviderId,
  endpoint: EndpointConfiguration,
  context: ApplyContext,
  applied: Applied,
): Promise<void> {
  const { id, changed, sequence } = await putEndpoint(tx, {
    modelId,
    providerId,
    ...endpointInput(endpoint),
  });
  const place = `${modelId} at ${endpoint.provider}`;
  note(applied, changed, `endpoint ${place} set`, sequence);
  const of = { endpointId: id, organizationId: null, place };
  await applyLists(tx, { ...of, side: "charge" }, endpoint.charge, context, applied);
  if (endpoint.cost !== undefined)
    await applyLists(tx, { ...of, side: "cost" }, endpoint.cost, context, applied);
}

/** An endpoint of a file, in the verb's words. */
export const endpointInput = (endpoint: EndpointConfiguration) => ({
  upstreamModel: endpoint.upstream_model,
  contextLength: endpoint.context_length ?? null,
  maxOutputTokens: endpoint.max_output_tokens ?? null,
  quantization: endpoint.quantization ?? null,
  ...(endpoint.cancellable === undefined ? {} : { cancellable: endpoint.cancellable }),
  protocol: endpoint.protocol,
  flags: endpoint.flags,
  tag: endpoint.tag,
  supportedParameters: endpoint.supported_parameters,
  dataPolicy: endpoint.data_policy && {
    training: endpoint.data_policy.training,
    retentionDays: endpoint.data_policy.retention_days,
  },
});

async function applyLists(
  tx: Transaction,
  of: {
    endpointId: EndpointId;
    side: PriceSide;
    organizationId: OrganizationId | null;
    place: string;
  },
  lists: readonly ListConfiguration[],
  context: ApplyContext,
  applied: Applied,
): Promise<void> {
  const done = await applyPriceLists(tx, of, lists, { now: context.now, actor: context.actor });
  for (const { what, sequence } of done)
    note(applied, true, `${of.side} of ${of.place} ${what}`, sequence);
}

async function applyOrganization(
  tx: Transaction,
  organization: OrganizationConfiguration,
  context: ApplyContext,
  applied: Applied,
): Promise<void> {
  const { slug } = organization;
  const [known] = await tx
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.slug, slug));
  let organizationId = known?.id;
  if (organizationId === undefined) {
    const created = await createOrganization(tx, { slug, name: organization.name ?? slug });
    organizationId = created.id;
    note(applied, true, `organization ${slug} created`, created.sequence);
  }
  if (organization.credits !== undefined)
    await applyCredits(tx, organizationId, slug, organization.credits, context, applied);
  const of = { organizationId, subject: { kind: "organization", id: organizationId } } as const;
  noteAll(
    applied,
    await applyWorkspaces(tx, { id: organizationId, slug }, organization.workspaces),
  );
  noteAll(
    applied,
    await applyLimits(tx, { ...of, place: `organization ${slug}` }, organization.limits),
  );
  await applyKeys(tx, organizationId, organization, applied);
  for (const { charge, model, provider, upstream_model: upstreamModel } of organization.prices) {
    const { id: endpointId } = await findEndpoint(tx, { model, provider, upstreamModel });
    const place = `${model} at ${provider} for ${slug}`;
    await applyLists(
      tx,
      { endpointId, side: "charge", organizationId, place },
      charge,
      context,
      applied,
    );
  }
}

async function applyCredits(
  tx: Transaction,
  organizationId: OrganizationId,
  slug: string,
  credits: string,
  context: ApplyContext,
  applied: Applied,
): Promise<void> {
  const amount = parseDollars(credits);
  if (amount === 0n) return;
  try {
    const grant = await grantCredits(tx, {
      organizationId,
      amount,
      actor: context.actor,
      note: "config file",
      idempotencyKey: grantKeyOf(slug),
    });
    note(
      applied,
      !grant.replayed,
      `$${showDollars(amount)} of credit granted to ${slug}`,
      grant.sequence,
    );
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== "conflict") throw error;
    applied.notes.push(
      `organization ${slug}: the file says credits of $${showDollars(amount)}, but credits are granted once, and another amount was; ` +
        `for more, run: turnpike credits grant ${slug} AMOUNT`,
    );
  }
}

async function applyKeys(
  tx: Transaction,
  organizationId: OrganizationId,
  organization: OrganizationConfiguration,
  applied: Applied,
): Promise<void> {
  const { slug } = organization;
  // Names are not unique in the database: of two, one that is in use is meant, and of those the newest.
  const known = await tx
    .select()
    .from(keys)
    .where(and(eq(keys.organizationId, organizationId), eq(keys.kind, "inference")))
    .orderBy(sql`${keys.revokedAt} is not null`, desc(keys.createdAt));
  for (const { name, limit: written, limit_reset: limitReset, ...rest } of organization.keys) {
    const limit = written === null ? null : parseDollars(written);
    const key = known.find((each) => each.name === name);
    const { id: workspaceId } = await findWorkspace(tx, {
      organizationId,
      slugOrId: rest.workspace ?? "default",
    });
    let id = key?.id;
    if (key === undefined) {
      const minted = await mintKey(tx, {
        organizationId,
        workspaceId,
        kind: "inference",
        name,
        limit,
        limitReset,
        expiresAt: null,
      });
      id = minted.id;
      applied.secrets[slug] = { ...applied.secrets[slug], [name]: minted.key };
      note(applied, true, `key ${name} of ${slug} minted`, minted.sequence);
    } else if (key.revokedAt !== null) {
      // Minting it again would undo what somebody did for a reason.
      applied.notes.push(
        `key ${name} of ${slug} was revoked and stays so; use another name for a new one`,
      );
      continue;
    } else if (key.limit !== limit || key.limitReset !== limitReset) {
      const { sequence } = await updateKey(tx, {
        organizationId,
        idOrHash: key.id,
        limit,
        limitReset,
      });
      note(applied, true, `limit of key ${name} of ${slug} set`, sequence);
    }
    if (key !== undefined && rest.workspace !== undefined && key.workspaceId !== workspaceId) {
      applied.notes.push(
        `key ${name} of ${slug} stays in its workspace; to have one in ${rest.workspace}, use another name`,
      );
    }
    if (id === undefined) continue;
    const of = {
      organizationId,
      subject: { kind: "key", id },
      place: `key ${name} of ${slug}`,
    } as const;
    noteAll(applied, await applyLimits(tx, of, rest.limits));
  }
}

function noteAll(applied: Applied, done: readonly Done[]): void {
  for (const { what, sequence } of done) note(applied, true, what, sequence);
}

function note(
  applied: Applied,
  changed: boolean,
  sentence: string,
  sequence: number | null | undefined,
): void {
  if (!changed) return;
  applied.changes.push(sentence);
  if (sequence == null) return; // nothing that gateways must hear of
  applied.sequence = Math.max(applied.sequence ?? 0, sequence);
}
