import type { Database } from "#schema/database.ts";
import type { MasterKeys } from "#schema/secrets.ts";

/** What every door of the control plane works with. */
export type Runtime = {
  db: Database;
  /** A replica for questions, or `db` itself. */
  analytics: Database;
  masterKey: MasterKeys;
  /** The public origin, `http://host:port`, that clients call. */
  origin: string;
  now(): Date;
};
