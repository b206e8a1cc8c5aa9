/** What one gateway tells of itself, on a listener of its own that only this machine can reach: metrics and, on demand, a profile. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { ProfileRunning, profileSecondsMax, takeProfile } from "./profile.ts";

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
 * Serves `GET /metrics` and `POST /profile?seconds=N` on a free loopback port, and writes where to
 * `<data folder>/gateways/<name>.json`. Gateways share one public port, on which a scraper would meet a different one each time.
 * @param requests how many requests this gateway has taken
 */
export function serveMetrics(
  dataDir: string,
  gateway: string,
  gauges: readonly Gauge[],
  requests: () => number,
): Server {
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/profile?"))
      return void answerProfile(request, response, gateway, requests);
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
      JSON.stringify({
        metrics: `http://127.0.0.1:${address.port}/metrics`,
        profile: `http://127.0.0.1:${address.port}/profile`,
        pid: process.pid,
      }),
    );
  });
  server.unref();
  return server;
}

async function answerProfile(
  request: IncomingMessage,
  response: ServerResponse,
  gateway: string,
  requests: () => number,
): Promise<void> {
  const answer = (status: number, body: object): void =>
    void response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify(body));
  const seconds = Number(
    new URL(request.url ?? "", "http://localhost").searchParams.get("seconds"),
  );
  // A web page can make a browser send a POST here, but not with this header and without being asked first.
  if (request.method !== "POST" || request.headers["x-turnpike"] !== "profile")
    return answer(405, { error: "POST with the header x-turnpike: profile" });
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > profileSecondsMax)
    return answer(400, {
      error: `seconds: expected a whole number from 1 to ${profileSecondsMax}`,
    });
  try {
    answer(200, await takeProfile(seconds, gateway, requests));
  } catch (cause) {
    answer(cause instanceof ProfileRunning ? 409 : 500, {
      error: cause instanceof Error ? cause.message : String(cause),
    });
  }
}
