/** The routing tables as one immutable, indexed value: read in one repeatable-read transaction, kept on disk. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Sql } from "#schema/client.ts";
import type { EndpointId, ProviderId } from "#schema/ids.ts";
import type { Meter } from "#schema/meters.ts";
import { picodollars } from "#schema/money/amount.ts";
import { isComplete, type Price } from "#schema/money/price.ts";
import { unseal } from "#schema/secrets.ts";
import type { WireProtocol } from "#schema/tables/catalogue.ts";

export type DatedPrice = Price & { effectiveAtMs: number };
export type Provider = {
  id: ProviderId;
  slug: string;
  name: string;
  protocol: WireProtocol;
  origin: string;
  /** Path of the base URL, without a slash at the end. */
  path: string;
  allowPrivateNetwork: boolean;
  /** The credential in clear; memory only. Null: the provider needs none. */
  key: string | null;
  flags: Readonly<Record<string, unknown>>;
};
export type Endpoint = {
  id: EndpointId;
  model: Model;
  provider: Provider;
  upstreamModel: string;
  contextLength: number;
  maxOutputTokens: number;
  quantization: string | null;
  cancellable: boolean;
  /** Oldest first; the future ones too, so that every gateway switches at the same instant. */
  charges: readonly DatedPrice[];
  costs: readonly DatedPrice[];
};
export type Model = {
  id: string;
  name: string;
  contextLength: number;
  maxOutputTokens: number | null;
  inputModalities: readonly string[];
  outputModalities: readonly string[];
  supportedParameters: readonly string[];
  endpoints: Endpoint[];
};
export type Snapshot = { models: ReadonlyMap<string, Model>; takenAtMs: number };

/** The rows as they come and as they are kept on disk: credentials still sealed, amounts as text. */
type Rows = {
  takenAtMs: number;
  providers: {
    id: ProviderId;
    slug: string;
    name: string;
    protocol: WireProtocol;
    base_url: string;
    allow_private_network: boolean;
    sealed_key: string | null;
    flags: Record<string, unknown>;
  }[];
  models: {
    id: string;
    name: string;
    context_length: number;
    max_output_tokens: number | null;
    input_modalities: string[];
    output_modalities: string[];
    supported_parameters: string[];
  }[];
  endpoints: {
    id: EndpointId;
    model_id: string;
    provider_id: ProviderId;
    upstream_model: string;
    context_length: number | null;
    max_output_tokens: number | null;
    quantization: string | null;
    cancellable: boolean;
  }[];
  prices: {
    id: string;
    endpoint_id: EndpointId;
    side: "charge" | "cost";
    effective_at_ms: string;
    lines: { meter: Meter; per_unit: string; above: number }[];
  }[];
};

/** The list in force at an instant, or null when none is yet. */
export function priceAt(prices: readonly DatedPrice[], nowMs: number): Price | null {
  let found: DatedPrice | null = null;
  for (const price of prices) if (price.effectiveAtMs <= nowMs) found = price;
  return found;
}

/** @throws when Postgres is away. */
export async function readRows(client: Sql, nowMs: number): Promise<Rows> {
  return client.begin("isolation level repeatable read read only", async (tx) => {
    const providers = await tx<
      Rows["providers"]
    >`select id, slug, name, protocol, base_url, allow_private_network, sealed_key, flags from providers where status = 'active'`;
    const models = await tx<
      Rows["models"]
    >`select id, name, context_length, max_output_tokens, input_modalities, output_modalities, supported_parameters from models where status = 'active'`;
    const endpoints = await tx<
      Rows["endpoints"]
    >`select id, model_id, provider_id, upstream_model, context_length, max_output_tokens, quantization, cancellable from endpoints where status = 'active' order by id`;
    // Of each endpoint and side the list in force and those to come; what was in force before is history.
    const prices = await tx<Rows["prices"]>`
      select p.id, p.endpoint_id, p.side, (extract(epoch from p.effective_at) * 1000)::bigint::text as effective_at_ms,
        coalesce(json_agg(json_build_object('meter', l.meter, 'per_unit', l.per_unit::text, 'above', l.above_input_tokens)) filter (where l.meter is not null), '[]') as lines
      from prices p left join price_lines l on l.price_id = p.id
      where p.effective_at >= coalesce((select max(q.effective_at) from prices q where q.endpoint_id = p.endpoint_id and q.side = p.side
        and q.effective_at <= now() - interval '1 minute'), '-infinity')
      group by p.id order by p.effective_at, p.published_at, p.id`;
    return {
      takenAtMs: nowMs,
      providers: [...providers],
      models: [...models],
      endpoints: [...endpoints],
      prices: [...prices],
    };
  });
}

/**
 * Rows as an indexed snapshot. An endpoint without a complete charge list is kept, and refused when asked for: a
 * model without a price is never free.
 * @throws for a row that cannot be read (a credential sealed under another MASTER_KEY, a base URL that is none), naming
 *   it; the caller keeps the snapshot it has.
 */
export function buildSnapshot(rows: Rows, masterKey: string): Snapshot {
  const providers = new Map<ProviderId, Provider>();
  for (const row of rows.providers) {
    const url = URL.canParse(row.base_url) ? new URL(row.base_url) : null;
    if (!url)
      throw new Error(
        `provider ${row.slug}: base_url ${JSON.stringify(row.base_url)} is not a URL`,
      );
    let key: string | null = null;
    try {
      key = row.sealed_key === null ? null : unseal(row.sealed_key, row.slug, masterKey);
    } catch (cause) {
      throw new Error(
        `provider ${row.slug}: its credential was sealed under another MASTER_KEY; connect the provider again`,
        { cause },
      );
    }
    providers.set(row.id, {
      id: row.id,
      slug: row.slug,
      name: row.name,
      protocol: row.protocol,
      origin: url.origin,
      path: url.pathname.replace(/\/+$/, ""),
      allowPrivateNetwork: row.allow_private_network,
      key,
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
      inputModalities: row.input_modalities,
      outputModalities: row.output_modalities,
      supportedParameters: row.supported_parameters,
      endpoints: [],
    });
  }
  const charges = Map.groupBy(
    rows.prices.filter((row) => row.side === "charge"),
    (row) => row.endpoint_id,
  );
  const costs = Map.groupBy(
    rows.prices.filter((row) => row.side === "cost"),
    (row) => row.endpoint_id,
  );
  const dated = (row: Rows["prices"][number]): DatedPrice => ({
    id: row.id,
    effectiveAtMs: +row.effective_at_ms,
    lines: row.lines.map((line) => ({
      meter: line.meter,
      perUnit: picodollars(BigInt(line.per_unit)),
      aboveInputTokens: line.above,
    })),
  });
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
      contextLength,
      maxOutputTokens: Math.min(
        row.max_output_tokens ?? model.maxOutputTokens ?? contextLength,
        contextLength,
      ),
      quantization: row.quantization,
      cancellable: row.cancellable,
      charges: (charges.get(row.id) ?? []).map(dated),
      costs: (costs.get(row.id) ?? []).map(dated),
    });
  }
  return { models, takenAtMs: rows.takenAtMs };
}

/** Whether an endpoint can be billed now. */
export function chargeable(endpoint: Endpoint, nowMs: number): Price | null {
  const price = priceAt(endpoint.charges, nowMs);
  return price !== null && isComplete(price) ? price : null;
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
