// Python with packages from PyPI, for tests that run what people write in Python. They are put once into a folder beside the
// machine's other temporary ones and found there by later runs. Where Python, pip or the registry is missing there are none,
// which is told in a moment and never a failure.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const makeMsMax = 45_000;
/** Another run that has not finished making it in this time has died. */
const abandonedMs = 5 * 60_000;

/** `packages` is a folder for PYTHONPATH. */
export type Python = { packages: string; why: null } | { packages: null; why: string };

/** @param packages as pip takes them, with their versions: `openai==3.57.0` */
export async function pythonWith(packages: readonly string[]): Promise<Python> {
  const name = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 10);
  const folder = join(tmpdir(), `turnpike-python-${userInfo().uid}-${name}`);
  const ready = join(folder, "ready");
  if (existsSync(ready)) return { packages: folder, why: null };
  if (existsSync(folder)) {
    if (Date.now() - statSync(folder).mtimeMs < abandonedMs)
      return { packages: null, why: "another run is getting the packages right now" };
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder);
  // Into a plain folder and without compiling: a virtual environment took three times as long.
  const pip =
    "-m pip install --quiet --disable-pip-version-check --no-compile --retries 0 --timeout 5 --target";
  const failed = await new Promise<string | null>((resolve) => {
    execFile(
      "python3",
      [...pip.split(" "), folder, ...packages],
      { timeout: makeMsMax, killSignal: "SIGKILL" },
      (error, _stdout, stderr) =>
        resolve(
          error === null
            ? null
            : error.killed
              ? "it took too long"
              : (stderr.trim().split("\n").at(-1) ?? error.message),
        ),
    );
  });
  if (failed === null) {
    writeFileSync(ready, "");
    return { packages: folder, why: null };
  }
  rmSync(folder, { recursive: true, force: true });
  return {
    packages: null,
    why: `python3 -m pip could not get ${packages.join(", ")}: ${failed.slice(0, 300)}`,
  };
}
