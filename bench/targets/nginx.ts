// nginx with one worker: about what the kernel asks for two sockets and a copy. The limit, not a peer.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { familyOf, hasProgram, listening, start } from "../processes.ts";
import { barePath, moneyOff, type Target } from "../target.ts";

export const nginx: Target = {
  name: "nginx",
  about: "nginx, one worker, keep-alive, no buffering, no logs",
  money: moneyOff,
  peer: false,
  workersMax: 1,
  async prepare() {
    if (hasProgram("nginx")) return null;
    if (!hasProgram("apt-get") || process.getuid?.() !== 0)
      return "nginx is not installed; install it with your system's packages";
    try {
      execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "nginx"], {
        stdio: "ignore",
      });
      return null;
    } catch {
      return "apt-get could not install nginx; try apt-get update first";
    }
  },
  async start({ port, upstreamPort, folder, gatewayCores }) {
    const logFile = join(folder, "log");
    const file = join(folder, "nginx.conf");
    writeFileSync(file, configuration({ port, upstreamPort, folder }));
    const program = start("nginx", ["-p", folder, "-c", file], { cores: gatewayCores, logFile });
    await listening(port, { program, logFile });
    return {
      address: `127.0.0.1:${port}`,
      basePath: barePath,
      headers: [],
      nameOf: (model) => model,
      gateway: () => familyOf(program.pid),
      beside: () => [],
      stop: () => program.stop(),
    };
  },
};

function configuration(at: { port: number; upstreamPort: number; folder: string }): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${at.folder}/${name};`)
    .join(" ");
  return `
worker_processes 1;
daemon off;
pid ${at.folder}/nginx.pid;
error_log ${at.folder}/error.log crit;
events { worker_connections 25000; }
http {
  access_log off;
  ${temporary}
  keepalive_requests 100000000;
  client_max_body_size 32m;
  client_body_buffer_size 2m;
  upstream bench { server 127.0.0.1:${at.upstreamPort}; keepalive 2048; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${at.port} backlog=4096;
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}
