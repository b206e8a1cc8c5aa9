// Bifrost. Its npm package only fetches a binary from its maker's host, and its Go module does not build
// by itself (it embeds a folder that is not in it), so a binary is taken that somebody has built.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { listening, familyOf, start } from "../processes.ts";
import { barePath, type Target } from "../target.ts";
import { findBinary } from "./find-binary.ts";

export const bifrost: Target = {
  name: "bifrost",
  about: "Bifrost, built from its sources with Go; logging and stores off",
  money: "not switched on: its stores are off, as in its makers' own figures",
  peer: true,
  workersMax: 1,
  prepare: async (cacheFolder) =>
    findBinary("bifrost", cacheFolder) === null
      ? "no registry has its program: build transports/bifrost-http with Go and set BENCH_BIFROST to it"
      : null,
  async start({ port, upstreamPort, models, cacheFolder, folder, gatewayCores }) {
    const logFile = join(folder, "log");
    writeFileSync(join(folder, "config.json"), configuration(models, { port, upstreamPort }));
    const program = start(
      findBinary("bifrost", cacheFolder) ?? "bifrost",
      ["-app-dir", folder, "-host", "127.0.0.1", "-port", String(port), "-log-level", "error"],
      { cores: gatewayCores, logFile, env: { GOMAXPROCS: "1" } },
    );
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

function configuration(
  models: readonly string[],
  { port, upstreamPort }: { port: number; upstreamPort: number },
): string {
  return JSON.stringify({
    client: { initial_pool_size: 5_000, enable_logging: false },
    config_store: { enabled: false },
    logs_store: { enabled: false },
    // Asked for at the start; nothing is there, so it starts without prices instead of waiting for the network.
    framework: { pricing: { pricing_url: `http://127.0.0.1:${port + 1}/prices` } },
    providers: {
      openai: {
        keys: [{ name: "bench", value: "sk-bench", models, weight: 1 }],
        network_config: { base_url: `http://127.0.0.1:${upstreamPort}` },
        concurrency_and_buffer_size: { concurrency: 1_000, buffer_size: 5_000 },
      },
    },
  });
}
