// Portkey's open gateway, from npm. It has no key check, no limits and no billing: those are its hosted edition's.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { familyOf, listening, start } from "../processes.ts";
import { barePath, type Target } from "../target.ts";

const version = "1.15.2";
const installMsMax = 300_000;
const programIn = (cacheFolder: string): string =>
  join(cacheFolder, `portkey-${version}`, "node_modules/@portkey-ai/gateway/build/start-server.js");

export const portkey: Target = {
  name: "portkey",
  about: `@portkey-ai/gateway ${version} (npm), with its stream bug worked around`,
  money: "cannot: no key check, limit, credit or record in the open edition",
  peer: true,
  workersMax: 1,
  async prepare(cacheFolder) {
    if (existsSync(programIn(cacheFolder))) return null;
    const folder = join(cacheFolder, `portkey-${version}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    try {
      execFileSync(
        "npm",
        [
          "install",
          "--no-audit",
          "--no-fund",
          "--ignore-scripts",
          `@portkey-ai/gateway@${version}`,
        ],
        { cwd: folder, stdio: "ignore", timeout: installMsMax },
      );
      return null;
    } catch {
      return `npm could not install @portkey-ai/gateway@${version}`;
    }
  },
  async start({ port, upstreamPort, cacheFolder, folder, gatewayCores }) {
    const logFile = join(folder, "log");
    const words = [
      "--import",
      join(import.meta.dirname, "portkey-fetch.ts"),
      programIn(cacheFolder),
      `--port=${port}`,
      "--headless",
    ];
    const program = start(process.execPath, words, {
      cores: gatewayCores,
      logFile,
      env: { NODE_ENV: "production" },
    });
    await listening(port, { program, logFile });
    return {
      address: `127.0.0.1:${port}`,
      basePath: barePath,
      headers: [
        "x-portkey-provider: openai",
        `x-portkey-custom-host: http://127.0.0.1:${upstreamPort}/v1`,
        "authorization: Bearer sk-bench",
      ],
      nameOf: (model) => model,
      gateway: () => familyOf(program.pid),
      beside: () => [],
      stop: () => program.stop(),
    };
  },
};
