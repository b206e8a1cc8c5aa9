// LiteLLM's proxy, from PyPI. Its virtual keys and budgets need Postgres and Prisma's engine, which is fetched
// from its maker's host when it is generated; here it has only its master key.

import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { familyOf, hasProgram, listening, start } from "../processes.ts";
import { barePath, type Target } from "../target.ts";

const masterKey = "sk-bench-master";
const installMsMax = 600_000;
const programIn = (cacheFolder: string): string => join(cacheFolder, "litellm/v/bin/litellm");

export const litellm: Target = {
  name: "litellm",
  about: "litellm[proxy] (PyPI), one worker",
  money: "a master key only: its budgets (Postgres and Prisma's engine) are not set up",
  peer: true,
  workersMax: 1,
  async prepare(cacheFolder) {
    if (existsSync(programIn(cacheFolder))) return null;
    if (!hasProgram("python3")) return "there is no python3";
    const venv = join(cacheFolder, "litellm/v");
    try {
      execFileSync("python3", ["-m", "venv", venv], { stdio: "ignore" });
      execFileSync(join(venv, "bin/pip"), ["install", "-q", "litellm[proxy]"], {
        stdio: "ignore",
        timeout: installMsMax,
      });
      return null;
    } catch {
      return "pip could not install litellm[proxy]";
    }
  },
  async start({ port, upstreamPort, models, cacheFolder, folder, gatewayCores }) {
    const logFile = join(folder, "log");
    const file = join(folder, "litellm.yaml");
    writeFileSync(file, configuration(models, upstreamPort));
    const program = start(
      programIn(cacheFolder),
      ["--config", file, "--host", "127.0.0.1", "--port", String(port), "--num_workers", "1"],
      {
        cores: gatewayCores,
        logFile,
        env: {
          LITELLM_LOCAL_MODEL_COST_MAP: "True",
          LITELLM_LOG: "ERROR",
          LITELLM_MODE: "PRODUCTION",
        },
      },
    );
    await listening(port, { program, logFile });
    return {
      address: `127.0.0.1:${port}`,
      basePath: barePath,
      headers: [`authorization: Bearer ${masterKey}`],
      nameOf: (model) => model,
      gateway: () => familyOf(program.pid),
      beside: () => [],
      stop: () => program.stop(),
    };
  },
};

// JSON is YAML.
function configuration(models: readonly string[], upstreamPort: number): string {
  return JSON.stringify({
    model_list: models.map((model) => ({
      model_name: model,
      litellm_params: {
        model: `openai/${model}`,
        api_base: `http://127.0.0.1:${upstreamPort}/v1`,
        api_key: "sk-bench",
      },
    })),
    general_settings: { master_key: masterKey },
    litellm_settings: { telemetry: false },
  });
}
