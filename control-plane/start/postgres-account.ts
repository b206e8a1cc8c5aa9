// Postgres refuses to run as root, and people run containers as root. So root lends it an account.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { StartRefusal } from "./start-refusal.ts";

export type PostgresAccount =
  | { kind: "self"; uid: number | null }
  | { kind: "nobody"; uid: number; gid: number }
  /** Ourselves outside, nobody inside a user namespace: the same files, under a name that will do. */
  | { kind: "namespace"; uid: number; insideUid: number };

/**
 * The account under which `postgres` can run and reach `dataDir`; proven by running it.
 * @throws {StartRefusal} when there is none, with what was tried.
 */
export function choosePostgresAccount({
  postgres,
  dataDir,
}: {
  postgres: string;
  dataDir: string;
}): PostgresAccount {
  const uid = process.getuid?.() ?? null;
  const self: PostgresAccount = { kind: "self", uid };
  if (uid === null || (uid !== 0 && hasName())) {
    const failure = tryAccount(self, { postgres, dataDir });
    if (failure === null) return self;
    throw new StartRefusal(
      `The embedded Postgres does not run on this machine: ${failure}. It needs glibc (so not Alpine). ` +
        `Set DATABASE_URL to any Postgres 15 or newer.`,
    );
  }
  const nobody: PostgresAccount = { kind: "nobody", ...nobodyIds() };
  const namespace: PostgresAccount = { kind: "namespace", uid, insideUid: nobody.uid };
  if (uid === 0) letPass(dataDir);
  const tried: string[] = [];
  for (const account of uid === 0 ? [nobody, namespace] : [namespace]) {
    const failure = tryAccount(account, { postgres, dataDir });
    if (failure === null) return account;
    tried.push(
      `  ${account.kind === "nobody" ? "as user nobody" : "in a user namespace"}: ${failure}`,
    );
  }
  throw new StartRefusal(
    uid === 0
      ? `Postgres may not run as root, and cannot be run for root here.\n${tried.join("\n")}\n` +
          `Move the project and DATA_DIR (${dataDir}) to folders that every user may enter (/srv, /opt, ` +
          `/var/lib), start Turnpike as another user, or set DATABASE_URL.`
      : `Postgres does not run under a user without a name, and user ${uid} has none here.\n${tried.join("\n")}\n` +
          `Add a line for ${uid} to /etc/passwd, or set DATABASE_URL.`,
  );
}

/** initdb looks up its user; containers are often run under a number that /etc/passwd does not know. */
function hasName(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false; // what Node does when there is no entry
  }
}

/** How to run a Postgres binary under the account: what `spawn` takes. */
export function underAccount(
  account: PostgresAccount,
  { file, args }: { file: string; args: string[] },
): { file: string; args: string[]; options: { uid?: number; gid?: number } } {
  switch (account.kind) {
    case "self":
      return { file, args, options: {} };
    case "nobody":
      return { file, args, options: { uid: account.uid, gid: account.gid } };
    case "namespace":
      return {
        file: "unshare",
        args: ["--user", `--map-user=${account.insideUid}`, file, ...args],
        options: {},
      };
    default:
      return account satisfies never;
  }
}

/**
 * Gives a folder and all in it to the account, when it is not its already.
 * @throws {StartRefusal} when it belongs to somebody else and we are not root.
 */
export function giveTo(account: PostgresAccount, folder: string): void {
  const owner = statSync(folder).uid;
  if (account.uid === null || owner === account.uid) return;
  if (account.kind !== "nobody" && account.uid !== 0) {
    throw new StartRefusal(
      `${folder} belongs to user ${owner}, and this is user ${account.uid}. Start Turnpike as the user that ` +
        `first started it (root, if user ${owner} is nobody), or choose another DATA_DIR.`,
    );
  }
  chownTree(folder, { uid: account.uid, gid: account.kind === "nobody" ? account.gid : 0 });
}

function chownTree(path: string, { uid, gid }: { uid: number; gid: number }): void {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return;
  if (entry.isDirectory())
    for (const name of readdirSync(path)) chownTree(join(path, name), { uid, gid });
  chownSync(path, uid, gid);
}

/** Null when it works, else what went wrong. */
function tryAccount(
  account: PostgresAccount,
  { postgres, dataDir }: { postgres: string; dataDir: string },
): string | null {
  const steps = [{ file: postgres, args: ["--version"], what: "running postgres" }];
  if (account.kind === "nobody") {
    steps.push({
      file: "/bin/sh",
      args: ["-c", 'cd "$1"', "sh", dataDir],
      what: `entering ${dataDir}`,
    });
  }
  for (const { what, ...step } of steps) {
    const { file, args, options } = underAccount(account, step);
    const run = spawnSync(file, args, {
      ...options,
      cwd: "/",
      encoding: "utf8",
      windowsHide: true,
    });
    if (run.error !== undefined) return `${what}: ${run.error.message}`;
    if (run.status !== 0) return `${what}: ${run.stderr.trim() || `exit ${run.status}`}`;
  }
  return null;
}

/** DATA_DIR is ours; its secrets are 0600 each. A home folder given as DATA_DIR is not opened. */
function letPass(dataDir: string): void {
  const { mode, uid } = statSync(dataDir);
  if (uid === 0 && (mode & 0o001) === 0 && dataDir !== homedir())
    chmodSync(dataDir, (mode & 0o777) | 0o011);
}

function nobodyIds(): { uid: number; gid: number } {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return { uid: Number(entry?.[1] ?? 65_534), gid: Number(entry?.[2] ?? 65_534) };
}
