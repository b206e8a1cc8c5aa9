/**
 * postgres.js 3.4.9 with the faults of a cut connection put right while it is loaded (porsager/postgres#1066, #1154, #1208):
 * - a statement on a connection that is closed writes to a socket that is null, in a timer, where nobody can catch it:
 *   the process ends, with every stream in it;
 * - one that is cut while it asks for the array types rejects a promise that nobody holds, which ends the process too;
 * - what a cut connection had not sent yet is sent first on the next one, or keeps it from sending at all;
 * - a transaction whose connection was cut goes on with its remaining statements on the connection that took its place,
 *   where each of them commits by itself. For books that is the worst of the three.
 */
import { registerHooks } from "node:module";

type Repair = { fault: string; sound: string };

const repairs: Readonly<Record<string, readonly Repair[]>> = {
  "connection.js": [
    {
      fault: `        return fetchArrayTypes()
`,
      sound: `        return fetchArrayTypes().catch(() => {}) // whoever waits for the connection is told by its end
`,
    },
    {
      fault: `    if (terminated)
      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))
`,
      sound: `    if (terminated || !socket) {
      queryError(q, Errors.connection('CONNECTION_DESTROYED', options))
      return true
    }
`,
    },
    {
      fault: `  function nextWrite(fn) {
`,
      sound: `  function nextWrite(fn) {
    if (!socket) {
      chunk = nextWriteTimer = null
      return true
    }
`,
    },
    {
      fault: `    clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)
    socket.removeListener('connect', connected)
    idleTimer.cancel()`,
      sound: `    clearImmediate(nextWriteTimer)
    nextWriteTimer = chunk = null
    socket.removeListener('data', data)
    socket.removeListener('connect', connected)
    idleTimer.cancel()`,
    },
  ],
  "index.js": [
    // A transaction.
    {
      fault: `    let savepoints = 0
      , connection
`,
      sound: `    let savepoints = 0
      , gone = null
      , connection
`,
    },
    {
      fault: `        new Promise((_, reject) => connection.onclose = reject)
`,
      sound: `        new Promise((_, reject) => connection.onclose = e => reject(gone = e))
`,
    },
    {
      fault: `        q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue === full`,
      sound: `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (gone)
          return q.reject(gone)
        c.queue === full`,
    },
    // A reserved connection, which pg-boss has for its scripts.
    {
      fault: `    c.reserved.release = true

    const sql = Sql(handler)
    sql.release = () => {
      c.reserved = null
      onopen(c)
    }

    return sql

    function handler(q) {
      c.queue === full`,
      sound: `    c.reserved.release = true
    let gone = null
    c.onclose = e => gone = e

    const sql = Sql(handler)
    sql.release = () => {
      if (gone)
        return
      c.onclose = c.reserved = null
      onopen(c)
    }

    return sql

    function handler(q) {
      if (gone)
        return q.reject(gone)
      c.queue === full`,
    },
  ],
};

/** One of the driver's files without its faults. @throws when it is not the source they were found in. */
export function repair(name: string, source: string): string {
  return (repairs[name] ?? []).reduce((text, { fault, sound }) => {
    if (text.split(fault).length !== 2)
      throw new Error(
        `postgres.js (${name}) is not the version that schema/driver.ts repairs; see whether it still needs it`,
      );
    return text.replace(fault, () => sound);
  }, source);
}

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const name = /\/postgres\/src\/(connection|index)\.js$/.exec(url)?.[0].split("/").at(-1);
    if (name === undefined || loaded.source == null) return loaded;
    const source =
      typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: repair(name, source) };
  },
});

// Not a static import: those are loaded before anything here has run.
export const { default: postgres } = await import("postgres");
