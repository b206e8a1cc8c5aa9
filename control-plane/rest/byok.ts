/** /byok: the organization's own credentials at providers, one for each (openrouter-api.md 1.6). */
import { z } from "zod";
import { findProvider } from "../catalogue/find-provider.ts";
import { CommandError } from "../command-error.ts";
import { listCredentials, type Credential } from "../credentials/list-credentials.ts";
import { removeCredential } from "../credentials/remove-credential.ts";
import { setCredential } from "../credentials/set-credential.ts";
import { runCommand } from "../run-command.ts";
import { name, page } from "./inputs.ts";
import type { KeyCall } from "./route.ts";
import type {
  credential as credentialShape,
  credentialAnswer,
  credentialsAnswer,
} from "./shapes/organization.ts";

type Answer = z.infer<typeof credentialAnswer>;

const pageRows = 100;
/** What OpenRouter lets say of a credential and we do not keep: refused, so that nobody relies on it. */
const notKept = {
  allowed_models: z.null({ error: "a credential is for all models here; leave it out" }).optional(),
  allowed_api_key_hashes: z
    .null({ error: "a credential is for all keys here; leave it out" })
    .optional(),
  allowed_user_ids: z
    .null({ error: "a credential is for everybody here; leave it out" })
    .optional(),
  declared_zdr: z.null({ error: "not kept here; leave it out" }).optional(),
  is_fallback: z
    .literal(false, { error: "your own credential is always asked first; leave it out" })
    .optional(),
  is_byok_only: z.literal(false, { error: "not kept here; leave it out" }).optional(),
  is_required: z.literal(false, { error: "not kept here; leave it out" }).optional(),
};
const key = z.string().trim().min(1, "expected the provider's API key").max(20_000);

export const newByok = z.strictObject({
  provider: z.string().min(1).max(120),
  key,
  name: name.nullable().optional(),
  disabled: z
    .literal(false, { error: "a credential that is not in use is not kept; leave it out" })
    .optional(),
  workspace_id: z
    .undefined({ error: "a credential is the whole organization's; leave it out" })
    .optional(),
  ...notKept,
});
export const byokChange = z.strictObject({
  key: key.optional(),
  name: name.nullable().optional(),
  disabled: z.literal(false, { error: "to stop using a credential, delete it" }).optional(),
  ...notKept,
});

export const byokQuery = page.extend({
  provider: z.string().max(200).optional().describe("At this provider only, by its slug"),
});

export async function listByok(
  call: KeyCall,
  { offset, limit, provider: wanted }: z.infer<typeof byokQuery>,
): Promise<z.infer<typeof credentialsAnswer>> {
  const all = (await inUse(call)).filter(
    ({ provider }) => wanted === undefined || provider === wanted,
  );
  return { data: all.slice(offset, offset + limit).map(shown), total_count: all.length };
}

export async function readByok(call: KeyCall): Promise<Answer> {
  return { data: shown(await credentialOf(call)) };
}

export async function addByok(call: KeyCall, body: z.infer<typeof newByok>): Promise<Answer> {
  if ((await inUse(call)).some(({ provider }) => provider === body.provider))
    throw new CommandError(
      "conflict",
      `provider: there is a credential for ${body.provider} already; PATCH it with the new key`,
    );
  const { runtime } = call;
  const { id } = await runCommand(runtime.db, async (tx) => {
    const { id: providerId } = await findProvider(tx, body.provider);
    return setCredential(
      tx,
      {
        organizationId: call.actor.organizationId,
        providerId,
        name: body.name ?? body.provider,
        key: body.key,
      },
      runtime.masterKey,
    );
  });
  return { data: shown(await credentialOf(call, id)) };
}

export async function changeByok(call: KeyCall, body: z.infer<typeof byokChange>): Promise<Answer> {
  const credential = await credentialOf(call);
  const { key: newKey } = body;
  if (newKey === undefined)
    throw new CommandError("bad_request", "key: expected the new key; nothing else can be changed");
  await runCommand(call.runtime.db, (tx) =>
    setCredential(
      tx,
      {
        organizationId: call.actor.organizationId,
        providerId: credential.providerId,
        name: body.name ?? credential.name,
        key: newKey,
      },
      call.runtime.masterKey,
    ),
  );
  return { data: shown(await credentialOf(call, credential.id)) };
}

export async function removeByok(call: KeyCall): Promise<{ deleted: true }> {
  const { providerId } = await credentialOf(call);
  const { organizationId } = call.actor;
  await runCommand(call.runtime.db, (tx) => removeCredential(tx, { organizationId, providerId }));
  return { deleted: true };
}

/** All of them: at most one for each provider. */
async function inUse({ runtime, actor }: KeyCall): Promise<Credential[]> {
  const rows: Credential[] = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof listCredentials>> = await listCredentials(runtime.db, {
      organizationId: actor.organizationId,
      limit: pageRows,
      after,
    });
    rows.push(...page.rows);
    if (page.next === null) return rows.filter(({ status }) => status === "active");
    after = page.next;
  }
}

async function credentialOf(call: KeyCall, id = call.parameters["id"] ?? ""): Promise<Credential> {
  const found = (await inUse(call)).find((credential) => credential.id === id);
  if (found) return found;
  throw new CommandError(
    "not_found",
    `no credential of this organization has the id ${id.slice(0, 80)}`,
  );
}

const shown = (credential: Credential): z.infer<typeof credentialShape> => ({
  id: credential.id,
  provider: credential.provider,
  name: credential.name,
  label: credential.label,
  disabled: false,
  is_fallback: false,
  is_byok_only: false,
  is_required: false,
  declared_zdr: null,
  allowed_models: null,
  allowed_api_key_hashes: null,
  allowed_user_ids: null,
  sort_order: 0,
  workspace_id: null,
  created_at: credential.createdAt.toISOString(),
});
