// The provider named "Simulator": answers when no provider key is set, so that everything can be
// tried offline. A process of its own, reached over HTTP like every other provider.

import { fstatSync } from "node:fs";
import { createSimulator } from "./serve.ts";

const wordGapMs = 10; // about 100 words a second: quick, and still visibly streamed
const drainMsMax = 10_000;
const idleCheckMs = 50;

const port = Number(process.env["PORT"] ?? 4002);
const host = process.env["HOST"] ?? "127.0.0.1";

const server = createSimulator({ wordGapMs });
server.on("error", (error) => {
  console.error(JSON.stringify({ level: "error", process: "simulator", message: error.message }));
  process.exit(1);
});
server.listen(port, host);

let draining = false;
function drain(): void {
  if (draining) return;
  draining = true;
  server.close(() => process.exit(0));
  // A kept-alive connection falls idle after its last answer, and would hold us until it times out.
  setInterval(() => server.closeIdleConnections(), idleCheckMs).unref();
  // An answer takes about a second; whoever is still reading after this is not reading.
  setTimeout(() => process.exit(0), drainMsMax).unref();
}

process.on("SIGTERM", drain);
// Ctrl-C reaches the whole process group; the supervisor decides when we stop.
process.on("SIGINT", () => {});

// The supervisor holds the other end of our stdin. Started by hand, stdin is a terminal or nothing.
const stdin = fstatSync(0);
if (stdin.isFIFO() || stdin.isSocket()) {
  process.stdin.on("end", drain).on("error", drain).resume();
}
