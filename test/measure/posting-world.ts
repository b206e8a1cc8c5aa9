// Who uses and who answers: organizations with credit, keys with daily limits, gateways that hold leases of both.

import { randomUUID } from "node:crypto";
import type { Sql } from "#schema/client.ts";
import type { Database } from "#schema/database.ts";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import {
  type AllowanceId,
  type EndpointId,
  type GatewayId,
  type KeyId,
  mintId,
  type OrganizationId,
  type ProviderId,
  type WorkspaceId,
} from "#schema/ids.ts";
import { leaseAllowances } from "#schema/ledger/lease-allowances.ts";
import { picodollars } from "#schema/money/amount.ts";
import { mintKey } from "#schema/secrets.ts";

/** $0.0000036 for every generation, whatever it was: then every sum is known beforehand. */
export const chargeEach = 3_600_000n;
export const costEach = 2_900_001n;
/** What each organization is granted: $1,000, more than any run spends. */
export const granted = 1_000n * 10n ** 12n;

export type WorldKey = {
  id: KeyId;
  organization: OrganizationId;
  workspace: WorkspaceId;
  credit: AllowanceId;
  daily: AllowanceId;
};
export type WorldEndpoint = {
  id: EndpointId;
  model: string;
  provider: string;
  providerId: ProviderId;
};
/** Plain data, so that it can be sent to another process. */
export type World = {
  organizations: { id: OrganizationId; slug: string; credit: AllowanceId }[];
  keys: WorldKey[];
  gateways: GatewayId[];
  endpoints: WorldEndpoint[];
  /** The day of all usage: a key's limit is daily, and the sum of one day is what is asked for. */
  dayStart: string;
};

const providersCount = 3;
const modelsCount = 6;
const gatewaysCount = 2;

/** Opens it all in an empty, migrated database. */
export async function makeWorld(
  { db, client }: { db: Database; client: Sql },
  size: { organizations: number; keys: number; day: Date },
): Promise<World> {
  const world: World = {
    organizations: [],
    keys: [],
    gateways: Array.from({ length: gatewaysCount }, () => mintId("gateway")),
    endpoints: [],
    dayStart: size.day.toISOString(),
  };
  for (const id of world.gateways)
    await client`insert into gateways (id, name, host, pid) values (${id}, ${`gateway-${id}`}, 'measure', 1)`;
  for (let at = 0; at < providersCount; at++) {
    const providerId = mintId("provider");
    const provider = `provider-${at + 1}`;
    await client`insert into providers (id, slug, name, protocol, base_url)
      values (${providerId}, ${provider}, ${provider}, 'openai-chat', 'http://127.0.0.1:9/v1')`;
    for (let model = 0; model < modelsCount; model++) {
      world.endpoints.push({
        id: mintId("endpoint"),
        model: `author-${(model % 3) + 1}/model-${model + 1}`,
        provider,
        providerId,
      });
    }
  }
  for (let at = 0; at < size.organizations; at++) await addOrganization(db, client, world);
  for (let at = 0; at < size.keys; at++) {
    const organization = world.organizations[at % size.organizations];
    if (organization) await addKey(client, world, organization.id);
  }
  for (const gateway of world.gateways) await leaseAll(client, world, gateway);
  return world;
}

async function addOrganization(db: Database, client: Sql, world: World): Promise<void> {
  const slug = `organization-${world.organizations.length + 1}`;
  const id = await db.transaction(async (tx) => {
    const created = await createOrganization(tx, { slug, name: slug });
    await grantCredits(tx, {
      organizationId: created.id,
      amount: picodollars(granted),
      actor: "measure",
    });
    return created.id;
  });
  const [credit] = await client<{ id: AllowanceId }[]>`
    select id from allowances where subject_kind = 'organization' and subject_id = ${id} and unit = 'picodollars'`;
  if (credit === undefined) throw new Error(`${slug} has no credit allowance`);
  world.organizations.push({ id, slug, credit: credit.id });
}

async function addKey(client: Sql, world: World, organization: OrganizationId): Promise<void> {
  const id = mintId("key");
  const daily = mintId("allowance");
  const { hash, label } = mintKey("inference");
  const [workspace] = await client<{ id: WorkspaceId }[]>`
    select id from workspaces where organization_id = ${organization} limit 1`;
  if (workspace === undefined) throw new Error(`${organization} has no workspace`);
  await client`insert into keys (id, organization_id, workspace_id, kind, name, hash, label)
    values (${id}, ${organization}, ${workspace.id}, 'inference', ${`key-${randomUUID()}`}, ${hash}, ${label})`;
  await client`insert into allowances (id, organization_id, subject_kind, subject_id, unit, window_kind, limit_amount)
    values (${daily}, ${organization}, 'key', ${id}, 'picodollars', 'day', ${granted.toString()}::numeric)`;
  const credit = world.organizations.find((one) => one.id === organization)?.credit;
  if (credit === undefined) throw new Error(`${organization} is not of this world`);
  world.keys.push({ id, organization, workspace: workspace.id, credit, daily });
}

/** A third of everything for each gateway, as if it had come for more many times. */
async function leaseAll(client: Sql, world: World, gateway: GatewayId): Promise<void> {
  const share = granted / 3n;
  const requests = [
    ...world.organizations.map(({ credit }) => ({ allowance: credit, windowStart: new Date(0) })),
    ...world.keys.map(({ daily }) => ({
      allowance: daily,
      windowStart: new Date(world.dayStart),
    })),
  ];
  const answers = await leaseAllowances(
    client,
    gateway,
    requests.map((request) => ({ ...request, need: share, want: share })),
  );
  if (answers.some((answer) => answer.granted !== share))
    throw new Error(`${gateway} did not get its leases`);
}
