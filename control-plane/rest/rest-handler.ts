/** OpenRouter's operations beside inference, below /api/v1 (and /v1, as the gateway forwards them). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { actorOf, type Actor } from "../actor.ts";
import { CommandError } from "../command-error.ts";
import type { Runtime } from "../runtime.ts";
import { generationWaiters } from "./await-generation.ts";
import { catalogueReader } from "./read-catalogue.ts";
import { errorBody, malformed, Refusal, refusalOf } from "./refusal.ts";
import { readBody } from "./read-body.ts";
import { Page, type Call, type Method, type Route } from "./route.ts";
import { routes } from "./routes.ts";
import { notPartOf } from "./not-part-of.ts";

// The catalogue is public, so any page may read it; no credentials are asked for and none are allowed along.
const publicHeaders = { "access-control-allow-origin": "*" };
const preflightHeaders = {
  ...publicHeaders,
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
  // The clients' own headers; without Authorization and theirs a browser's SDK could not ask.
  "access-control-allow-headers":
    "authorization, content-type, http-referer, x-title, x-openrouter-title, x-openrouter-categories, user-agent",
  "access-control-max-age": "600",
};

/** Whoever may change something, as the same commands' tRPC procedures have it. */
const administrators: ReadonlySet<string> = new Set(["operator", "owner", "admin"]);

type Match = { route: Route; parameters: Record<string, string> };

/**
 * Answers a request if its path is one of ours, in the contract's shapes.
 * @returns false, with nothing written, for a path that is not.
 */
export function restHandler(
  runtime: Runtime,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const catalogue = catalogueReader(runtime.db, () => runtime.now());
  const generations = generationWaiters(runtime.db);

  return async (request, response) => {
    const url = URL.parse(request.url ?? "/", "http://turnpike");
    if (!url) return false;
    const matches = matchRoutes(url.pathname);
    const [any] = matches;
    if (!any) {
      const refusal = notPartOf(url.pathname);
      if (!refusal) return false;
      send(response, refusal.status, { "cache-control": "no-store" }, errorBody(refusal));
      return true;
    }
    const method = request.method === "HEAD" ? "GET" : request.method;
    const match = matches.find(({ route }) => route.method === method);
    const isOpen = any.route.who === "anyone";
    const headers: Record<string, string> = isOpen
      ? publicHeaders
      : { "cache-control": "no-store" };
    const left = new AbortController();
    response.once("close", () => left.abort());
    try {
      if (request.method === "OPTIONS" && isOpen) {
        response.writeHead(204, preflightHeaders).end();
        return true;
      }
      if (!match) throw notAllowed(request.method ?? "", matches, isOpen);
      const { route, parameters } = match;
      const call: Call = {
        runtime,
        parameters,
        search: url.searchParams,
        signal: left.signal,
        catalogue,
        generations,
      };
      const status = "status" in route ? route.status : 200;
      const answered = await answer(route, call, request);
      if (answered instanceof Page) sendPage(request, response, headers, answered);
      else send(response, status, headers, answered);
    } catch (error) {
      const refusal = refusalOf(error);
      send(response, refusal.status, { ...headers, ...refusal.headers }, errorBody(refusal));
    }
    return true;
  };
}

async function answer(route: Route, call: Call, request: IncomingMessage): Promise<object> {
  if (route.who === "anyone") return route.answer(call, queryOf(call, route));
  const actor = await actorAsking(call.runtime, request);
  if (route.who === "management" && actor.keyKind !== "management") {
    throw new Refusal(403, "permission_denied", "Only management keys can perform this operation");
  }
  if ("administers" in route && route.administers && !administrators.has(actor.role)) {
    throw new Refusal(
      403,
      "permission_denied",
      `This takes a management key of the role admin or above; this key's role is ${actor.role}`,
    );
  }
  if (route.method === "GET") return route.answer({ ...call, actor }, queryOf(call, route));
  if (route.method === "DELETE") return route.answer({ ...call, actor });
  // Parsed by the very schema that `answer` was written for (`write` in route.ts).
  const body = (await readBody(request, route.body)) as never;
  return route.answer({ ...call, actor }, body);
}

/** As the route's schema has it, which `answer` was written for (`read` in route.ts). Of a name that comes twice the first. */
function queryOf({ search }: Call, { query }: Route): never {
  const said: Record<string, string> = {};
  for (const [name, value] of search)
    if (value !== "" && Object.hasOwn(query.shape, name)) said[name] ??= value;
  const parsed = query.safeParse(said);
  if (!parsed.success) throw malformed(parsed.error);
  return parsed.data as never;
}

function notAllowed(asked: string, matches: readonly Match[], isOpen: boolean): Refusal {
  const methods = matches.map(({ route }) => route.method);
  const allowed: (Method | "HEAD" | "OPTIONS")[] = [
    ...methods,
    ...(methods.includes("GET") ? (["HEAD"] as const) : []),
    ...(isOpen ? (["OPTIONS"] as const) : []),
  ];
  return new Refusal(
    405,
    "invalid_request",
    `${asked} is not answered here; send ${methods.join(" or ")}`,
    { allow: allowed.join(", ") },
  );
}

/** Clients tell the two refusals apart by their words, so they are OpenRouter's. */
async function actorAsking(runtime: Runtime, request: IncomingMessage): Promise<Actor> {
  const { authorization } = request.headers;
  if (authorization === undefined || authorization.trim() === "") {
    throw new Refusal(401, "authentication", "Missing Authentication header");
  }
  try {
    return await actorOf(runtime.db, authorization);
  } catch (error) {
    if (error instanceof CommandError && error.code === "unauthenticated")
      throw new Refusal(401, "authentication", "User not found.");
    throw error;
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: object,
): void {
  if (response.destroyed || response.headersSent) return; // the client has left, or the server gave up waiting
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": bytes.length,
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(bytes); // Node leaves the body out of an answer to HEAD
}

/** 304 where the client has it already. */
function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string>,
  page: Page,
): void {
  if (response.destroyed || response.headersSent) return;
  const told = { "x-content-type-options": "nosniff", ...headers, ...page.headers };
  const known = (request.headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim());
  const { etag } = page.headers;
  if (etag !== undefined && (known.includes(etag) || known.includes("*"))) {
    response.writeHead(304, told).end();
    return;
  }
  response.writeHead(200, {
    "content-type": page.contentType,
    "content-length": page.bytes.length,
    ...told,
  });
  response.end(page.bytes);
}

/** Every operation of a path; of two patterns that fit it the first one's. */
function matchRoutes(pathname: string): Match[] {
  const below = /^\/(?:api\/)?v1\/(.+?)\/?$/.exec(pathname)?.[1];
  if (below === undefined) return [];
  const parts: string[] = [];
  for (const part of below.split("/")) {
    try {
      parts.push(decodeURIComponent(part));
    } catch {
      return []; // not UTF-8 behind its percent signs, so the name of nothing
    }
  }
  const matches: Match[] = [];
  for (const route of routes) {
    if (matches[0] && matches[0].route.path !== route.path) continue;
    const parameters = matchPattern(route.path.split("/"), parts);
    if (parameters) matches.push({ route, parameters });
  }
  return matches;
}

function matchPattern(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, word] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (word.startsWith("{")) parameters[word.slice(1, -1)] = part;
    else if (word !== part) return null;
  }
  return parameters;
}
