// The program that `turnpike.mjs` runs, once it has a Node that can.
import { run } from "./run.ts";

// Whoever reads our output may go away (`turnpike models list | head`); that is no failure.
process.stdout.on("error", () => {});

// Not process.exit: `start` goes on after this, and what is written to a pipe must get there.
process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  folder: process.cwd(),
  stdin: process.stdin,
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  width: process.stdout.isTTY ? process.stdout.columns : null,
});
