/** What one gateway tells of itself, on a listener of its own that only this machine can reach: metrics and, on demand, a profile. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { ProfileRunning, profileSecondsMax, takeProfile } from "./profile.ts";

export type Gauge = { name: string; help: string; kind: "gauge" | "counter"; read: () => number };

export type Check = (asked: {
  body: string;
  token: string;
  expected: string;
}) => Promise<{ status: number; body: object }>;

/** The text exposition format, version 0.0.4. */
export const expose = (gauges: readonly Gauge[], gateway: string): string =>
  gauges
    .map(
      ({ name, help, kind, read }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name}{gateway="${gateway}"} ${read()}\n`,
    )
    .join("");

/**
 * Serves `GET /metrics`, `POST /profile?seconds=N` and `POST /check` on a free loopback port, and writes where to
 * `<data folder>/gateways/<name>.json`. Gateways share one public port, on which a scraper would meet a different one each time.
 * @param more text in the same format, for what is no single number
 * @param requests how many requests this gateway has taken
 */
export function serveMetrics(
  dataDir: string,
  gateway: string,
  gauges: readonly Gauge[],
  more: () => string,
  requests: () => number,
  check: Check,
): Server {
  const token = randomBytes(32).toString("hex");
  const server = createServer((request, response) => {
    if (request.url === "/check") return void answerCheck(request, response, check, token);
    if (request.url?.startsWith("/profile?"))
      return void answerProfile(request, response, gateway, requests);
    if (request.url !== "/metrics") return void response.writeHead(404).end();
    response
      .writeHead(200, { "content-type": "text/plain; version=0.0.4" })
      .end(expose(gauges, gateway) + more());
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
        check: `http://127.0.0.1:${address.port}/check`,
        token, // a check spends money at a provider
        pid: process.pid,
      }),
      { mode: 0o600 },
    );
    chmodSync(join(dataDir, "gateways", `${gateway}.json`), 0o600); // an older one may have been open
  });
  server.unref();
  return server;
}

const checkBytesMax = 100_000;

/** A provider is asked something, or it is shown what it would be asked: `check-provider.ts`. */
async function answerCheck(
  request: IncomingMessage,
  response: ServerResponse,
  check: Check,
  expected: string,
): Promise<void> {
  let body = "";
  request.setEncoding("utf8");
  try {
    for await (const piece of request as AsyncIterable<string>) {
      body += piece;
      if (body.length > checkBytesMax) return void response.writeHead(413).end();
    }
    const token = /^Bearer (\w+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const answer = await check({ body, token, expected });
    response
      .writeHead(answer.status, { "content-type": "application/json" })
      .end(JSON.stringify(answer.body));
  } catch {
    response.destroy(); // who asked has left
  }
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
