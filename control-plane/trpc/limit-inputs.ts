/** What the rooms `limits` and `budgets` take: whose limit, of what, per what. */
import { z } from "zod";
import { allowanceWindows } from "#schema/bounds.ts";
import type { Transaction } from "#schema/database.ts";
import { AmountError, type Picodollars } from "#schema/money/amount.ts";
import type { Actor } from "../actor.ts";
import { CommandError } from "../command-error.ts";
import { findKey } from "../keys/find-key.ts";
import {
  formatLimit,
  limitUnits,
  parseLimit,
  unitOf,
  wordOf,
  type LimitUnit,
} from "../limits/limit-words.ts";
import type { Limit } from "../limits/list-limits.ts";
import type { LimitSlot, LimitSubject } from "../limits/put-limit.ts";
import { findWorkspace } from "../workspaces/find-workspace.ts";
import { organization, reference } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";

/** Whose limit: the key's (id or hash), else the workspace's (id or slug), else the organization's own. */
export const subjectFields = {
  organization,
  workspace: reference.optional(),
  key: reference.optional(),
};
export const slotFields = {
  ...subjectFields,
  unit: z.enum(limitUnits, { error: `expected one of ${limitUnits.join(", ")}` }),
  /** May be left out for concurrency alone. */
  per: z
    .enum(allowanceWindows, { error: `expected one of ${allowanceWindows.join(", ")}` })
    .optional(),
  /** A model's id, `free`, or empty for every request. */
  scope: z.string().max(200).default(""),
};
/** USD as decimal text, a whole number of anything else. */
export const written = z.union([z.string().max(40), z.number()], {
  error: 'expected an amount in USD as decimal text, such as "12.50", or a whole number',
});
export const limitsAfter = z.string().max(400).nullable().default(null);

type SubjectInput = {
  organization?: string | undefined;
  workspace?: string | undefined;
  key?: string | undefined;
};
type SlotInput = SubjectInput & {
  unit: LimitUnit;
  per?: LimitSlot["window"] | undefined;
  scope: string;
};

/**
 * Whose limit an input names, and its organization.
 * @throws {CommandError} bad_request when it names a key and a workspace; not_found.
 */
export async function subjectOf(
  tx: Transaction,
  actor: Actor,
  input: SubjectInput,
): Promise<{ organizationId: LimitSlot["organizationId"]; subject: LimitSubject }> {
  const { id: organizationId } = await organizationOf(tx, actor, input.organization);
  if (input.key !== undefined && input.workspace !== undefined)
    throw new CommandError("bad_request", "workspace: name a key or a workspace, not both");
  if (input.key !== undefined) {
    const { id } = await findKey(tx, { organizationId, idOrHash: input.key });
    return { organizationId, subject: { kind: "key", id } };
  }
  if (input.workspace !== undefined) {
    const { id } = await findWorkspace(tx, { organizationId, slugOrId: input.workspace });
    return { organizationId, subject: { kind: "workspace", id } };
  }
  return { organizationId, subject: { kind: "organization", id: organizationId } };
}

/**
 * The limit that an input names, for somebody who wants to change it.
 * @throws {CommandError} forbidden for an organization's own limits without the role operator: they are what the house
 *   allows it. bad_request without `per`.
 */
export async function slotToChange(
  tx: Transaction,
  actor: Actor,
  input: SlotInput,
): Promise<LimitSlot> {
  const { organizationId, subject } = await subjectOf(tx, actor, input);
  if (subject.kind === "organization" && actor.role !== "operator")
    throw new CommandError(
      "forbidden",
      "only an operator sets the limits of an organization itself; name a workspace or a key of yours",
    );
  if (input.per === undefined && input.unit !== "concurrency")
    throw new CommandError("bad_request", `per: expected one of ${allowanceWindows.join(", ")}`);
  return {
    organizationId,
    subject,
    unit: unitOf(input.unit),
    window: input.per ?? "lifetime",
    scope: input.scope,
  };
}

/** @throws {CommandError} bad_request. */
export function limitOfText(unit: LimitUnit, text: string | number): Picodollars {
  try {
    return parseLimit(unit, text);
  } catch (cause) {
    if (cause instanceof AmountError)
      throw new CommandError("bad_request", `limit: ${cause.message}`, { cause });
    throw cause;
  }
}

export const shownLimit = (row: Limit) => ({
  subject: row.subject,
  unit: wordOf(row.unit),
  per: row.window,
  scope: row.scope,
  origin: row.origin,
  limit: row.limit === null ? null : formatLimit(row.unit, row.limit),
  used: formatLimit(row.unit, row.used),
  leased: formatLimit(row.unit, row.leased),
  remaining: row.remaining === null ? null : formatLimit(row.unit, row.remaining),
  endsAt: row.endsAt?.toISOString() ?? null,
  own: row.own,
});
