/**
 * A plain request to a provider without quirks that would show in it: the client's own bytes with another model in them.
 * Whoever asks for more is written for by `openai-chat-body.ts`, which makes the same of this (the test compares them).
 */
import { readOpenaiChatFlags } from "#schema/flags/openai-chat.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { jsonText } from "../operations/json-text.ts";
import type { Flags, Upstream, UpstreamRequest } from "./wire-protocol.ts";

type Rule = { path: string; limit: "max_tokens" | "max_completion_tokens"; streamOptions: string };

/** Flags that say nothing about a plain request, or only what the rule says of it. */
const harmless: ReadonlySet<string> = new Set([
  "tokenLimitField",
  "usageInStream",
  "includeObfuscation",
  "reasoningIn",
  "reasoningEfforts",
  "reasoningBudgetField",
  "reasoningMandatory",
  "reasoningOut",
  "reasoningFormat",
  "effortWithTools",
  "toolChoice",
  "toolCallIdFormat",
  "cacheMarks",
  "completionExcludesReasoning",
  "promptExcludesCached",
  "firstContentTimeoutMs",
  "remoteMedia",
  "auth",
]);

const rules = new WeakMap<Flags, Rule | "none">();
function ruleOf(flags: Flags): Rule | "none" {
  const known = rules.get(flags);
  if (known) return known;
  const read = readOpenaiChatFlags(flags);
  const options = {
    ...(read.usageInStream === "optin" ? { include_usage: true } : {}),
    ...(read.includeObfuscation === null ? {} : { include_obfuscation: read.includeObfuscation }),
  };
  const rule: Rule | "none" = Object.keys(flags).every((name) => harmless.has(name))
    ? {
        path: read.path,
        limit: read.tokenLimitField,
        streamOptions:
          Object.keys(options).length === 0 ? "" : `,"stream_options":${JSON.stringify(options)}`,
      }
    : "none";
  rules.set(flags, rule);
  return rule;
}

const noHeaders = {};
const askForUsage = ',"stream_options":{"include_usage":true}';

/** Null where it takes more than copying. */
export function encodePlain(ask: ChatAsk, upstream: Upstream): UpstreamRequest | null {
  const { plain } = ask;
  if (!plain || upstream.outputTokensMax !== null) return null;
  const rule = ruleOf(upstream.flags);
  if (rule === "none") return null;
  const { max_tokens: short, max_completion_tokens: long } = plain.numbers;
  const [wanted, other] = rule.limit === "max_tokens" ? [short, long] : [long, short];
  if (other !== null || wanted !== ask.outputTokensMax) return null;
  const options = ask.stream ? rule.streamOptions : "";
  if (plain.includeUsage !== null && (!plain.includeUsage || options !== askForUsage)) return null;
  const added = plain.includeUsage === null ? options : ""; // it stands there already
  const model = jsonText(upstream.model);
  const { text, bytes, modelStart, modelEnd, end } = plain;
  if (bytes && isAscii(model))
    return new Copied(rule.path, spliced(bytes, modelStart, model, modelEnd, added, end));
  const body = `${text.slice(0, modelStart)}${model}${text.slice(modelEnd, end)}${added}${text.slice(end)}`;
  return { path: rule.path, headers: noHeaders, body };
}

/** Its text is made when somebody asks: to sign it, or to show it. */
class Copied implements UpstreamRequest {
  readonly path: string;
  readonly headers = noHeaders;
  readonly bytes: Buffer;

  constructor(path: string, bytes: Buffer) {
    this.path = path;
    this.bytes = bytes;
  }

  get body(): string {
    return this.bytes.toString("latin1");
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 126) return false;
  return true;
}

/** For 50 KB a third of what text would take: two copies of memory. */
function spliced(
  bytes: Buffer,
  modelStart: number,
  model: string,
  modelEnd: number,
  options: string,
  end: number,
): Buffer {
  const body = Buffer.allocUnsafe(
    bytes.length + model.length - (modelEnd - modelStart) + options.length,
  );
  let at = bytes.copy(body, 0, 0, modelStart);
  at += body.write(model, at, "latin1");
  at += bytes.copy(body, at, modelEnd, end);
  if (options !== "") at += body.write(options, at, "latin1");
  bytes.copy(body, at, end);
  return body;
}
