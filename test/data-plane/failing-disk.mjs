// Loaded into a gateway before its own code: while the file FAILING_DISK is there, every sync fails as on a broken disk.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { existsSync, fdatasync, fsyncSync } = fs;
const switchFile = process.env["FAILING_DISK"] ?? "";
const isFailing = () => switchFile !== "" && existsSync(switchFile);
const failure = () => Object.assign(new Error("EIO: i/o error"), { code: "EIO" });

fs.fdatasync = (file, done) =>
  isFailing() ? setImmediate(() => done(failure())) : fdatasync(file, done);
fs.fsyncSync = (file) => {
  if (isFailing()) throw failure();
  fsyncSync(file);
};
syncBuiltinESMExports();
