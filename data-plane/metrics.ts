/** What one gateway tells Prometheus, on a listener of its own that only this machine can reach. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

export type Gauge = { name: string; help: string; kind: "gauge" | "counter"; read: () => number };

/** The text exposition format, version 0.0.4. */
export const expose = (gauges: readonly Gauge[], gateway: string): string =>
  gauges
    .map(
      ({ name, help, kind, read }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name}{gateway="${gateway}"} ${read()}\n`,
    )
    .join("");

/**
 * Serves `GET /metrics` on a free loopback port, and writes where to `<data folder>/gateways/<name>.json`. Gateways share
 * one public port, on which a scraper would meet a different one each time.
 */
export function serveMetrics(dataDir: string, gateway: string, gauges: readonly Gauge[]): Server {
  const server = createServer((request, response) => {
    if (request.url !== "/metrics") return void response.writeHead(404).end();
    response
      .writeHead(200, { "content-type": "text/plain; version=0.0.4" })
      .end(expose(gauges, gateway));
  });
  server.listen({ host: "127.0.0.1", port: 0 }, () => {
    const address = server.address();
    if (address === null || typeof address === "string") return;
    mkdirSync(join(dataDir, "gateways"), { recursive: true, mode: 0o700 });
    writeFileSync(
      join(dataDir, "gateways", `${gateway}.json`),
      JSON.stringify({ metrics: `http://127.0.0.1:${address.port}/metrics`, pid: process.pid }),
    );
  });
  server.unref();
  return server;
}
