// GoModel, a small gateway in Go. Its module has a name that cannot be fetched, so a built program is taken.

import { join } from "node:path";
import { familyOf, listening, start } from "../processes.ts";
import { barePath, type Target } from "../target.ts";
import { findBinary } from "./find-binary.ts";

export const gomodel: Target = {
  name: "gomodel",
  about: "GoModel, built from its sources with Go; logging and usage off",
  money: "not switched on: no master key, usage tracking off",
  peer: true,
  workersMax: 1,
  prepare: async (cacheFolder) =>
    findBinary("gomodel", cacheFolder) === null
      ? "no registry has it: build cmd/gomodel with Go and set BENCH_GOMODEL to it"
      : null,
  async start({ port, upstreamPort, cacheFolder, folder, gatewayCores }) {
    const logFile = join(folder, "log");
    const program = start(findBinary("gomodel", cacheFolder) ?? "gomodel", [], {
      cores: gatewayCores,
      logFile,
      cwd: folder,
      env: {
        GOMAXPROCS: "1",
        PORT: String(port),
        OPENAI_API_KEY: "sk-bench",
        OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
        LOGGING_ENABLED: "false",
        USAGE_ENABLED: "false",
        METRICS_ENABLED: "false",
        ADMIN_UI_ENABLED: "false",
      },
    });
    await listening(port, { program, logFile });
    return {
      address: `127.0.0.1:${port}`,
      basePath: barePath,
      headers: [],
      nameOf: (model) => `openai/${model}`,
      gateway: () => familyOf(program.pid),
      beside: () => [],
      stop: () => program.stop(),
    };
  },
};
