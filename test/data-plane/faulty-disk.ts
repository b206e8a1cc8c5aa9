// A disk under a spool that fails when it is told to, is as full as it is told to be, or is gone from some moment on.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { diskFiles, type SpoolFiles } from "#data/spool/files.ts";

export type FaultyDisk = SpoolFiles & {
  /** Bytes that files may still grow by. */
  free: number;
  /** As on file systems that copy on write: bytes that are there already need room too. */
  copiesOnWrite: boolean;
  /** So many syncs from now on fail. */
  failingSyncs: number;
  /** Syncs that were asked for do not answer until it is false again; then `answer` them. */
  silent: boolean;
  answer(): void;
  /** Operations until the process is dead: every one behind throws. */
  operationsLeft: number;
  /** Resolves once an operation was asked of a dead process. */
  dead: Promise<void>;
  /** What the disk would hold after a power cut: each file as of its last good sync, if its name was synced. */
  afterPowerCut: string;
};

export function faultyDisk(shadow: string): FaultyDisk {
  const paths = new Map<number, string>();
  const held: (() => void)[] = [];
  const { promise: dead, resolve: die } = Promise.withResolvers<void>();
  const isDead = (): boolean => {
    if (disk.operationsLeft-- > 0) return false;
    die();
    return true;
  };
  const step = (): void => {
    if (isDead()) throw new Error("the process is dead");
  };
  const isFailing = (): boolean => disk.failingSyncs > 0 && disk.failingSyncs-- > 0;
  const keep = (file: number): void => {
    const path = paths.get(file);
    if (path === undefined || !existsSync(path)) return;
    mkdirSync(shadow, { recursive: true });
    copyFileSync(path, join(shadow, basename(path)));
  };
  const disk: FaultyDisk = {
    free: Number.POSITIVE_INFINITY,
    copiesOnWrite: false,
    failingSyncs: 0,
    silent: false,
    operationsLeft: Number.POSITIVE_INFINITY,
    dead,
    afterPowerCut: shadow,
    answer() {
      for (const one of held.splice(0)) one();
    },
    open(path, flags) {
      step();
      const file = diskFiles.open(path, flags);
      paths.set(file, path);
      return file;
    },
    size: (file) => diskFiles.size(file),
    write(file, bytes, from, length, position) {
      step();
      const there = disk.copiesOnWrite ? position : diskFiles.size(file);
      const needed = Math.max(0, position + length - Math.max(there, position));
      const room = Math.min(length, length - needed + disk.free);
      if (room <= 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      // A disk that fills up takes a part first, as a real one does.
      const written = diskFiles.write(file, bytes, from, room, position);
      disk.free -= Math.max(0, needed - (length - room));
      return written;
    },
    truncate(file, bytes) {
      step();
      disk.free += Math.max(0, diskFiles.size(file) - bytes);
      diskFiles.truncate(file, bytes);
    },
    sync(file, done) {
      if (isDead()) return;
      const answer = (): void => {
        if (isFailing()) return done(new Error("input/output error"));
        keep(file);
        done(null);
      };
      if (disk.silent) held.push(answer);
      else setImmediate(answer);
    },
    syncNow(file) {
      step();
      if (isFailing()) throw new Error("input/output error");
      diskFiles.syncNow(file);
      keep(file);
    },
    close(file) {
      paths.delete(file);
      diskFiles.close(file);
    },
    syncFolder(folder) {
      step();
      diskFiles.syncFolder(folder);
    },
    rename(from, to) {
      step();
      diskFiles.rename(from, to);
      for (const [file, path] of paths) if (path === from) paths.set(file, to);
      const kept = join(shadow, basename(from));
      if (existsSync(kept)) diskFiles.rename(kept, join(shadow, basename(to)));
    },
    remove(path) {
      step();
      diskFiles.remove(path);
      diskFiles.remove(join(shadow, basename(path)));
    },
  };
  mkdirSync(dirname(shadow), { recursive: true });
  return disk;
}
