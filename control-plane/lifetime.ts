/** When a child process of the supervisor ends: told by SIGTERM, or orphaned. */
import { fstatSync } from "node:fs";

/**
 * Resolves when this process should finish what it does and end: on SIGTERM, or when whoever started it over a
 * pipe is gone. SIGINT is left to the supervisor, because a terminal sends it to everybody at once.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGINT", () => {});
    process.on("SIGTERM", () => resolve());
    if (!isPipe(0)) return; // a terminal or /dev/null: started by hand or by an init system, which sends signals
    process.stdin.on("error", () => resolve());
    process.stdin.on("close", () => resolve());
    process.stdin.resume();
  });
}

function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // closed from the start
  }
}
