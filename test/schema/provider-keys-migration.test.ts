// What versions before several keys stored is still opened after the migration, and bound to the host that it was for.
import { createCipheriv, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openClient } from "#schema/client.ts";
import { credentialContext, unseal } from "#schema/secrets.ts";
import { testDatabase } from "#test/database.ts";

const database = await testDatabase();
const client = openClient(database.url, { connectionsMax: 1, name: "test" });
const test = suite("migration of provider keys");
test.after(async () => {
  await client.end();
  await database.close();
});
const masterKey = "ab".repeat(32);
const folder = join(import.meta.dirname, "../../schema/migrations");
const migrations = readdirSync(folder)
  .filter((name) => name.endsWith(".sql"))
  .toSorted();

async function apply(name: string): Promise<void> {
  for (const statement of readFileSync(join(folder, name), "utf8").split(
    "--> statement-breakpoint",
  ))
    await client.unsafe(statement);
}

function sealedAsBefore(secret: string, context: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(masterKey, "hex"), nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  const parts = [nonce, body, cipher.getAuthTag()].map((part) => part.toString("base64url"));
  return ["v1", ...parts].join(".");
}

const given = [
  { slug: "plain", baseUrl: "https://api.plain.test/v1", origin: "https://api.plain.test" },
  { slug: "capital", baseUrl: "HTTPS://API.Capital.test", origin: "https://api.capital.test" },
  { slug: "port", baseUrl: "https://api.port.test:443/v1", origin: "https://api.port.test" },
  { slug: "other-port", baseUrl: "http://10.0.0.1:8000/v1", origin: "http://10.0.0.1:8000" },
  { slug: "http-port", baseUrl: "http://10.0.0.1:80", origin: "http://10.0.0.1" },
];

test("a provider's key becomes its key `default` and opens as it was sealed; one without stays without", async () => {
  await client`drop schema public cascade`;
  await client`create schema public`;
  for (const name of migrations.slice(0, migrations.indexOf("0004_provider-keys.sql")))
    await apply(name);
  await client`insert into organizations (id, slug, name) values ('org_1', 'o', 'O')`;
  for (const { slug, baseUrl } of given) {
    await client`insert into providers (id, slug, name, protocol, base_url, sealed_key)
      values (${`prov_${slug.replace("-", "")}`}, ${slug}, ${slug}, 'openai-chat', ${baseUrl}, ${sealedAsBefore(`sk-${slug}`, slug)})`;
  }
  await client`insert into providers (id, slug, name, protocol, base_url) values ('prov_none', 'none', 'N', 'openai-chat', 'https://none.test')`;
  await client`insert into credentials (id, organization_id, provider_id, name, sealed_key, label)
    values ('cred_1', 'org_1', 'prov_port', 'own', ${sealedAsBefore("sk-own", "cred_1")}, 'l')`;
  await apply("0004_provider-keys.sql");

  const rows = await client<
    { id: string; slug: string; name: string; sealed: string; origin: string }[]
  >`
    select k.id, p.slug, k.name, k.sealed_key as sealed, k.origin from provider_keys k join providers p on p.id = k.provider_id`;
  assert.equal(
    rows.map(({ slug, name, origin }) => `${slug} ${name} ${origin}`).toSorted(),
    given.map(({ slug, origin }) => `${slug} default ${origin}`).toSorted(),
  );
  for (const { id, slug, sealed, origin } of rows) {
    assert.is(new URL(origin).origin, origin);
    assert.is(unseal(sealed, [credentialContext(id, origin), slug], masterKey), `sk-${slug}`);
  }
  const [own] = await client<{ origin: string; sealed_key: string }[]>`select * from credentials`;
  assert.is(own?.origin, "https://api.port.test");
  assert.is(unseal(own?.sealed_key ?? "", ["new", "cred_1"], masterKey), "sk-own");
});

test.run();
