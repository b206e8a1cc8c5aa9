// The packages `openai` and `anthropic` of PyPI, as programs (test/clients/python) against a running gateway. Skipped with a
// word where Python or the registry is missing.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pythonWith } from "#test/python.ts";
import { clientWorld } from "./client-world.ts";

const programMsMax = 45_000;
/** Raised by hand, as the packages of npm are. */
const wanted = ["openai==3.57.0", "anthropic==2.14.0"];
const folder = join(import.meta.dirname, "python");

type Check = { name: string; error: string | null };
type Ran = { checks: Check[]; trouble: string | null };

const python = suite("clients from PyPI");
const { packages, why } = await pythonWith(wanted);
if (packages === null) {
  console.log(`Skipped: ${why}`);
  python.skip("openai and anthropic", () => {});
} else {
  const world = await clientWorld();
  python.after(() => world.close());
  for (const name of ["openai_client.py", "anthropic_client.py"]) {
    const { checks, trouble } = await run(name, {
      PYTHONPATH: packages,
      PYTHONPYCACHEPREFIX: join(packages, "compiled"), // nothing is written beside the sources
      TURNPIKE_BASE_URL: world.baseUrl,
      TURNPIKE_KEY: world.key,
    });
    for (const check of checks)
      python(`${name}: ${check.name}`, () => {
        if (check.error !== null) throw new Error(check.error);
      });
    python(`${name} ran to its end`, () => {
      assert.is(trouble, null);
      assert.ok(checks.length >= 7, `${checks.length} checks`);
    });
  }
}
python.run();

function run(name: string, environment: Record<string, string>): Promise<Ran> {
  const { PATH, HOME, LANG } = process.env;
  return new Promise((resolve) => {
    execFile(
      "python3",
      [join(folder, name)],
      {
        env: { PATH, HOME, LANG, PYTHONUTF8: "1", ...environment },
        timeout: programMsMax,
        maxBuffer: 10_000_000,
      },
      (error, stdout, stderr) => {
        const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
        resolve({
          checks: lines.map((line) => JSON.parse(line) as Check),
          trouble: error === null ? null : `${error.message}\n${stderr}`.slice(-4_000),
        });
      },
    );
  });
}
