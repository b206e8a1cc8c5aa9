/** Bearer token to caller: by digest, in memory; a miss asks Postgres once, however many ask at the same time. */
import type { IncomingHttpHeaders } from "node:http";
import { allowanceWindows } from "#schema/bounds.ts";
import type { Sql } from "#schema/client.ts";
import type { KeyId, OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { hashKey, isWellFormedKey } from "#schema/secrets.ts";
import type { KeyKind } from "#schema/tables/keys.ts";
import type { Bound } from "./leases.ts";
import { withinMs } from "./patience.ts";
import { Refusal, unavailable } from "./refusal.ts";

export type Caller = {
  keyId: KeyId;
  kind: KeyKind;
  organizationId: OrganizationId;
  workspaceId: WorkspaceId;
  suspended: boolean;
  disabled: boolean;
  expiresAtMs: number | null;
  /** The organization has used more than it had: nothing is served, free models neither (contract L-6). */
  overdrawn: boolean;
  /** Every bound that a request of this key may be held against, in the order in which they are named when short. */
  bounds: readonly Bound[];
};

const knownMax = 50_000;
const unknownMax = 10_000;
const unknownMs = 30_000;
/** A caller is read again when older than this, so that a lost notice is noticed; until then, and while Postgres is away, it stands. */
const freshMs = 8_000;

const statementTimeoutMs = 2_000;

type Entry = { caller: Caller; readAtMs: number };

export class Callers {
  readonly #client: Sql;
  readonly #known = new Map<string, Entry>();
  readonly #unknown = new Map<string, number>();
  readonly #asking = new Map<string, Promise<Caller | null>>();
  #epoch = 0;

  constructor(client: Sql) {
    this.#client = client;
  }

  /** The caller of a digest if memory has it; null means ask. */
  recall(digest: string, nowMs: number): Caller | null {
    const entry = this.#known.get(digest);
    if (!entry) return null;
    if (nowMs - entry.readAtMs > freshMs) void this.ask(digest, nowMs).catch(() => {}); // away: what is known stands
    return entry.caller;
  }

  isKnownUnknown(digest: string, nowMs: number): boolean {
    return (this.#unknown.get(digest) ?? 0) > nowMs;
  }

  /** Reads a caller from Postgres. @throws when Postgres is away. */
  ask(digest: string, nowMs: number): Promise<Caller | null> {
    const asking =
      this.#asking.get(digest) ??
      withinMs(this.#read(digest, nowMs), statementTimeoutMs).finally(() =>
        this.#asking.delete(digest),
      );
    this.#asking.set(digest, asking);
    return asking;
  }

  async #read(digest: string, nowMs: number): Promise<Caller | null> {
    const epoch = this.#epoch;
    const client = this.#client;
    const [row] = await client<CallerRow[]>`
      select k.id as key_id, k.kind, k.organization_id, k.workspace_id, o.status <> 'active' as suspended, k.disabled,
        k.revoked_at is not null as revoked, (extract(epoch from k.expires_at) * 1000)::float8 as expires_at_ms,
        exists(select from allowances a join allowance_uses u on u.allowance_id = a.id where a.subject_kind = 'organization' and a.subject_id = o.id
          and a.unit = 'picodollars' and a.window_kind = 'lifetime' and u.used > a.limit_amount) as overdrawn,
        (select coalesce(json_agg(json_build_object('id', a.id, 'subject', a.subject_kind, 'unit', a.unit, 'window', a.window_kind, 'scope', a.scope) order by a.id), '[]')
         from allowances a where a.limit_amount is not null and ((a.subject_kind = 'organization' and a.subject_id = o.id)
           or (a.subject_kind = 'workspace' and a.subject_id = k.workspace_id) or (a.subject_kind = 'key' and a.subject_id = k.id))) as bounds
      from keys k join organizations o on o.id = k.organization_id where k.hash = ${digest}`;
    if (epoch !== this.#epoch) return this.#read(digest, nowMs); // something was revoked while this was on its way
    if (!row || row.revoked) {
      this.#known.delete(digest);
      put(this.#unknown, digest, nowMs + unknownMs, unknownMax);
      return null;
    }
    const caller: Caller = {
      keyId: row.key_id,
      kind: row.kind,
      organizationId: row.organization_id,
      workspaceId: row.workspace_id,
      suspended: row.suspended,
      disabled: row.disabled,
      expiresAtMs: row.expires_at_ms,
      overdrawn: row.overdrawn,
      bounds: row.bounds.toSorted((a, b) => precedence(a) - precedence(b)),
    };
    put(this.#known, digest, { caller, readAtMs: nowMs }, knownMax);
    return caller;
  }

  /** A key changed: it is asked for again. Answers the bounds that it had. */
  forget(digest: string): readonly Bound[] {
    this.#epoch++;
    const bounds = this.#known.get(digest)?.caller.bounds ?? [];
    this.#known.delete(digest);
    this.#unknown.delete(digest);
    return bounds;
  }

  /** The same for all keys of an organization. */
  forgetOrganization(organization: string): readonly Bound[] {
    this.#epoch++;
    const bounds: Bound[] = [];
    for (const [digest, entry] of this.#known) {
      if (entry.caller.organizationId !== organization) continue;
      bounds.push(...entry.caller.bounds);
      this.#known.delete(digest);
    }
    return bounds;
  }

  forgetAll(): void {
    this.#epoch++;
    this.#known.clear();
    this.#unknown.clear();
  }
}

type CallerRow = {
  key_id: KeyId;
  kind: KeyKind;
  organization_id: OrganizationId;
  workspace_id: WorkspaceId;
  suspended: boolean;
  disabled: boolean;
  revoked: boolean;
  expires_at_ms: number | null;
  overdrawn: boolean;
  bounds: Bound[];
};

const subjects = ["key", "workspace", "organization"];
/** Money before rates, the narrower subject before the wider, the longer window before the shorter: what is hardest to change is named first. */
const precedence = ({ unit, subject, window }: Bound): number =>
  (unit === "picodollars" ? 0 : unit === "concurrency" ? 200 : 100) +
  subjects.indexOf(subject) * 10 +
  allowanceWindows.indexOf(window);

/** Adds to a bounded map; the oldest goes. */
function put<Value>(map: Map<string, Value>, name: string, value: Value, max: number): void {
  map.delete(name);
  if (map.size >= max)
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  map.set(name, value);
}

const unauthenticated = (message: string): Refusal =>
  new Refusal({ status: 401, type: "authentication", message });

/**
 * The caller of a request, from `Authorization: Bearer` or `x-api-key`.
 * @throws {Refusal} 401 for no, a malformed, an unknown, a disabled or an expired key; 403 for a management key; 503
 *   when the key is not in memory and Postgres is away.
 */
export function authenticate(
  headers: IncomingHttpHeaders,
  callers: Callers,
  nowMs: number,
): Caller | Promise<Caller> {
  const key = credential(headers);
  const digest = hashKey(key);
  const known = callers.recall(digest, nowMs);
  if (known) return admissible(known, nowMs);
  if (!isWellFormedKey(key))
    throw unauthenticated("User not found. The API key is not one of this Turnpike's (sk-tp-v1-…)");
  if (callers.isKnownUnknown(digest, nowMs)) throw unauthenticated("User not found.");
  return callers.ask(digest, nowMs).then(
    (caller) => {
      if (!caller) throw unauthenticated("User not found.");
      return admissible(caller, nowMs);
    },
    (cause: unknown) => {
      throw unavailable(
        "The key cannot be checked right now, because the database does not answer. Try again in a few seconds.",
        cause,
      );
    },
  );
}

function credential(headers: IncomingHttpHeaders): string {
  const { authorization } = headers;
  const apiKey = headers["x-api-key"];
  const bearer = authorization === undefined ? null : tokenOf(authorization);
  if (bearer === null && apiKey === undefined)
    throw unauthenticated("Missing Authentication header");
  if (bearer !== null && typeof apiKey === "string" && apiKey !== bearer) {
    throw new Refusal({
      status: 400,
      type: "invalid_request",
      message: "Authorization and x-api-key name two different keys; send one",
    });
  }
  const key = bearer ?? apiKey;
  if (typeof key !== "string" || key === "")
    throw unauthenticated('Authorization must be "Bearer <key>"');
  return key;
}

/** Behind `Bearer`, in whatever case; empty when there is none. */
function tokenOf(authorization: string): string {
  // As every SDK writes it: no expression, and no list of what it matched.
  if (authorization.startsWith("Bearer sk-") && !authorization.includes(" ", 7))
    return authorization.slice(7).trimEnd();
  return /^bearer[ \t]+(\S+)\s*$/i.exec(authorization)?.[1] ?? "";
}

function admissible(caller: Caller, nowMs: number): Caller {
  if (caller.disabled) throw unauthenticated("This API key is disabled");
  if (caller.expiresAtMs !== null && caller.expiresAtMs <= nowMs)
    throw unauthenticated("This API key has expired");
  if (caller.kind === "management") {
    throw new Refusal({
      status: 403,
      type: "permission_denied",
      message: "This is a management key; inference needs an inference key",
    });
  }
  if (caller.suspended)
    throw new Refusal({
      status: 403,
      type: "permission_denied",
      message: "This organization is suspended",
    });
  return caller;
}
