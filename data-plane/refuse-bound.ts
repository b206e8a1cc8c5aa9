/** What a client is told when a limit or credit is short: which one, what would pass, and when to come back. */
import { formatDollars, showDollars } from "#schema/money/amount.ts";
import type { AllowanceWindow } from "#schema/bounds.ts";
import { affordableTokens } from "./afford.ts";
import { endOf, type Denial } from "./leases.ts";
import type { ChatAsk } from "./operations/chat.ts";
import { Refusal } from "./refusal.ts";
import type { Choice } from "./route.ts";

type Short = Denial & { kind: "short" };
type Request = { ask: ChatAsk; choices: readonly Choice[]; nowMs: number };

const windowWords = {
  lifetime: "total",
  month: "monthly",
  week: "weekly",
  day: "daily",
  minute: "per-minute",
} as const satisfies Record<AllowanceWindow, string>;

/** `, "max_tokens": 1000000` and a space. */
const memberBytesMax = 24;

/** How long a client waits for what other requests will give back; a streamed answer takes seconds. */
const inFlightSeconds = 2;

export function refusalOfBound(denial: Short, request: Request): Refusal {
  switch (denial.bound.unit) {
    case "picodollars":
      return tooDear(denial, request);
    case "requests":
      return denial.bound.scope === "free"
        ? tooManyFree(denial, request)
        : tooMany(denial, request);
    case "tokens":
      return tooMany(denial, request);
    case "concurrency":
      return tooManyAtOnce(denial);
    default:
      return denial.bound.unit satisfies never;
  }
}

/** Money: 403 for what a key or a workspace may spend, 402 for what the organization has. */
function tooDear(denial: Short, request: Request): Refusal {
  const { bound, amount, free, inFlight, limit } = denial;
  const { ask, choices, nowMs } = request;
  // Whoever adds the number to a request without one makes its body longer, and it has to pass then too.
  const again =
    ask.outputTokensMax === null
      ? { ...ask, promptTokensBound: ask.promptTokensBound + memberBytesMax }
      : ask;
  const affordable = affordableTokens(again, choices, free);
  const longest = choices.reduce((most, choice) => Math.max(most, choice.outputTokensMax), 0);
  const resetAt = endOf(bound, nowMs);
  const fit =
    affordable >= 1
      ? `You requested up to ${longest} tokens, but can only afford ${affordable}.`
      : `It could cost up to $${showDollars(amount)} (a prompt of at most ${ask.promptTokensBound} tokens), and $${showDollars(free)} is left.`;
  const metadata = {
    required: formatDollars(amount),
    available: formatDollars(free),
    ...(affordable >= 1 ? { affordable_max_tokens: affordable } : {}),
    ...resetOf(resetAt),
  };
  const window = windowWords[bound.window];
  const until = resetAt === null ? "" : ` It is renewed at ${resetAt.toISOString()}.`;
  if (bound.subject === "key") {
    return new Refusal({
      status: 403,
      type: "permission_denied",
      metadata: { limit_source: "openrouter_key_limit", ...metadata },
      message: `Key limit exceeded (${window} limit). ${fit}${until} Raise the limit of this key, or send fewer max_tokens.`,
    });
  }
  if (bound.subject === "workspace") {
    return new Refusal({
      status: 403,
      type: "permission_denied",
      metadata: { limit_source: "openrouter_workspace_budget", ...metadata },
      message: `Workspace ${window} budget of $${showDollars(limit ?? 0n)} exceeded. ${fit}${until} Raise the budget of this workspace, or send fewer max_tokens.`,
    });
  }
  if (bound.window !== "lifetime") {
    return new Refusal({
      status: 403,
      type: "permission_denied",
      metadata: { limit_source: "openrouter_organization_budget", ...metadata },
      message: `Organization ${window} budget of $${showDollars(limit ?? 0n)} exceeded. ${fit}${until} Raise the budget of this organization, or send fewer max_tokens.`,
    });
  }
  if (free < amount && free + inFlight >= amount) {
    // Requests under way hold their ceilings and will give most of it back: this one may come again (contract B-4).
    return new Refusal({
      status: 402,
      type: "payment_required",
      // No client tries a 402 again by itself, unless it is told to.
      headers: { "retry-after": String(inFlightSeconds), "x-should-retry": "true" },
      metadata: {
        limit_source: "openrouter_in_flight_budget",
        reason: "in_flight_budget_exhausted",
        in_flight: formatDollars(inFlight),
        ...metadata,
      },
      message: `Requests under way hold $${showDollars(inFlight)} of the credit until they end. ${fit} Try again in ${inFlightSeconds} seconds, or send fewer max_tokens.`,
    });
  }
  return new Refusal({
    status: 402,
    type: "payment_required",
    metadata: { limit_source: "openrouter_credits", ...metadata },
    message:
      affordable >= 1
        ? `This request requires more credits, or fewer max_tokens. ${fit}`
        : `Insufficient credits. ${fit} Add credits to go on.`,
  });
}

function tooMany({ bound, amount, free, limit }: Short, { nowMs }: Request): Refusal {
  const resetAt = endOf(bound, nowMs);
  const of =
    bound.scope === "" ? "" : ` for ${bound.scope === "free" ? "free models" : bound.scope}`;
  const what = `${windowWords[bound.window]} ${bound.unit} of this ${bound.subject}${of}`;
  const never = limit !== null && amount > limit;
  const advice = never
    ? `This request needs about ${amount} of ${limit}, so it never fits: send a shorter prompt or fewer max_tokens, or raise the limit.`
    : `${free} of ${limit ?? 0n} ${bound.unit} are left and this request needs ${amount}${resetAt ? `; the next window begins at ${resetAt.toISOString()}` : ""}.`;
  return rateRefusal({
    message: `Rate limit exceeded: ${what}. ${advice}`,
    source: "openrouter_rate_limit",
    limit,
    free,
    resetAt: never ? null : resetAt,
    nowMs,
  });
}

const freeDaily = "openrouter_free_tier_daily";

/** The contract's words for free models, with a text of its own for each cause and the time from which it works again. */
function tooManyFree({ bound, free, limit }: Short, { nowMs }: Request): Refusal {
  const resetAt = endOf(bound, nowMs);
  const daily = bound.window !== "minute";
  const advice = daily
    ? `All ${limit ?? 0n} free requests of this ${bound.window} are used; there are new ones at ${resetAt?.toISOString() ?? "no time"}. Buying credits raises the number, and models that are not free have no such limit.`
    : `${limit ?? 0n} free requests a minute are allowed; try again at ${resetAt?.toISOString() ?? ""}.`;
  return rateRefusal({
    message: `Rate limit exceeded: free-models-per-${daily ? bound.window : "min"}. ${advice}`,
    source: daily ? freeDaily : "openrouter_free_tier_minute",
    limit,
    free,
    resetAt,
    nowMs,
  });
}

function tooManyAtOnce({ bound, limit }: Short): Refusal {
  return new Refusal({
    status: 429,
    type: "rate_limit_exceeded",
    headers: { "retry-after": "1" },
    metadata: { limit_source: "openrouter_concurrency", limit: String(limit ?? 0n) },
    message: `Too many requests at once: this ${bound.subject} may have ${limit ?? 0n} under way. Try again when one of them has ended.`,
  });
}

function rateRefusal({
  message,
  source,
  limit,
  free,
  resetAt,
  nowMs,
}: {
  message: string;
  source: string;
  limit: bigint | null;
  free: bigint;
  resetAt: Date | null;
  nowMs: number;
}): Refusal {
  const seconds = resetAt && Math.max(1, Math.ceil((resetAt.getTime() - nowMs) / 1000));
  const headers = {
    "X-RateLimit-Limit": String(limit ?? 0n),
    "X-RateLimit-Remaining": String(free),
    ...(resetAt ? { "X-RateLimit-Reset": String(resetAt.getTime()) } : {}),
  };
  return new Refusal({
    status: 429,
    type: "rate_limit_exceeded",
    message,
    headers: {
      ...headers,
      // Not before tomorrow (contract 3.3): some clients would wait for it.
      ...(seconds === null || source === freeDaily ? {} : { "retry-after": String(seconds) }),
      // The clients of OpenAI and Anthropic try again by themselves, which before tomorrow is of no use (users-want 6.1).
      ...(seconds === null || seconds > 60 ? { "x-should-retry": "false" } : {}),
    },
    metadata: { limit_source: source, headers, ...resetOf(resetAt), provider_name: null },
  });
}

const resetOf = (resetAt: Date | null): { reset_at?: string } =>
  resetAt === null ? {} : { reset_at: resetAt.toISOString() };
