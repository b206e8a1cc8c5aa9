/** What the spool asks of a disk, in one place, so that a test can be a disk that fails or is full. */
import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

export type SpoolFiles = {
  open(path: string, flags: "r+" | "w+" | "wx+"): number;
  size(file: number): number;
  write(file: number, bytes: Buffer, from: number, length: number, position: number): number;
  truncate(file: number, bytes: number): void;
  /** Calls back once, with what the disk said or null. */
  sync(file: number, done: (cause: Error | null) => void): void;
  syncNow(file: number): void;
  close(file: number): void;
  /** A name is data too: it is there after a power cut only when its folder was synced. */
  syncFolder(folder: string): void;
  rename(from: string, to: string): void;
  /** No error when there is nothing. */
  remove(path: string): void;
};

export const diskFiles: SpoolFiles = {
  open: (path, flags) => openSync(path, flags, 0o600),
  size: (file) => fstatSync(file).size,
  write: (file, bytes, from, length, position) => writeSync(file, bytes, from, length, position),
  truncate: (file, bytes) => ftruncateSync(file, bytes),
  sync: (file, done) => fdatasync(file, done),
  syncNow: (file) => fsyncSync(file),
  close: (file) => closeSync(file),
  syncFolder(folder) {
    const directory = openSync(folder, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  },
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
};

/** Whether a write failed because there is no room: for anybody, or within a quota. */
export const isNoSpace = (cause: unknown): cause is Error =>
  cause instanceof Error && "code" in cause && (cause.code === "ENOSPC" || cause.code === "EDQUOT");

/** What a folder's files take, those of its folders included. */
export function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}
