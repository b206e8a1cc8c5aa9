/** GET /organization/members: who belongs to the organization (openrouter-api.md 1.6). */
import { asc, count, eq } from "drizzle-orm";
import type { z } from "zod";
import { members } from "#schema/tables/organizations.ts";
import type { Page } from "./inputs.ts";
import type { KeyCall } from "./route.ts";
import type { membersAnswer } from "./shapes/organization.ts";

const administrators: ReadonlySet<string> = new Set(["operator", "owner", "admin"]);

export async function listMembers(
  { runtime, actor }: KeyCall,
  { offset, limit }: Page,
): Promise<z.infer<typeof membersAnswer>> {
  const where = eq(members.organizationId, actor.organizationId);
  const [rows, [counted]] = await Promise.all([
    runtime.db
      .select()
      .from(members)
      .where(where)
      .orderBy(asc(members.email))
      .limit(limit)
      .offset(offset),
    runtime.db.select({ total: count() }).from(members).where(where),
  ]);
  return {
    data: rows.map((member) => {
      const [first = null, ...rest] = (member.name ?? "").split(" ").filter((word) => word !== "");
      return {
        id: member.id,
        email: member.email,
        first_name: first,
        last_name: rest.length === 0 ? null : rest.join(" "),
        role: administrators.has(member.role) ? "org:admin" : "org:member",
      };
    }),
    total_count: counted?.total ?? 0,
  };
}
