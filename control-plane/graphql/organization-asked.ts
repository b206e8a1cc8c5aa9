import { eq } from "drizzle-orm";
import type { OrganizationId } from "#schema/ids.ts";
import { organizations } from "#schema/tables/organizations.ts";
import type { QuestionContext } from "./builder.ts";
import { questionError } from "./question-error.ts";

/**
 * Whose figures are asked for: the actor's own organization, or for an operator the one named by its slug.
 * @throws FORBIDDEN when somebody else names another organization, whether it exists or not; NOT_FOUND for an operator.
 */
export async function organizationAsked(
  { actor, db }: QuestionContext,
  slug: string | null | undefined,
): Promise<OrganizationId> {
  if (slug === null || slug === undefined) return actor.organizationId;
  const [found] =
    slug.length > 256 || slug.includes("\0")
      ? []
      : await db
          .select({ id: organizations.id })
          .from(organizations)
          .where(eq(organizations.slug, slug));
  if (found?.id === actor.organizationId) return found.id;
  if (actor.role !== "operator") {
    throw questionError(
      "FORBIDDEN",
      "organization: only an operator may ask about another organization; leave it out to ask about your own",
    );
  }
  if (!found)
    throw questionError(
      "NOT_FOUND",
      `organization: none has the slug ${JSON.stringify(slug.slice(0, 80))}`,
    );
  return found.id;
}
