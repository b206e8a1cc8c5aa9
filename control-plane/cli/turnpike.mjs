#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on any Node, to bring up the one that runs the rest.
// The `node` package of npm (a dependency) holds Node 24, which runs TypeScript as it is.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const nodeMajorMin = 24;

if (Number(process.versions.node.split(".")[0]) >= nodeMajorMin) {
  await import("./main.ts");
} else if (process.env.TURNPIKE_NODE_STARTED) {
  // The Node we started is too old as well; starting it again would go on forever.
  refuse(
    `The Node in node_modules is ${process.versions.node}, and Turnpike needs ${nodeMajorMin}.`,
  );
} else {
  const node = findNode();
  if (node === null)
    refuse(`Turnpike needs Node ${nodeMajorMin}, and this is ${process.versions.node}.`);
  const program = fileURLToPath(import.meta.url);
  const child = spawn(node, [program, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, TURNPIKE_NODE_STARTED: "1" },
  });
  // A terminal sends Ctrl-C to both; the child decides what it means, and we end as it ends.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => refuse(`Cannot run ${node}: ${error.message}.`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function findNode() {
  const executable = process.platform === "win32" ? "node.exe" : "node";
  const candidates = [
    fileURLToPath(new URL(`../../node_modules/.bin/${executable}`, import.meta.url)),
  ];
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node/package.json"));
    candidates.unshift(join(folder, "bin", executable));
  } catch {
    // Not installed where modules are looked for; the folder above is left to try.
  }
  return candidates.find((path) => existsSync(path)) ?? null;
}

function refuse(reason) {
  process.stderr.write(
    `${reason} Run \`npm ci\` in ${fileURLToPath(new URL("../..", import.meta.url))} and try again.\n`,
  );
  process.exit(1);
}
