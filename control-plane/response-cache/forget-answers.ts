import { sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";

// With the largest answers a batch is a few gigabytes of dead rows in the making; with usual ones it is a moment.
const batchRows = 500;

/**
 * Forgets kept answers that have expired, and those of keys that are revoked, disabled or expired, or whose organization is
 * not active: nobody can ask for them any more. In batches, each a statement of its own; may run twice at once.
 * @returns how many were forgotten.
 */
export async function forgetAnswers(db: Database): Promise<{ forgotten: number }> {
  let forgotten = 0;
  for (let rows = batchRows; rows === batchRows; forgotten += rows) {
    const gone = await db.execute(sql`
      delete from response_cache r using (
        select key_id, digest from response_cache where expires_at <= now()
        order by expires_at limit ${batchRows} for update skip locked
      ) old where r.key_id = old.key_id and r.digest = old.digest returning 1`);
    rows = gone.length;
  }
  for (let rows = batchRows; rows === batchRows; forgotten += rows) {
    const gone = await db.execute(sql`
      delete from response_cache r using (
        select c.key_id, c.digest
          from response_cache c join keys k on k.id = c.key_id join organizations o on o.id = k.organization_id
         where k.revoked_at is not null or k.disabled or k.expires_at <= now() or o.status <> 'active'
         limit ${batchRows} for update of c skip locked
      ) old where r.key_id = old.key_id and r.digest = old.digest returning 1`);
    rows = gone.length;
  }
  return { forgotten };
}
