// A Python with packages from PyPI, for tests that run what people write in Python. It is made once in a folder beside the
// machine's other temporary ones and found there by later runs; where Python or the registry is missing there is none, which
// is told in a moment and never a failure.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const makeMsMax = 55_000;
/** Another run that has not finished making it in this time has died. */
const abandonedMs = 5 * 60_000;

export type Python = { program: string; why: null } | { program: null; why: string };

/** @param packages as pip takes them, with their versions: `openai==3.57.0` */
export async function pythonWith(packages: readonly string[]): Promise<Python> {
  const none = (why: string): Python => ({ program: null, why });
  const name = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 10);
  const folder = join(tmpdir(), `turnpike-python-${userInfo().uid}-${name}`);
  const program = join(folder, "bin/python3");
  const ready = join(folder, "ready");
  if (existsSync(ready)) return { program, why: null };
  if (existsSync(folder)) {
    if (Date.now() - statSync(folder).mtimeMs < abandonedMs)
      return none("another run is making it right now");
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder);
  const give = (why: string): Python => {
    rmSync(folder, { recursive: true, force: true });
    return none(why);
  };
  const deadline = Date.now() + makeMsMax;
  if (!(await ends("python3", ["-m", "venv", folder], deadline)))
    return give("python3 with venv is not installed");
  const pip = "-m pip install --quiet --disable-pip-version-check --retries 0 --timeout 5";
  if (!(await ends(program, [...pip.split(" "), ...packages], deadline)))
    return give(`pip could not install ${packages.join(", ")}`);
  writeFileSync(ready, "");
  return { program, why: null };
}

const ends = (program: string, words: readonly string[], deadline: number): Promise<boolean> =>
  new Promise((resolve) => {
    const timeout = Math.max(1, deadline - Date.now());
    execFile(program, words, { timeout, killSignal: "SIGKILL" }, (error) =>
      resolve(error === null),
    );
  });
