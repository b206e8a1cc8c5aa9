/** Postgres' NOTIFY channels. */

/** Something changed; the payload is its sequence number in the table `changes`. */
export const changesChannel = "turnpike_changes";
/** A gateway asks the others to hand back what they hold idle of an allowance; the payload is "<allowance> <asking gateway>". */
export const recallChannel = "turnpike_recall";
