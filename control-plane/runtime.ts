import type { Database } from "#schema/database.ts";

/** What every door of the control plane works with. */
export type Runtime = {
  db: Database;
  /** A replica for questions, or `db` itself. */
  analytics: Database;
  /** 64 hex characters. */
  masterKey: string;
  /** The public origin, `http://host:port`, that clients call. */
  origin: string;
  now(): Date;
};
