/**
 * Which class a provider's refusal is of, as tables (contract/providers.md section 3, facts of 22 November 2026). They are
 * asked from the top: the first row that fits says it. A 400 may repeat what the client wrote, so words there that would
 * bench an endpoint or a key are looked for at the beginning only.
 */
import type { FailureKind } from "../operations/chat.ts";

/** What is asked of a row: all that an answer says of itself. */
export type Answer = {
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
    words: /^(?:the |your )?(?:API key (?:not valid|is invalid|expired)|invalid api key)/i,
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
    statuses: [200, 425, 429, 498, 500, 502, 503, 529],
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
  { kind: "rate-limit", statuses: [200, 403, 413, 503], words: rateWords }, // Groq: 413 with TPM

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
    statuses: [403],
    words:
      /not (?:available|supported) in your (?:region|country|location)|unsupported_country|(?:not|n't) have access to (?:the |this )?model/i,
  },
  {
    kind: "model-gone",
    statuses: [400, 403, 422],
    words:
      /^(?:\w+: |the |this |requested )*(?:model\b[^]{0,100}?(?:does not exist|not exist|not found|decommissioned|deprecated|is not available|unknown)|(?:unknown|invalid|no such) model|invocation of model id \S+ with on-demand throughput|user location is not supported)/i,
  },
  { kind: "model-gone", statuses: [404, 410] },

  // The status line, for whoever says no more. A firewall before the provider refuses what it takes for an attack in a prompt.
  { kind: "server", statuses: [403], words: /^an HTML page/ },
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

/** The class of the first row that fits. */
export function kindOf(answer: Answer): FailureKind {
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
export function contextOf(said: string): { asked: number | null; most: number } | null {
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
