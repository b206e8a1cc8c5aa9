/** A plain request as an ask: what it does not say is the same for all of them, and its body is parsed only if somebody asks. */
import type { ChatAsk } from "../../operations/chat.ts";
import { scanMembers, type Member } from "../../operations/json-members.ts";
import type { PlainNumber, PlainRequest } from "../../operations/plain-request.ts";
import { noPreferences } from "./preferences.ts";
import { sizeOf } from "./prompt-size.ts";

/** Null when a number is out of its bounds: the general way says which. */
export function plainAsk(plain: PlainRequest, bytes: number): ChatAsk | null {
  for (const name of plain.parameters) if (!isWithin(name, plain.numbers[name] ?? 0)) return null;
  return new PlainAsk(plain, bytes);
}

const bounds: Partial<Record<PlainNumber, readonly [number, number]>> = {
  temperature: [0, 2],
  top_p: [0, 1],
  frequency_penalty: [-2, 2],
  presence_penalty: [-2, 2],
};
function isWithin(name: PlainNumber, value: number): boolean {
  if (name === "max_tokens" || name === "max_completion_tokens")
    return Number.isInteger(value) && value >= 1 && value <= 100_000_000;
  const [least, most] = bounds[name] ?? [-Infinity, Infinity];
  return value >= least && value <= most;
}

class PlainAsk implements ChatAsk {
  readonly operation = "chat";
  readonly dialect = "openai-chat";
  readonly plain: PlainRequest;
  readonly text: string;
  readonly models: readonly string[];
  readonly stream: boolean;
  readonly outputTokensMax: number | null;
  readonly promptTokensBound: number;
  readonly promptTokensEstimate: number;
  readonly images = 0;
  readonly searchesBound = 0;
  readonly reasoning = null;
  readonly serviceTier = null;
  readonly preferences = noPreferences;
  readonly parameters: readonly string[];
  readonly user: string | null;
  readonly session = null;
  #body: Readonly<Record<string, unknown>> | null = null;
  #members: readonly Member[] | null = null;

  constructor(plain: PlainRequest, bytes: number) {
    const { bound, estimate } = sizeOf(bytes, 0);
    this.plain = plain;
    this.text = plain.text;
    this.models = [plain.model];
    this.stream = plain.stream;
    this.outputTokensMax = plain.numbers.max_completion_tokens ?? plain.numbers.max_tokens;
    this.promptTokensBound = bound;
    this.promptTokensEstimate = estimate;
    this.parameters = plain.parameters;
    this.user = plain.user;
  }

  get body(): Readonly<Record<string, unknown>> {
    return (this.#body ??= JSON.parse(this.text));
  }

  get members(): readonly Member[] {
    return (this.#members ??= scanMembers(this.text));
  }
}
