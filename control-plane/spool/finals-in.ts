import { readLife, type Life } from "#schema/spool/life.ts";

// One request of the admin client; the control plane takes 1 MB, and a record is 1 to 4 kB.
const recordsPerBatchMax = 200;
const bytesPerBatchMax = 600_000;

/** Every final that stands before damage, in batches that one command takes; only those admitted from `since` on. */
export function* finalsIn(life: Life, options: { since: Date | null }): Generator<unknown[]> {
  let batch: unknown[] = [];
  let bytes = 0;
  for (const { records } of readLife(life.folder)) {
    for (const { type, payload } of records) {
      if (type !== "final") continue;
      const record: { admittedAt?: string } = JSON.parse(payload.toString("utf8"));
      if (
        options.since !== null &&
        !(Date.parse(record.admittedAt ?? "") >= options.since.getTime())
      )
        continue;
      if (batch.length === recordsPerBatchMax || bytes + payload.length > bytesPerBatchMax) {
        yield batch;
        [batch, bytes] = [[], 0];
      }
      batch.push(record);
      bytes += payload.length;
    }
  }
  if (batch.length > 0) yield batch;
}
