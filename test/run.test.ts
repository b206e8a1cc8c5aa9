import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runFile, summarise } from "./run-file.ts";

const runner = suite("test runner");
const folder = mkdtempSync(join(tmpdir(), "turnpike-runner-"));
const uvu = import.meta.resolve("uvu");

runner.after(() => rmSync(folder, { recursive: true }));

for (const { name, source, expected } of [
  {
    name: "a healthy file is passed, with its skipped tests",
    source: `const s = suite("s"); s("one", () => {}); s("two", () => {}); s.skip("three"); s.run();`,
    expected: { passed: 2, failed: 0, skipped: 1 },
  },
  {
    name: "a failing test is one failure, and its neighbour still passes",
    source: `const s = suite("s"); s("one", () => { throw new Error("no"); }); s("two", () => {}); s.run();`,
    expected: { passed: 1, failed: 1, skipped: 0 },
  },
  {
    name: "a before hook that throws fails every test of its suite, though uvu exits 0",
    source: `const s = suite("s"); s.before(() => { throw new Error("no"); }); s("one", () => {}); s("two", () => {}); s.run();`,
    expected: { passed: 0, failed: 2, skipped: 0 },
  },
  {
    name: "an after.each hook that throws hides nothing, though uvu exits 0",
    source: `const s = suite("s"); s.after.each(() => { throw new Error("no"); }); s("one", () => { throw new Error("no"); }); s.run();`,
    expected: { passed: 0, failed: 1, skipped: 0 },
  },
  {
    name: "a test that throws null is a failure, though uvu exits 0",
    source: `const s = suite("s"); s("one", () => { throw null; }); s.run();`,
    expected: { passed: 0, failed: 1, skipped: 0 },
  },
  {
    name: "a forgotten run is a failure",
    source: `const s = suite("s"); s("one", () => {});`,
    expected: { passed: 0, failed: 1, skipped: 0 },
  },
  {
    name: "an import that throws is a failure",
    source: `throw new Error("at import"); const s = suite("s"); s.run();`,
    expected: { passed: 0, failed: 1, skipped: 0 },
  },
  {
    name: "an exit code is a failure though every test passed",
    source: `const s = suite("s"); s("one", () => {}); s.run(); process.on("exit", () => { process.exitCode = 3; });`,
    expected: { passed: 1, failed: 1, skipped: 0 },
  },
  {
    name: "a failure in a first batch is not lost when a later batch passes",
    source: `const a = suite("a"); a("one", () => { throw new Error("no"); }); a.run(); await new Promise((r) => setTimeout(r, 50)); const b = suite("b"); b("two", () => {}); b.run();`,
    expected: { passed: 1, failed: 1, skipped: 0 },
  },
  {
    name: "a test that ends the process is a failure",
    source: `const s = suite("s"); s("one", () => process.exit(0)); s.run();`,
    expected: { passed: 0, failed: 1, skipped: 0 },
  },
]) {
  runner(name, async () => {
    const { passed, failed, skipped } = await run(source);
    assert.equal({ passed, failed, skipped }, expected);
  });
}

runner("a file that never ends is killed, with what it started, and says so", async () => {
  const result = await run(
    `import { spawn } from "node:child_process";
     const child = spawn("sleep", ["60"], { stdio: "inherit" });
     console.log("grandchild " + child.pid);
     setInterval(() => {}, 1000);`,
    { timeoutMs: 700 },
  );
  assert.is(result.failed, 1);
  assert.match(result.output, "Killed after 0.7 s");
  const grandchild = Number(/grandchild (\d+)/.exec(result.output)?.[1]);
  assert.ok(grandchild > 0);
  assert.not(await staysAlive(grandchild));
});

runner("colours in the environment do not break the counting", async () => {
  const result = await run(`const s = suite("s"); s.skip("x"); s("one", () => {}); s.run();`, {
    environment: { ...process.env, FORCE_COLOR: "1" },
  });
  assert.equal([result.passed, result.skipped], [1, 1]);
});

runner("no summary and no exit code is one failure", () => {
  assert.equal(summarise("", null), { passed: 0, failed: 1, skipped: 0 });
});

runner("the runner exits 1 when no file matches, with the closing line last", () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "run.ts"), "no-such-file"],
    {
      encoding: "utf8",
    },
  );
  assert.is(status, 1);
  assert.match(stdout, /^No test file matches no-such-file\.\n0 passed, 1 failed\n$/);
});

runner.run();

async function run(
  source: string,
  options: { timeoutMs?: number; environment?: NodeJS.ProcessEnv } = {},
) {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.test.ts`);
  writeFileSync(file, `import { suite } from ${JSON.stringify(uvu)};\n${source}\n`);
  return runFile(file, { timeoutMs: 10_000, environment: process.env, ...options });
}

/** A killed process may be seen for a moment until it is reaped, or as a zombie where nobody does. */
async function staysAlive(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (!isRunning(pid)) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !(existsSync(stat) && readFileSync(stat, "utf8").includes(") Z "));
}
