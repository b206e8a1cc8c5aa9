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
