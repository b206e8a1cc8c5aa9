/**
 * A timeout that looks at what has arrived before it gives up. When a process was stopped, or its event loop was busy for
 * long, Node runs timers before it reads sockets, and an answer that came in time would be called late.
 */
export type Patience = { end(): void };

/** Calls `giveUp` after so many milliseconds, unless it is ended before. */
export function startPatience(giveUp: () => void, ms: number): Patience {
  let reading: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    reading = setImmediate(giveUp); // after the sockets have been read
  }, ms);
  return {
    end() {
      clearTimeout(timer);
      clearImmediate(reading);
    },
  };
}

/**
 * What Postgres answers, unless it takes too long: a statement that does not answer is an absent Postgres.
 * @throws what `work` throws, or that it did not come in time; `work` goes on either way.
 */
export async function withinMs<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const patience = startPatience(
    () => reject(new Error(`Postgres did not answer within ${ms} ms`)),
    ms,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    patience.end();
  }
}
