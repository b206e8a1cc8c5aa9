/**
 * What a provider's refusal means, whatever shape it comes in (contract/providers.md section 3, facts of 22 November
 * 2026). Tables, in the order in which they are asked: the first row that fits says the class. Pure: an instant that a
 * header names is taken relative to the answer's own `date`.
 */
import type { Failure, FailureKind } from "../operations/chat.ts";
import type { UpstreamHeaders } from "./wire-protocol.ts";

const textCharactersMax = 1_000;

/** An answer that is not a success. */
export function failureOfAnswer(status: number, headers: UpstreamHeaders, body: string): Failure {
  const parsed = parse(body);
  const failure = failureOf(status, headers, parsed, body);
  const should = headerOf(headers, "x-should-retry");
  return {
    ...failure,
    retryAfterSeconds: resetSeconds(failure.kind, headers, parsed, failure.text),
    ...(should === "true" || should === "false" ? { shouldRetry: should === "true" } : {}),
  };
}

/** What a provider says is wrong inside an answer or stream that began as a success. */
export function failureInside(parsed: Record<string, unknown>): Failure {
  const failure = failureOf(200, {}, parsed, "");
  return { ...failure, retryAfterSeconds: resetSeconds(failure.kind, {}, parsed, failure.text) };
}

/** An answer that breaks the provider's own protocol. */
export const garbled = (text: string): Failure => ({
  kind: "server",
  status: 200,
  text: redact(text),
  retryAfterSeconds: null,
});

/** What is asked of a row: all that an answer says of itself. */
type Answer = {
  /** The provider's own word for it, which inside of a success is not the status line's. */
  status: number;
  /** Lower case: machine words from wherever they stand, MiniMax's numbers as `base_resp 1008`. */
  codes: ReadonlySet<string>;
  /** The sentence with its machine words. */
  words: string;
  /** Nothing at all was said. */
  silent: boolean;
};
type Row = {
  kind: FailureKind;
  /** Any of these, or any at all when there is none. */
  statuses?: readonly number[];
  /** Any of these codes, or these words; a row with neither goes by the status alone. */
  codes?: readonly string[];
  words?: RegExp;
  /** Only where nothing is said. */
  silent?: true;
};

/** A sentence with one of these is about a rate, whatever it says of tokens ("Too many tokens, please wait": Bedrock). */
const rateWords =
  /rate[ _-]?limit|too many requests|throttl|(tokens|requests) per (minute|min|second|day)|\b[TR]P[MD]\b|concurrency limit/i;

/**
 * How a prompt that is too long is refused. The two groups of a row, where it has them, are the tokens that were asked for
 * (`asked`) and that are possible (`most`).
 */
export const contextSignatures: readonly { from: string; words: RegExp }[] = [
  // With both numbers, so that they are found before the looser ones.
  {
    from: "OpenAI, Azure, DeepSeek, vLLM, SGLang",
    words:
      /maximum context length (?:is|of) (?<most>[\d,]+) tokens?\b(?:[^]{0,200}?(?:requested|resulted in|contains?|has|in the messages)(?: about)? (?<asked>[\d,]+)(?: input)? tokens?)?/i,
  },
  { from: "Anthropic", words: /prompt is too long: (?<asked>[\d,]+) tokens > (?<most>[\d,]+)/i },
  {
    from: "Anthropic",
    words:
      /input length and `?max_tokens`? exceed context limit: (?<asked>[\d,]+) \+ (?<more>[\d,]+) > (?<most>[\d,]+)/i,
  },
  {
    from: "Gemini, Vertex",
    words:
      /input token count \(?(?<asked>[\d,]+)\)? exceeds the maximum number of tokens allowed \(?(?<most>[\d,]+)/i,
  },
  {
    from: "xAI",
    words:
      /maximum prompt length is (?<most>[\d,]+)(?: but the request contains (?<asked>[\d,]+))?/i,
  },
  {
    from: "Mistral",
    words:
      /prompt contains (?<asked>[\d,]+) tokens[^]{0,100}?too large for model with (?<most>[\d,]+) maximum context length/i,
  },
  {
    from: "Together",
    words:
      /input \((?<asked>[\d,]+) tokens\) is longer than the model'?s context length \((?<most>[\d,]+) tokens\)/i,
  },
  {
    from: "Fireworks, SGLang",
    words:
      /input length \(?(?<asked>[\d,]+)\)? exceeds (?:the )?model'?s maximum context length \(?(?<most>[\d,]+)/i,
  },
  {
    from: "Moonshot",
    words: /exceeded model token limit: (?<most>[\d,]+)(?: \(requested: (?<asked>[\d,]+)\))?/i,
  },
  {
    from: "llama.cpp",
    words:
      /request \((?<asked>[\d,]+) tokens\) exceeds the available context size \((?<most>[\d,]+) tokens\)/i,
  },
  { from: "Alibaba", words: /range of input length should be \[\d+, ?(?<most>[\d,]+)\]/i },
  // Without.
  { from: "OpenAI", words: /exceeds? (?:the|this model'?s) context window/i },
  { from: "OpenAI hosts", words: /exceeds? (?:the )?(?:model'?s )?maximum context length/i },
  { from: "most hosts", words: /maximum context (?:length|window)|context_length_exceeded/i },
  { from: "Anthropic, Fireworks", words: /prompt is too long/i },
  { from: "Bedrock", words: /input is too long/i },
  { from: "Groq", words: /please reduce the length of the (?:messages|prompt|input)/i },
  { from: "Cohere", words: /too many tokens: (?:total number of|the total)/i },
  { from: "Together", words: /inputs? tokens \+ `?max_new_tokens`? must be <=/i },
  { from: "MiniMax", words: /context window exceeds limit/i },
  { from: "Z.ai", words: /prompt (?:too long|exceeds max(?:imum)? length)/i },
  { from: "llama.cpp", words: /exceeds? the (?:available )?context (?:size|length)/i },
  { from: "LM Studio", words: /greater than the (?:model'?s )?context length/i },
  { from: "Ollama", words: /prompt too long; exceeded (?:max )?context length/i },
  { from: "LiteLLM", words: /ContextWindowExceededError/i },
  { from: "older hosts", words: /context[ _-](?:length|window|limit) (?:is |was )?exceeded/i },
  { from: "TGI", words: /`?inputs`? must have less than \d+ tokens/i },
];

const rows: readonly Row[] = [
  // An account without money or with a limit of its own: no wait helps (contract 0.5, 0.6).
  {
    kind: "billing",
    codes: [
      "insufficient_quota", // OpenAI, Alibaba
      "billing_not_active", // OpenAI
      "billing_hard_limit_reached", // OpenAI
      "billing_error", // Anthropic
      "enforced_spend_limit_reached", // Anthropic: 429 without retry-after
      "exceeded_current_quota_error", // Moonshot
      "insufficient_balance", // DeepSeek, Novita
      "insufficient_balance_error", // MiniMax
      "insufficient_credits",
      "insufficient_funds",
      "payment_required",
      "arrearage", // Alibaba
      "accountoverdueerror", // Ark
      "account_suspended", // Fireworks
      "base_resp 1008", // MiniMax
      "1113", // Z.ai: arrears, then the limits of its plans
      "1308",
      "1309",
      "1310",
      "1311",
      "1313",
    ],
  },
  { kind: "billing", statuses: [402, 412] }, // 412: Fireworks' word for a suspended account
  // Gemini says "exceeded your current quota" of its rates too; 402 was its empty credit.
  { kind: "rate-limit", statuses: [429], codes: ["resource_exhausted"] },
  {
    kind: "billing",
    statuses: [200, 401, 403, 429, 503],
    words:
      /exceeded your current quota|insufficient[ _]?(?:quota|balance|credit|funds)|balance is (?:insufficient|too low)|not enough (?:credit|balance)|no (?:available |remaining )?(?:balance|credits)\b|out of credits?|arrears|arrearage|(?:monthly|spend(?:ing)?|usage|billing hard) limit (?:has been |was )?(?:reached|exceeded)|check your plan and billing|please (?:recharge|top up)|account (?:is |has been |was )?suspended/i,
  },
  // From its beginning on: a 400 may repeat what a client wrote, who could say the words above.
  {
    kind: "billing",
    statuses: [400],
    words: /^(?:your credit balance is too low|insufficient balance|access denied[^]{0,60}arrear)/i, // Anthropic, DeepSeek, Alibaba
  },

  // Whom nobody can ask anything with.
  {
    kind: "auth",
    codes: [
      "api_key_invalid", // Gemini: 400
      "invalid_api_key",
      "authentication_error",
      "unrecognizedclientexception", // AWS
      "invalidsignatureexception",
      "incompletesignatureexception",
      "missingauthenticationtokenexception",
      "expiredtokenexception",
      "1000", // Z.ai
      "1001",
      "1002",
      "1003",
      "1004",
      "base_resp 1004", // MiniMax
      "base_resp 2049",
    ],
  },
  {
    kind: "auth",
    statuses: [400, 403],
    words: /API key (?:not valid|is invalid|expired)|invalid api key/i,
  },

  // Too much work there; other places have room.
  {
    kind: "overloaded",
    codes: [
      "overloaded_error", // Anthropic: also as the first event of a 200
      "engine_overloaded_error", // Moonshot: 429
      "capacity_exceeded", // Groq: 498
      "queue_exceeded", // Cerebras: 429
      "server_busy",
      "model_overloaded",
      "serviceunavailableexception", // AWS
      "modelnotreadyexception", // AWS: 429
      "insufficient_system_resource", // DeepSeek: a finish reason
      "1305", // Z.ai
      "1312",
      "50505", // SiliconFlow
      "3040", // Cloudflare
    ],
  },
  {
    kind: "overloaded",
    statuses: [200, 400, 425, 429, 498, 500, 502, 503, 529],
    words:
      /overloaded|high demand|high traffic|(?:at|over|no) capacity|capacity (?:exceeded|constraints)|model (?:is )?(?:currently )?busy|server[ _](?:is )?busy|try again later due to load/i,
  },

  // Too much asked in too little time.
  {
    kind: "rate-limit",
    codes: [
      "rate_limit_exceeded",
      "rate_limit_error", // Anthropic
      "rate_limit_reached_error", // Moonshot
      "rate_limited",
      "throttlingexception", // AWS
      "toomanyrequestsexception",
      "servicequotaexceededexception", // Bedrock: 400
      "throttling", // Alibaba
      "throttling.ratequota",
      "throttling.allocationquota",
      "limit_requests",
      "limit_burst_rate",
      "1302", // Z.ai
      "1303",
      "base_resp 1002", // MiniMax
      "base_resp 1041",
    ],
  },
  { kind: "rate-limit", statuses: [429] },
  { kind: "rate-limit", statuses: [200, 400, 403, 413, 503], words: rateWords }, // Groq: 413 with TPM

  // What was asked.
  {
    kind: "context-length",
    codes: [
      "context_length_exceeded",
      "contextwindowexceedederror",
      "model_context_window_exceeded",
      "1261", // Z.ai
      "base_resp 1039", // MiniMax
    ],
  },
  ...contextSignatures.map(({ words }): Row => ({
    kind: "context-length",
    statuses: [200, 400, 403, 413, 422, 500], // 403: Together; 500: llama.cpp, Ollama
    words,
  })),
  { kind: "context-length", statuses: [400, 413], silent: true }, // Cerebras
  {
    kind: "content-policy",
    codes: [
      "content_filter", // OpenAI, Azure
      "responsibleaipolicyviolation", // Azure
      "content_policy_violation",
      "moderation_blocked",
      "data_inspection_failed", // Alibaba
      "datainspectionfailed",
      "sensitive_words_detected",
      "prohibited_content", // Gemini through its compatible interface
      "1301", // Z.ai
      "base_resp 1026", // MiniMax
      "base_resp 1027",
    ],
  },
  {
    kind: "content-policy",
    statuses: [200, 400, 403, 422, 451],
    words:
      /content[ _](?:management |moderation )?(?:policy|policies|filter)|moderation|flagged|data_inspection|inappropriate content|usage polic(?:y|ies)|safety (?:system|filter|polic|check)|guardrail|sensitive content/i,
  },

  // What is not there any more, or never was for this account.
  {
    kind: "model-gone",
    codes: [
      "model_not_found", // OpenAI: 404, and 403 for a project without access
      "model_decommissioned", // Groq: 400
      "deploymentnotfound", // Azure
      "resourcenotfoundexception", // AWS
      "invalid_model", // Mistral: 400
      "model_not_exist",
      "1211", // Z.ai
    ],
  },
  {
    kind: "model-gone",
    statuses: [400, 403, 422],
    words:
      /not (?:available|supported) in your (?:region|country|location)|unsupported_country|(?:not|n't) have access to (?:the |this )?model|model\b.{0,100}?(?:does not exist|not exist|not found|decommissioned|deprecated|is not available|unknown)|(?:unknown|invalid|no such) model|on-demand throughput is/i,
  },
  { kind: "model-gone", statuses: [404, 410] },

  // The status line, for whoever says no more.
  { kind: "auth", statuses: [401, 403, 407, 498] }, // 498: Cohere's invalid token; Groq's was above
  { kind: "overloaded", statuses: [202, 425, 503, 529] }, // 202: NVIDIA has queued it
  {
    kind: "timeout",
    codes: ["modeltimeoutexception", "timeout_error", "deadline_exceeded", "base_resp 1001"],
  },
  { kind: "timeout", statuses: [408, 504, 522, 524] },
  { kind: "payload-too-large", codes: ["request_too_large"] },
  { kind: "payload-too-large", statuses: [413] },
  { kind: "server", statuses: [424, 499] }, // AWS: the model broke; Cohere: it gave up
  {
    kind: "server",
    codes: ["base_resp 1000", "base_resp 1024", "base_resp 1033"], // MiniMax
  },
  // Only this may be another endpoint's to take: every other mistake is the client's own everywhere.
  {
    kind: "unsupported",
    statuses: [200, 400, 405, 415, 422],
    codes: ["unsupported_parameter", "unsupported_value", "unknown_parameter"],
  },
  {
    kind: "unsupported",
    statuses: [200, 400, 422],
    words:
      /(?:is|are) not supported|unsupported (?:parameter|value|field)|does(?: not|n't) support|unrecognized request argument|unknown parameter|extra (?:inputs|fields) (?:are )?not permitted|property '.{1,80}' is unsupported/i,
  },
  {
    kind: "invalid-request",
    codes: ["invalid_request_error", "invalid_argument", "validationexception", "base_resp 2013"],
    statuses: [200],
  },
];

function failureOf(
  status: number,
  headers: UpstreamHeaders,
  parsed: unknown,
  body: string,
): Failure {
  const top = objectOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const said = sentenceOf(top, body);
  const answer: Answer = {
    status: statusInside(status, top),
    codes: codesOf(top, headers),
    words: said,
    silent: body.trim() === "" && said === "",
  };
  const kind = kindOf(answer);
  const text = (said === "" ? `HTTP ${status}` : redact(said)).slice(0, textCharactersMax);
  const failure: Failure = { kind, status, text, retryAfterSeconds: null };
  if (kind !== "context-length") return failure;
  const context = contextOf(said);
  if (!context) return failure;
  const told = /maximum context length/i.test(text)
    ? text
    : `${text} (maximum context length: ${context.most} tokens${context.asked === null ? "" : `, requested: ${context.asked}`})`;
  return { ...failure, text: told, context };
}

function kindOf(answer: Answer): FailureKind {
  const aboutRate = rateWords.test(answer.words);
  for (const row of rows) {
    if (row.statuses && !row.statuses.includes(answer.status)) continue;
    if (row.kind === "context-length" && aboutRate) continue;
    const coded = row.codes?.some((code) => answer.codes.has(code)) ?? false;
    const worded = row.words?.test(answer.words) ?? false;
    const plain = !row.codes && !row.words && (!row.silent || answer.silent);
    if (coded || worded || plain) return row.kind;
  }
  return answer.status >= 400 && answer.status < 500 ? "invalid-request" : "server";
}

/** The tokens that were asked for and that are possible, where a sentence says them. */
function contextOf(said: string): { asked: number | null; most: number } | null {
  for (const { words } of contextSignatures) {
    const groups = words.exec(said)?.groups;
    if (groups?.["most"] === undefined) continue;
    const count = (written: string | undefined): number => +(written ?? "").replaceAll(",", "");
    const asked =
      groups["asked"] === undefined ? null : count(groups["asked"]) + count(groups["more"]);
    return { asked, most: count(groups["most"]) };
  }
  return null;
}

/** Inside of a success the status is what the error says it is. */
function statusInside(status: number, top: Record<string, unknown>): number {
  if (status !== 200) return status;
  const error = objectOf(top["error"]);
  const named = [
    error["code"],
    error["http_code"],
    error["status_code"],
    error["status"],
    top["code"],
    top["status_code"],
  ];
  return (
    named.map(Number).find((one) => Number.isInteger(one) && one >= 400 && one < 600) ?? status
  );
}

/** Machine words, wherever a provider puts them. */
function codesOf(top: Record<string, unknown>, headers: UpstreamHeaders): Set<string> {
  const error = objectOf(top["error"]);
  const details = Array.isArray(error["details"]) ? error["details"].map(objectOf) : [];
  const response = objectOf(top["base_resp"])["status_code"];
  const amazon = headerOf(headers, "x-amzn-errortype") ?? top["__type"] ?? "";
  const words = [
    error["code"],
    error["type"],
    error["status"], // Google: RESOURCE_EXHAUSTED
    objectOf(error["details"])["error_code"], // Anthropic
    objectOf(error["innererror"])["code"], // Azure
    ...details.map((detail) => detail["reason"]), // Google
    top["code"],
    top["type"],
    top["error_code"], // Databricks
    top["reason"], // Novita
    typeof top["error"] === "string" && /^\w+$/.test(top["error"]) ? top["error"] : null,
    Array.isArray(top["errors"]) ? objectOf(top["errors"][0])["code"] : null, // Cloudflare
    typeof amazon === "string" ? amazon.replace(/:.*$/s, "").replace(/^.*#/s, "") : null,
    typeof response === "number" ? `base_resp ${response}` : null,
  ];
  return new Set(
    words.flatMap((word) =>
      (typeof word === "string" && word !== "") || typeof word === "number"
        ? [String(word).toLowerCase()]
        : [],
    ),
  );
}

/** What an error says to people, in whichever of a dozen places; the body's beginning when in none. */
function sentenceOf(top: Record<string, unknown>, body: string): string {
  const error = objectOf(top["error"]);
  const detail = top["detail"];
  const [first] = Array.isArray(detail) ? detail.map(objectOf) : [];
  const [entry] = Array.isArray(top["errors"]) ? top["errors"] : [];
  const raw = objectOf(error["metadata"])["raw"]; // OpenRouter: "Provider returned error"
  const places = [
    typeof error["message"] === "string" && typeof raw === "string"
      ? `${error["message"]}: ${raw}`
      : error["message"],
    typeof top["error"] === "string" && typeof top["message"] === "string"
      ? `${top["error"]}: ${top["message"]}` // Scaleway
      : top["error"],
    top["message"],
    detail,
    first && typeof first["msg"] === "string" ? `${placeOf(first["loc"])}${first["msg"]}` : null,
    objectOf(detail)["error"],
    objectOf(entry)["message"],
    entry,
    objectOf(top["base_resp"])["status_msg"],
    top["status_msg"],
    top["title"],
    objectOf(top["fault"])["faultstring"],
    error["code"], // nothing but a word
    error["type"],
  ];
  const said = places.find((one): one is string => typeof one === "string" && one.trim() !== "");
  if (said !== undefined) return said.trim();
  const written = body.trim();
  if (!/^(?:<!doctype|<html|<\?xml|<head|<body)/i.test(written)) return written.slice(0, 300);
  const title = /<(title|h1)[^>]*>\s*([^<]{1,200}?)\s*<\/\1>/i.exec(written)?.[2];
  return `an HTML page${title === undefined ? "" : `: ${title}`}`;
}

const placeOf = (place: unknown): string =>
  Array.isArray(place) && place.length > 0 ? `${place.slice(0, 8).map(String).join(".")}: ` : "";

/** Anything shaped like a key, ours or a provider's, is not passed on (reliability.md U7). */
const redact = (text: string): string =>
  text.replace(
    /\b(?:sk|pk|key|gsk|xai|api)[-_][\w-]{12,}|\bAIza[\w-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bBearer [\w.~+/-]{12,}=*/gi,
    "[redacted]",
  );

/** A day: what is further off is a mistake of the header. */
const resetSecondsMax = 86_400;
/** `x-ratelimit-reset-tokens`, `x-ratelimit-reset`, `ratelimitbysize-reset`, `x-tokenlimit-reset`, `anthropic-ratelimit-input-tokens-reset`. */
const resetName =
  /^(?:anthropic-)?(?:x-)?(?:ratelimit|tokenlimit)\w*(?:-[\w-]+)?-reset(?:-[\w-]+)?$/;

/**
 * After how many seconds it is worth asking again, rounded up, within a day; null: not said. The headers that every answer
 * of a provider carries are looked at for a rate only, and of them those with nothing remaining first.
 */
function resetSeconds(
  kind: FailureKind,
  headers: UpstreamHeaders,
  parsed: unknown,
  text: string,
): number | null {
  const said = Date.parse(headerOf(headers, "date") ?? "");
  const nowMs = Number.isNaN(said) ? null : said;
  const inTime = [
    millisecondsOf(headerOf(headers, "retry-after-ms"), nowMs, 1),
    millisecondsOf(headerOf(headers, "retry-after"), nowMs, 1_000),
  ].find((one) => one !== null);
  if (inTime !== undefined) return secondsOf(inTime);
  if (kind !== "rate-limit" && kind !== "overloaded") return null;
  const inBody = retryInfo(parsed) ?? sentenceWait(text);
  if (inBody !== null) return secondsOf(inBody);
  if (kind !== "rate-limit") return null;
  const resets = Object.keys(headers)
    .filter((name) => resetName.test(name))
    .flatMap((name) => {
      const ms = millisecondsOf(headerOf(headers, name), nowMs, 1_000);
      const remaining = headerOf(headers, name.replace("reset", "remaining"));
      return ms === null ? [] : [{ ms, spent: remaining !== null && +remaining === 0 }];
    });
  const spent = resets.filter((reset) => reset.spent).map(({ ms }) => ms);
  if (spent.length > 0) return secondsOf(Math.max(...spent));
  return resets.length > 0 ? secondsOf(Math.min(...resets.map(({ ms }) => ms))) : null;
}

const secondsOf = (ms: number): number =>
  Math.min(Math.max(Math.ceil(ms / 1_000), 0), resetSecondsMax);

const durationPattern =
  /^(?:(\d{1,6}(?:\.\d+)?)h)?(?:(\d{1,6}(?:\.\d+)?)m(?!s))?(?:(\d{1,9}(?:\.\d+)?)s)?(?:(\d{1,9}(?:\.\d+)?)ms)?$/;

/**
 * Milliseconds from now, of any of five notations: a number (in `unitMs`, or an instant of Unix time in seconds or
 * milliseconds where it is that large), a Go duration (`1m2.5s`), RFC 3339, an HTTP date. Null for anything else, and for
 * an instant where the answer has no `date`.
 */
function millisecondsOf(value: string | null, nowMs: number | null, unitMs: number): number | null {
  const written = value?.trim() ?? "";
  if (written === "") return null;
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(written)) {
    const number = +written;
    if (number < 1e9 || unitMs === 1) return number * unitMs;
    if (nowMs === null) return null;
    return number >= 1e12 ? number - nowMs : number * 1_000 - nowMs;
  }
  const duration = durationPattern.exec(written);
  if (duration) {
    const [, hours = "0", minutes = "0", seconds = "0", milliseconds = "0"] = duration;
    return (+hours * 3_600 + +minutes * 60 + +seconds) * 1_000 + +milliseconds;
  }
  const isInstant =
    /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/i.test(written) ||
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*, [\w -]+ [\d:]+ GMT$/.test(written);
  const instantMs = isInstant ? Date.parse(written) : NaN;
  return Number.isNaN(instantMs) || nowMs === null ? null : instantMs - nowMs;
}

/** Google's `google.rpc.RetryInfo` among the details of an error. */
function retryInfo(parsed: unknown): number | null {
  const { details } = objectOf(objectOf(Array.isArray(parsed) ? parsed[0] : parsed)["error"]);
  if (!Array.isArray(details)) return null;
  const delay = details.map((detail) => objectOf(detail)["retryDelay"]).find(Boolean);
  return typeof delay === "string" ? millisecondsOf(delay, null, 1_000) : null;
}

/** "Please try again in 1.2s" (OpenAI), "Please retry after 6 seconds" (Azure). */
function sentenceWait(text: string): number | null {
  const found =
    /(?:try again|retry)(?: again)? (?:in|after) (?<time>(?:\d+h)?(?:\d+m(?!s))?(?:\d+(?:\.\d+)?)(?<unit>ms|s| ?seconds?| ?minutes?)?)/i.exec(
      text,
    )?.groups;
  const { time = "", unit = "" } = found ?? {};
  if (unit === "") return null;
  if (/minute/.test(unit)) return Number.parseInt(time, 10) * 60_000;
  return millisecondsOf(time.replace(/ ?seconds?$/i, "s"), null, 1_000);
}

const headerOf = (headers: UpstreamHeaders, name: string): string | null => {
  const value = headers[name];
  const [first] = Array.isArray(value) ? value : [value];
  return first ?? null;
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
