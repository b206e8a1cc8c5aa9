/** The routing tables as one immutable, indexed value: read in one repeatable-read transaction, kept on disk. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Sql } from "#schema/client.ts";
import type {
  EndpointId,
  OrganizationId,
  PolicyId,
  ProviderId,
  ProviderKeyId,
  StepId,
} from "#schema/ids.ts";
import type { Meter } from "#schema/meters.ts";
import { picodollars } from "#schema/money/amount.ts";
import type { DatedList, DatedPolicy, DatedStep } from "#schema/money/in-force.ts";
import { credentialContext, unseal, type MasterKeys } from "#schema/secrets.ts";
import type { PolicyKind } from "#schema/money/policy.ts";
import type { DataPolicy } from "#schema/tables/catalogue.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";

/**
 * A credential in clear; memory only. `id` is that of the provider's key, or of the organization's credential; where a
 * provider needs no key, its own. `weight` is its share beside the others of its provider.
 */
export type Credential = { id: string; key: string | null; weight: number };
export type Provider = {
  id: ProviderId;
  slug: string;
  name: string;
  protocol: WireProtocolName;
  origin: string;
  /** Path of the base URL, without a slash at the end. */
  path: string;
  allowPrivateNetwork: boolean;
  /** Ours. One without a key where the provider needs none; empty where none of its keys can be opened or used. */
  credentials: readonly Credential[];
  /** What organizations brought of their own. */
  ownCredentials: ReadonlyMap<OrganizationId, Credential>;
  flags: Readonly<Record<string, unknown>>;
};
export type Endpoint = {
  id: EndpointId;
  model: Model;
  provider: Provider;
  upstreamModel: string;
  protocol: WireProtocolName;
  /** The provider's with its own over them. */
  flags: Readonly<Record<string, unknown>>;
  /** Clients name it `provider/tag`. */
  tag: string | null;
  supportedParameters: readonly string[];
  /** Null: not known, which promises nothing. */
  dataPolicy: DataPolicy | null;
  contextLength: number;
  maxOutputTokens: number;
  quantization: string | null;
  cancellable: boolean;
  /** Oldest first; the future ones too, so that every gateway switches at the same instant. */
  charges: readonly DatedList[];
  costs: readonly DatedList[];
  /** Lists that hold for one organization, before the general ones. */
  ownCharges: ReadonlyMap<OrganizationId, readonly DatedList[]>;
  /** Meters that were used here and that nobody has priced: a list that does not price them does not do. */
  unpriced: readonly Meter[];
};
export type Model = {
  id: string;
  name: string;
  contextLength: number;
  maxOutputTokens: number | null;
  tokenizer: string;
  inputModalities: readonly string[];
  outputModalities: readonly string[];
  supportedParameters: readonly string[];
  endpoints: Endpoint[];
};
export type Snapshot = {
  /** By id, and by their aliases too. */
  models: ReadonlyMap<string, Model>;
  /** In the order of their publication. */
  policies: readonly DatedPolicy[];
  steps: readonly DatedStep[];
  /** What of the rows cannot be used (a key that does not open, a base URL that is none), a sentence each. No secret in it. */
  problems: readonly string[];
  takenAtMs: number;
};

/** The rows as they come and as they are kept on disk: credentials still sealed, amounts as text. */
type Rows = {
  takenAtMs: number;
  providers: {
    id: ProviderId;
    slug: string;
    name: string;
    protocol: WireProtocolName;
    base_url: string;
    allow_private_network: boolean;
    flags: Record<string, unknown>;
  }[];
  providerKeys: {
    id: ProviderKeyId;
    provider_id: ProviderId;
    name: string;
    sealed_key: string;
    origin: string;
    weight: number;
    status: "active" | "disabled";
  }[];
  models: {
    id: string;
    name: string;
    context_length: number;
    max_output_tokens: number | null;
    tokenizer: string;
    input_modalities: string[];
    output_modalities: string[];
    supported_parameters: string[];
    aliases?: string[];
  }[];
  endpoints: {
    id: EndpointId;
    model_id: string;
    provider_id: ProviderId;
    upstream_model: string;
    protocol: WireProtocolName | null;
    flags: Record<string, unknown>;
    tag: string | null;
    supported_parameters: string[] | null;
    data_policy: DataPolicy | null;
    context_length: number | null;
    max_output_tokens: number | null;
    quantization: string | null;
    cancellable: boolean;
  }[];
  prices: {
    id: string;
    endpoint_id: EndpointId;
    side: "charge" | "cost";
    organization_id: OrganizationId | null;
    effective_at_ms: string;
    expires_at_ms: string | null;
    lines: { meter: Meter; per_unit: string; above: number; tier: string; hours: string }[];
  }[];
  policies: {
    id: PolicyId;
    organization_id: OrganizationId | null;
    provider_id: ProviderId | null;
    model_id: string | null;
    kind: PolicyKind;
    basis_points: number;
    effective_at_ms: string;
  }[];
  steps: { id: StepId; provider_id: ProviderId; basis_points: number; effective_at_ms: string }[];
  credentials: {
    id: string;
    organization_id: OrganizationId;
    provider_id: ProviderId;
    sealed_key: string;
    origin: string;
  }[];
  unpriced: { endpoint_id: EndpointId; meters: Meter[] }[];
};

/** @throws when Postgres is away. */
export async function readRows(client: Sql, nowMs: number): Promise<Rows> {
  return client.begin("isolation level repeatable read read only", async (tx) => {
    const providers = await tx<
      Rows["providers"]
    >`select id, slug, name, protocol, base_url, allow_private_network, flags from providers where status = 'active'`;
    // Disabled ones too: a provider that has keys is not called without one.
    const providerKeys = await tx<
      Rows["providerKeys"]
    >`select id, provider_id, name, sealed_key, origin, weight, status from provider_keys order by id`;
    const models = await tx<
      Rows["models"]
    >`select id, name, context_length, max_output_tokens, tokenizer, input_modalities, output_modalities, supported_parameters, coalesce(details -> 'aliases', '[]') as aliases from models where status = 'active' order by created_at, id`;
    const endpoints = await tx<
      Rows["endpoints"]
    >`select id, model_id, provider_id, upstream_model, protocol, flags, tag, supported_parameters, data_policy, context_length, max_output_tokens, quantization, cancellable from endpoints where status = 'active' order by id`;
    // What is in force, what is to come, and what holds again when something of these expires. The rest is history.
    const prices = await tx<Rows["prices"]>`
      select p.id, p.endpoint_id, p.side, p.organization_id, (extract(epoch from p.effective_at) * 1000)::bigint::text as effective_at_ms,
        (extract(epoch from p.expires_at) * 1000)::bigint::text as expires_at_ms,
        coalesce(json_agg(json_build_object('meter', l.meter, 'per_unit', l.per_unit::text, 'above', l.above_input_tokens,
          'tier', l.service_tier, 'hours', l.hours)) filter (where l.meter is not null), '[]') as lines
      from prices p left join price_lines l on l.price_id = p.id
      where (p.expires_at is null or p.expires_at > now() - interval '1 minute') and not exists (
        select from prices q where q.endpoint_id = p.endpoint_id and q.side = p.side and q.organization_id is not distinct from p.organization_id
          and q.expires_at is null and q.effective_at <= now() - interval '1 minute'
          and (q.effective_at, q.published_at, q.id) > (p.effective_at, p.published_at, p.id))
      group by p.id order by p.effective_at, p.published_at, p.id`;
    const policies = await tx<Rows["policies"]>`
      select p.id, p.organization_id, p.provider_id, p.model_id, p.kind, p.basis_points, (extract(epoch from p.effective_at) * 1000)::bigint::text as effective_at_ms
      from pricing_policies p where not exists (
        select from pricing_policies q where q.organization_id is not distinct from p.organization_id and q.provider_id is not distinct from p.provider_id
          and q.model_id is not distinct from p.model_id and (q.kind = 'own_key_fee') = (p.kind = 'own_key_fee')
          and q.effective_at <= now() - interval '1 minute' and (q.effective_at, q.published_at, q.id) > (p.effective_at, p.published_at, p.id))
      order by p.published_at, p.id`;
    const steps = await tx<Rows["steps"]>`
      select s.id, s.provider_id, s.basis_points, (extract(epoch from s.effective_at) * 1000)::bigint::text as effective_at_ms
      from discount_steps s where s.effective_at >= coalesce((select max(q.effective_at) from discount_steps q
        where q.provider_id = s.provider_id and q.effective_at <= now() - interval '1 minute'), '-infinity')
      order by s.published_at, s.id`;
    const credentials = await tx<
      Rows["credentials"]
    >`select id, organization_id, provider_id, sealed_key, origin from credentials where status = 'active'`;
    const unpriced = await tx<
      Rows["unpriced"]
    >`select endpoint_id, array_agg(meter) as meters from unpriced_usage group by endpoint_id`;
    return {
      takenAtMs: nowMs,
      providers: [...providers],
      providerKeys: [...providerKeys],
      models: [...models],
      endpoints: [...endpoints],
      prices: [...prices],
      policies: [...policies],
      steps: [...steps],
      credentials: [...credentials],
      unpriced: [...unpriced],
    };
  });
}

/**
 * Rows as an indexed snapshot. An endpoint without a complete charge list is kept, and refused when asked for: a
 * model without a price is never free. A row that cannot be used (a credential sealed under another MASTER_KEY or for
 * another host, a base URL that is none) takes only itself out, and is among the problems.
 */
export function buildSnapshot(rows: Rows, masterKeys: MasterKeys): Snapshot {
  const providers = new Map<ProviderId, Provider>();
  const problems: string[] = [];
  const keysOf = Map.groupBy(rows.providerKeys, (row) => row.provider_id);
  const ownKeysOf = Map.groupBy(rows.credentials, (row) => row.provider_id);
  for (const row of rows.providers) {
    const url = URL.canParse(row.base_url) ? new URL(row.base_url) : null;
    if (!url) {
      problems.push(`provider ${row.slug}: base_url ${JSON.stringify(row.base_url)} is not a URL`);
      continue;
    }
    /** The key in clear, or null when it cannot or must not be used here. */
    const opened = (
      sealed: { id: string; sealed_key: string; origin: string },
      { name, legacyContext }: { name: string; legacyContext: string },
    ): string | null => {
      // A stored credential goes to the host that it was given for, and nowhere else (reliability.md S-22).
      if (!URL.canParse(sealed.origin) || new URL(sealed.origin).origin !== url.origin) {
        problems.push(
          `${name}: it was given for ${sealed.origin}, not for ${url.origin}; give it again`,
        );
        return null;
      }
      try {
        const contexts = [credentialContext(sealed.id, sealed.origin), legacyContext];
        return unseal(sealed.sealed_key, contexts, masterKeys);
      } catch (cause) {
        problems.push(
          `${name} does not open: ${cause instanceof Error ? cause.message : String(cause)}; give it again, or give that key as MASTER_KEY_ALSO`,
        );
        return null;
      }
    };
    const keys = keysOf.get(row.id) ?? [];
    providers.set(row.id, {
      id: row.id,
      slug: row.slug,
      name: row.name,
      protocol: row.protocol,
      origin: url.origin,
      path: url.pathname.replace(/\/+$/, ""),
      allowPrivateNetwork: row.allow_private_network,
      credentials:
        keys.length === 0
          ? [{ id: row.id, key: null, weight: 1 }]
          : keys.flatMap((one) => {
              if (one.status !== "active") return [];
              const name = `key ${one.name} of provider ${row.slug}`;
              const key = opened(one, { name, legacyContext: row.slug });
              return key === null ? [] : [{ id: one.id, key, weight: one.weight }];
            }),
      ownCredentials: new Map(
        (ownKeysOf.get(row.id) ?? []).flatMap((one) => {
          const name = `credential ${one.id} of organization ${one.organization_id}`;
          const key = opened(one, { name, legacyContext: one.id });
          return key === null ? [] : [[one.organization_id, { id: one.id, key, weight: 1 }]];
        }),
      ),
      flags: row.flags,
    });
  }
  const models = new Map<string, Model>();
  for (const row of rows.models) {
    models.set(row.id, {
      id: row.id,
      name: row.name,
      contextLength: row.context_length,
      maxOutputTokens: row.max_output_tokens,
      tokenizer: row.tokenizer,
      inputModalities: row.input_modalities,
      outputModalities: row.output_modalities,
      supportedParameters: row.supported_parameters,
      endpoints: [],
    });
  }
  // `~author/family-latest` and other names: of two models that claim one, the newer has it, and a model of that id before
  // both. Rows that an earlier version kept on disk have none.
  const named = new Map(
    rows.models.flatMap((row) => (row.aliases ?? []).map((alias) => [alias, models.get(row.id)])),
  );
  for (const [alias, model] of named) if (model && !models.has(alias)) models.set(alias, model);
  const charges = Map.groupBy(
    rows.prices.filter((row) => row.side === "charge"),
    (row) => row.endpoint_id,
  );
  const costs = Map.groupBy(
    rows.prices.filter((row) => row.side === "cost"),
    (row) => row.endpoint_id,
  );
  const unpriced = new Map(rows.unpriced.map((row) => [row.endpoint_id, row.meters]));
  for (const row of rows.endpoints) {
    const model = models.get(row.model_id);
    const provider = providers.get(row.provider_id);
    if (!model || !provider) continue; // disabled
    const contextLength = row.context_length ?? model.contextLength;
    model.endpoints.push({
      id: row.id,
      model,
      provider,
      upstreamModel: row.upstream_model,
      protocol: row.protocol ?? provider.protocol,
      flags:
        Object.keys(row.flags).length === 0 ? provider.flags : { ...provider.flags, ...row.flags },
      tag: row.tag,
      supportedParameters: row.supported_parameters ?? model.supportedParameters,
      dataPolicy: row.data_policy,
      contextLength,
      maxOutputTokens: Math.min(
        row.max_output_tokens ?? model.maxOutputTokens ?? contextLength,
        contextLength,
      ),
      quantization: row.quantization,
      cancellable: row.cancellable,
      charges: (charges.get(row.id) ?? [])
        .filter((price) => price.organization_id === null)
        .map(dated),
      costs: (costs.get(row.id) ?? []).map(dated),
      ownCharges: ownLists(charges.get(row.id) ?? []),
      unpriced: unpriced.get(row.id) ?? [],
    });
  }
  return {
    models,
    policies: rows.policies.map((row) => ({
      id: row.id,
      organizationId: row.organization_id,
      providerId: row.provider_id,
      modelId: row.model_id,
      kind: row.kind,
      basisPoints: row.basis_points,
      effectiveAtMs: +row.effective_at_ms,
    })),
    steps: rows.steps.map((row) => ({
      id: row.id,
      providerId: row.provider_id,
      basisPoints: row.basis_points,
      effectiveAtMs: +row.effective_at_ms,
    })),
    problems,
    takenAtMs: rows.takenAtMs,
  };
}

const dated = (row: Rows["prices"][number]): DatedList => ({
  id: row.id,
  effectiveAtMs: +row.effective_at_ms,
  expiresAtMs: row.expires_at_ms === null ? null : +row.expires_at_ms,
  lines: row.lines.map((line) => ({
    meter: line.meter,
    perUnit: picodollars(BigInt(line.per_unit)),
    aboveInputTokens: line.above,
    serviceTier: line.tier,
    hours: line.hours,
  })),
});

function ownLists(rows: Rows["prices"]): Map<OrganizationId, DatedList[]> {
  const lists = new Map<OrganizationId, DatedList[]>();
  for (const row of rows) {
    if (row.organization_id === null) continue;
    const list = lists.get(row.organization_id) ?? [];
    lists.set(row.organization_id, list);
    list.push(dated(row));
  }
  return lists;
}

/** Keeps the rows for a start without Postgres; credentials stay sealed in it. */
export function saveRows(path: string, rows: Rows): void {
  writeFileSync(`${path}.new`, JSON.stringify(rows), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function loadRows(path: string): Rows | null {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null; // none yet, or torn: then a start needs Postgres
  }
}
