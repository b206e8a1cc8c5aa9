// The bare Node + undici proxy: what every ratio is held against.

import { join } from "node:path";
import { familyOf, listening, start } from "../processes.ts";
import { barePath, moneyOff, type Target } from "../target.ts";

export const bare: Target = {
  name: "bare",
  about: `Node ${process.versions.node} + undici dispatch, renames the model`,
  money: moneyOff,
  peer: false,
  workersMax: 2,
  prepare: async () => null,
  async start({ port, upstreamPort, workers, folder, gatewayCores }) {
    const logFile = join(folder, "log");
    const file = join(import.meta.dirname, "../bare-proxy.ts");
    const words = [file, String(port), String(upstreamPort), String(workers)];
    const program = start(process.execPath, words, { cores: gatewayCores, logFile });
    await listening(port, { program, logFile });
    return {
      address: `127.0.0.1:${port}`,
      basePath: barePath,
      headers: ["authorization: Bearer sk-bench"],
      nameOf: (model) => `bench/${model}`,
      gateway: () => familyOf(program.pid),
      beside: () => [],
      stop: () => program.stop(),
    };
  },
};
