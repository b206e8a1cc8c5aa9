/**
 * What `turnpike providers check` asks a gateway: the request that an endpoint would be sent, shown and not sent; or a tiny
 * real one by each of the provider's keys. The second costs what the provider asks for it, and is booked nowhere.
 */
import { timingSafeEqual } from "node:crypto";
import { wireProtocols, type AuthScheme, type WireProtocolName } from "#schema/wire-protocols.ts";
import { accepted, authOf, startCall, userAgent } from "./attempt.ts";
import { dialects } from "./dialects/registry.ts";
import type { ChatAsk } from "./operations/chat.ts";
import { isObject, parseObject } from "./operations/json-value.ts";
import { protocolOf } from "./providers/registry.ts";
import type { Upstream, WireProtocol } from "./providers/wire-protocol.ts";
import { healthNameOf, type Choice } from "./route.ts";
import type { Runtime } from "./runtime.ts";
import type { Endpoint, Snapshot } from "./snapshot.ts";

const answerTokensMax = 16; // the fewest that every provider takes
const answerMsMax = 60_000;
/** What stands where a secret would. */
const masked = "***";

/** A provider as somebody describes it who has not connected it. */
export type Described = {
  protocol: WireProtocolName;
  baseUrl: string;
  flags: Record<string, unknown>;
  upstreamModel: string;
};
export type DryRequest = {
  method: "POST";
  url: string;
  /** Secrets masked. */
  headers: Record<string, string>;
  /** As it would be sent. */
  body: string;
  protocol: WireProtocolName;
  upstreamModel: string;
};
export type KeyCheck = {
  /** Of the key, or of the provider where it needs none. */
  key: string;
  ok: boolean;
  milliseconds: number;
  /** What went wrong, in our classification and the provider's words; null when nothing did. */
  failure: { kind: string; status: number | null; text: string } | null;
};

/** The request that would be sent. Pure: no key is needed, and nothing is looked up. @throws {CannotEncode} */
export function dryRequest(
  { protocol: name, baseUrl, flags, upstreamModel }: Described,
  { stream }: { stream: boolean },
): DryRequest {
  const protocol = protocolOf(name);
  const ask = smallAsk(protocol, stream);
  const upstream = upstreamOf(upstreamModel, flags);
  const { path, headers: extra, body } = protocol.encode(ask, upstream);
  return {
    method: "POST",
    url: `${baseUrl.replace(/\/+$/, "")}${path}`,
    headers: {
      "content-type": "application/json",
      accept: ask.stream ? accepted[protocol.framing] : "application/json",
      "user-agent": userAgent,
      ...extra,
      ...maskedHeaders(authOf(upstream, protocol)),
    },
    body,
    protocol: name,
    upstreamModel,
  };
}

function maskedHeaders(scheme: AuthScheme): Record<string, string> {
  switch (scheme) {
    case "none":
      return {};
    case "bearer":
    case "google-oauth":
      return { authorization: `Bearer ${masked}` };
    case "x-api-key":
    case "api-key":
    case "x-goog-api-key":
      return { [scheme]: masked };
    case "aws-sigv4":
      return {
        authorization: `Bearer ${masked}, or for an access key: AWS4-HMAC-SHA256 Credential=${masked}, SignedHeaders=…, Signature=${masked}`,
      };
    default:
      return scheme satisfies never;
  }
}

/** The least that can be asked of a protocol's operation. */
function smallAsk(protocol: WireProtocol, stream: boolean): ChatAsk {
  const model = "check/check";
  switch (protocol.operation) {
    case "chat":
      return decoded("/chat/completions", {
        model,
        messages: [{ role: "user", content: "Say ok." }],
        max_tokens: answerTokensMax,
        ...(stream ? { stream } : {}),
      });
    case "embedding":
      return decoded("/embeddings", { model, input: "ok" });
    case "rerank":
      return decoded("/rerank", { model, query: "ok", documents: ["ok", "no"] });
    default:
      return protocol.operation satisfies never;
  }
}

function decoded(path: string, body: object): ChatAsk {
  const dialect = dialects.get(`/api/v1${path}`);
  if (!dialect) throw new Error(`no dialect answers ${path}`);
  return dialect.decode(Buffer.from(JSON.stringify(body)));
}

const upstreamOf = (model: string, flags: Readonly<Record<string, unknown>>): Upstream => ({
  model,
  flags,
  outputTokensMax: null,
  outputTokensLimit: answerTokensMax,
  serviceTier: null,
  media: new Map(),
});

/** The endpoint to check: of the model asked for, by our name or the provider's, else the first that chats. */
function endpointOf(snapshot: Snapshot, slug: string, model: string | null): Endpoint | null {
  let first: Endpoint | null = null;
  for (const each of snapshot.models.values()) {
    for (const endpoint of each.endpoints) {
      if (endpoint.provider.slug !== slug) continue;
      if (model !== null && (model === each.id || model === endpoint.upstreamModel))
        return endpoint;
      if (first === null || (!chats(first) && chats(endpoint))) first = endpoint;
    }
  }
  return model === null ? first : null;
}

const chats = ({ protocol }: Endpoint): boolean => protocolOf(protocol).operation === "chat";

/** Asks the endpoint by each key that can be used, one after the other. A key that answers is benched no longer. */
async function checkKeys(endpoint: Endpoint, runtime: Runtime): Promise<KeyCheck[]> {
  const checks: KeyCheck[] = [];
  for (const credential of endpoint.provider.credentials) {
    const choice: Choice = {
      endpoint,
      credential,
      otherKeys: [],
      ownKey: false,
      charge: { id: "", lines: [] },
      chargePolicy: null,
      cost: null,
      costStep: null,
      outputTokensMax: answerTokensMax,
    };
    const startedAtMs = runtime.now();
    const upstream = upstreamOf(endpoint.upstreamModel, endpoint.flags);
    const ask = smallAsk(protocolOf(endpoint.protocol), false);
    const call = startCall(choice, ask, upstream, { pools: runtime.pools, nowMs: startedAtMs });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      call.abort();
    }, answerMsMax);
    const attempt = await call.attempt;
    clearTimeout(timer);
    if (attempt.kind !== "failed") runtime.health.succeeded(healthNameOf(choice));
    checks.push({
      key: credential.id,
      ok: attempt.kind !== "failed",
      milliseconds: Math.round(runtime.now() - startedAtMs),
      failure:
        attempt.kind !== "failed"
          ? null
          : late
            ? { kind: "timeout", status: null, text: `no answer within ${answerMsMax / 1_000} s` }
            : {
                kind: attempt.failure.kind,
                status: attempt.failure.status,
                text: attempt.failure.text,
              },
    });
  }
  return checks;
}

export type CheckAnswer = { status: number; body: object };

/**
 * Answers a check as it comes over the loopback port: JSON with `provider`, and optionally `model`, `dry_run`, `stream`
 * and `described`, which is what a dry run shows where the provider is not connected.
 * @param token what the caller showed; only who may read this gateway's file in DATA_DIR knows it.
 */
export async function answerCheck(
  { body, token, expected }: { body: string; token: string; expected: string },
  runtime: Runtime,
): Promise<CheckAnswer> {
  const given = Buffer.from(token);
  if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected)))
    return refused(403, "expected the token in this gateway's file in DATA_DIR/gateways");
  const asked = parseObject(body);
  const slug = asked?.["provider"];
  if (!asked || typeof slug !== "string") return refused(400, "provider: expected a slug");
  const model = typeof asked["model"] === "string" ? asked["model"] : null;
  const endpoint = endpointOf(runtime.snapshot(), slug, model);
  try {
    if (asked["dry_run"] === true) {
      const described = endpoint ? describedBy(endpoint) : parseDescribed(asked["described"]);
      if (!described) return refused(404, unknown(slug, model));
      const stream = asked["stream"] === true;
      return { status: 200, body: dryRequest(described, { stream }) };
    }
    if (!endpoint) return refused(404, unknown(slug, model));
    const { id, model: of, upstreamModel, protocol } = endpoint;
    return {
      status: 200,
      body: {
        endpoint: id,
        model: of.id,
        upstreamModel,
        protocol,
        keys: await checkKeys(endpoint, runtime),
      },
    };
  } catch (cause) {
    // A protocol that is not spoken, a model's name that is none there: for the operator, whose token it was.
    return refused(400, cause instanceof Error ? cause.message : String(cause));
  }
}

const refused = (status: number, message: string): CheckAnswer => ({ status, body: { message } });

const unknown = (slug: string, model: string | null): string =>
  model === null
    ? `${slug} has no endpoint in use here: it is not connected, is disabled, or has no models`
    : `${slug} has no endpoint in use for ${model.slice(0, 120)}`;

const describedBy = ({ protocol, provider, flags, upstreamModel }: Endpoint): Described => ({
  protocol,
  baseUrl: `${provider.origin}${provider.path}`,
  flags: { ...flags },
  upstreamModel,
});

function parseDescribed(value: unknown): Described | null {
  if (!isObject(value)) return null;
  const protocol = wireProtocols.find((name) => name === value["protocol"]);
  const { baseUrl, flags, upstreamModel } = value;
  if (!protocol || typeof baseUrl !== "string" || typeof upstreamModel !== "string") return null;
  return { protocol, baseUrl, flags: isObject(flags) ? flags : {}, upstreamModel };
}
