// What a number of generations must add up to, asked of everything that adds: accounts, allowances, leases, roll-ups,
// GraphQL and the books. Each organization by itself, and all of them together.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { reconcile } from "#control/credits/reconcile.ts";
import { graphqlHandler } from "#control/graphql/graphql-handler.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import type { Sql } from "#schema/client.ts";
import type { Database } from "#schema/database.ts";
import { mintId } from "#schema/ids.ts";
import { formatDollars, parseDollars, showDollars } from "#schema/money/amount.ts";
import { mintKey } from "#schema/secrets.ts";
import { chargeEach, granted, type World } from "./posting-world.ts";

/** USD, as decimal text. */
export type SumChecked = { what: string; expected: string; got: string };
export type SumsChecked = {
  generations: number;
  /** Over all organizations. */
  sums: SumChecked[];
  /** Anything, of anybody, that is not as it should be; empty is what is promised. */
  differences: string[];
  /** How many checks of the books ran, each of which found nothing unless `differences` says so. */
  checks: number;
};

export type Books = { db: Database; client: Sql; world: World; masterKey: string };

/** `byKey` is how many generations of each key were shipped, as the shipper counted them. */
export async function checkSums(
  books: Books,
  byKey: Readonly<Record<string, number>>,
): Promise<SumsChecked> {
  const { client, world } = books;
  const differences: string[] = [];
  const countOf = (organization: string) =>
    world.keys
      .filter((key) => key.organization === organization)
      .reduce((sum, key) => sum + (byKey[key.id] ?? 0), 0);
  const totals = new Map<string, bigint>();
  let generations = 0;
  const questions = await openQuestions(books);
  try {
    for (const organization of world.organizations) {
      const count = countOf(organization.id);
      generations += count;
      const expected = BigInt(count) * chargeEach;
      const [row] = await client<Record<string, string>[]>`
        select (select balance from accounts where organization_id = ${organization.id} and kind = 'credit') as balance,
          (select sum(used) from allowance_uses where allowance_id = ${organization.credit}) as credit_used,
          (select sum(u.used) from allowance_uses u join allowances a on a.id = u.allowance_id
            where a.organization_id = ${organization.id} and a.subject_kind = 'key') as keys_used,
          (select sum(charge) from usage_hours where organization_id = ${organization.id}) as hours,
          (select sum(requests) from usage_hours where organization_id = ${organization.id})::text as requests,
          (select sum(charge) from generations where organization_id = ${organization.id}) as rows,
          (select count(*) from generations where organization_id = ${organization.id})::text as count`;
      const spend = await questions.spend(organization.slug);
      const said: Record<string, bigint> = {
        "credit spent, by the account's balance": granted - BigInt(row?.["balance"] ?? granted),
        "credit allowance used": BigInt(row?.["credit_used"] ?? 0),
        "keys' daily allowances used": BigInt(row?.["keys_used"] ?? 0),
        "hourly roll-ups": BigInt(row?.["hours"] ?? 0),
        "rows of generations": BigInt(row?.["rows"] ?? 0),
        "GraphQL spend, total": spend.total,
        "GraphQL spend, its rows by key": spend.byKey,
      };
      for (const [what, got] of Object.entries(said)) {
        totals.set(what, (totals.get(what) ?? 0n) + got);
        if (got !== expected)
          differences.push(
            `${organization.slug}: ${what}: expected ${formatDollars(expected)}, got ${formatDollars(got)}`,
          );
      }
      for (const [what, got] of [
        ["rows of generations", row?.["count"]],
        ["requests in roll-ups", row?.["requests"]],
        ["requests in GraphQL", spend.requests],
      ])
        if (Number(got ?? 0) !== count)
          differences.push(`${organization.slug}: ${what}: expected ${count}, got ${got}`);
    }
    for (const [key, count] of await usedByKey(client)) {
      const expected = BigInt(byKey[key] ?? 0) * chargeEach;
      if (count !== expected)
        differences.push(
          `${key}: used ${formatDollars(count)}, expected ${formatDollars(expected)}`,
        );
    }
  } finally {
    await questions.close();
  }
  const { checks } = await reconcile(books.db);
  for (const check of checks)
    differences.push(...check.differences.map((difference) => `${check.name}: ${difference}`));
  const expected = showDollars(BigInt(generations) * chargeEach);
  return {
    generations,
    sums: [...totals].map(([what, got]) => ({ what, expected, got: showDollars(got) })),
    differences,
    checks: checks.length,
  };
}

async function usedByKey(client: Sql): Promise<Map<string, bigint>> {
  const rows = await client<{ key: string; used: string }[]>`
    select a.subject_id as key, coalesce(sum(u.used), 0) as used from allowances a left join allowance_uses u on u.allowance_id = a.id
    where a.subject_kind = 'key' group by 1`;
  return new Map(rows.map(({ key, used }) => [key, BigInt(used)]));
}

type Spend = { total: bigint; byKey: bigint; requests: string };

/** The real GraphQL handler on a socket, asked by an operator. */
async function openQuestions({ db, client, world, masterKey }: Books): Promise<{
  spend: (slug: string) => Promise<Spend>;
  close: () => Promise<void>;
}> {
  const secret = mintKey("management");
  const house = await createOrganization(db, {
    slug: `house-${secret.hash.slice(0, 12)}`,
    name: "House",
  });
  const [workspace] = await client<{ id: string }[]>`
    select id from workspaces where organization_id = ${house.id}`;
  await client`insert into keys (id, organization_id, workspace_id, kind, role, name, hash, label)
    values (${mintId("key")}, ${house.id}, ${workspace?.id ?? ""}, 'management', 'operator', 'operator', ${secret.hash}, ${secret.label})`;
  const handle = graphqlHandler({
    db,
    analytics: db,
    masterKey,
    origin: "http://127.0.0.1:4000",
    now: () => new Date(),
  });
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const to = new Date(Date.parse(world.dayStart) + 86_400_000).toISOString();
  return {
    async spend(slug) {
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret.key}`, "content-type": "application/json" },
        body: JSON.stringify({
          query: `query ($from: DateTime!, $to: DateTime!, $organization: String!) {
            spend(from: $from, to: $to, organization: $organization, groupBy: [KEY], first: 400) { total requests groups rows { charge } } }`,
          variables: { from: world.dayStart, to, organization: slug },
        }),
      });
      const text = await answer.text();
      const { data } = JSON.parse(text) as {
        data?: { spend: { total: string; requests: number; rows: { charge: string }[] } };
      };
      if (data === undefined) throw new Error(`GraphQL answered ${answer.status}: ${text}`);
      return {
        total: parseDollars(data.spend.total),
        byKey: data.spend.rows.reduce((sum, { charge }) => sum + parseDollars(charge), 0n),
        requests: String(data.spend.requests),
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
