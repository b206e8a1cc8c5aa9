/** What a first start makes, so that there is somebody who may do something: an organization, its owner, two keys, credit. */
import { eq, inArray } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type OrganizationId } from "#schema/ids.ts";
import { parseDollars } from "#schema/money/amount.ts";
import { hashKey } from "#schema/secrets.ts";
import { keys } from "#schema/tables/keys.ts";
import { members, organizations } from "#schema/tables/organizations.ts";
import { writePrivateFile } from "./configuration/write-private-file.ts";
import { grantCredits } from "./credits/grant-credits.ts";
import { mintKey } from "./keys/mint-key.ts";
import { createOrganization } from "./organizations/create-organization.ts";
import { bootstrapPath, readBootstrap, type Bootstrap } from "./read-bootstrap.ts";

const ownerEmail = "admin@localhost";

/**
 * Makes what is missing and leaves what is there. The file is written before the caller's transaction commits: a file
 * that names keys which do not exist is mended by the next start, keys that nobody wrote down are lost.
 * @param credits dollars as a decimal; given once.
 */
export async function bootstrap(
  tx: Transaction,
  { dataDir, origin, credits }: { dataDir: string; origin: string; credits: string },
): Promise<{
  file: Bootstrap;
  inferenceKeyWorks: boolean;
  managementKeyWorks: boolean;
  notes: string[];
}> {
  const notes: string[] = [];
  const known = readBootstrap(dataDir);
  const { organizationId, isNew } = await defaultOrganization(tx);
  const amount = parseDollars(credits);
  if (isNew && amount > 0n) {
    await grantCredits(tx, {
      organizationId,
      amount,
      actor: "bootstrap",
      note: "first start",
      idempotencyKey: "bootstrap",
    });
  }

  const states =
    known === null ? [] : await keyStates(tx, [known.inference_key, known.management_key]);
  const [inference, management] = states;
  if (
    known !== null &&
    inference !== undefined &&
    management !== undefined &&
    inference !== "unknown" &&
    management !== "unknown"
  ) {
    const file = { ...known, ...addresses(origin) };
    if (JSON.stringify(file) !== JSON.stringify(known)) write(dataDir, file);
    if (inference === "refused")
      notes.push(
        "The inference key in bootstrap.json was disabled or revoked. Make one with: turnpike keys mint",
      );
    if (management === "refused")
      notes.push(
        "The management key in bootstrap.json was disabled or revoked, so the CLI works only while Turnpike is stopped.",
      );
    return {
      file,
      inferenceKeyWorks: inference === "works",
      managementKeyWorks: management === "works",
      notes,
    };
  }

  const name = isNew ? "bootstrap" : "bootstrap (replaced)";
  if (!isNew) {
    notes.push(
      known === null
        ? "bootstrap.json was missing, so new keys were minted into it. If the old one may be in other hands, revoke its keys: turnpike keys list"
        : "bootstrap.json named keys that this database does not know, so new ones were minted into it.",
    );
  }
  const mint = { organizationId, name, limit: null, limitReset: null, expiresAt: null };
  const inferenceKey = await mintKey(tx, { ...mint, kind: "inference" });
  const managementKey = await mintKey(tx, { ...mint, kind: "management", role: "operator" });
  const file = {
    ...addresses(origin),
    inference_key: inferenceKey.key,
    management_key: managementKey.key,
  };
  write(dataDir, file);
  return { file, inferenceKeyWorks: true, managementKeyWorks: true, notes };
}

async function defaultOrganization(
  tx: Transaction,
): Promise<{ organizationId: OrganizationId; isNew: boolean }> {
  const [known] = await tx
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.slug, "default"));
  if (known) return { organizationId: known.id, isNew: false };
  const { id } = await createOrganization(tx, { slug: "default", name: "Default" });
  await tx.insert(members).values({
    id: mintId("member"),
    organizationId: id,
    email: ownerEmail,
    name: "Admin",
    role: "owner",
  });
  return { organizationId: id, isNew: true };
}

type KeyState = "works" | "refused" | "unknown";

async function keyStates(tx: Transaction, secrets: readonly string[]): Promise<KeyState[]> {
  const hashes = secrets.map((secret) => hashKey(secret));
  const rows = await tx.select().from(keys).where(inArray(keys.hash, hashes));
  return hashes.map((hash) => {
    const row = rows.find((each) => each.hash === hash);
    if (row === undefined) return "unknown";
    return row.disabled || row.revokedAt !== null ? "refused" : "works";
  });
}

function addresses(origin: string): Pick<Bootstrap, "origin" | "dashboard_url" | "admin"> {
  return {
    origin,
    dashboard_url: `${origin}/`,
    admin: { email: ownerEmail, login_url: `${origin}/` },
  };
}

/** In the order that people read it in. */
function write(
  dataDir: string,
  { origin, inference_key, management_key, dashboard_url, admin }: Bootstrap,
): void {
  const file = { origin, inference_key, management_key, dashboard_url, admin };
  writePrivateFile(bootstrapPath(dataDir), `${JSON.stringify(file, null, 2)}\n`);
}
