/**
 * What a client of Messages asks by habit and this model refuses. Clients know Anthropic's own names of models, and what each
 * of them takes; here a model may have another name, or be another one than was asked for first. Claude Code sends adaptive
 * thinking, an effort and system messages between turns to every name that it does not know (2.1.197, seen 25 November 2026).
 */
import type { AnthropicEffort } from "#schema/flags/anthropic-messages.ts";
import type { ChatAsk } from "../../operations/chat.ts";
import { thoughtBlocks } from "./thoughts.ts";
import { nearestEffort, thinkingOf } from "./thinking.ts";
import { forcesTool } from "./tools.ts";
import type { MessagesFlags } from "./flags.ts";
import { isObject } from "../../operations/json-value.ts";

type Edits = Map<string, string | null>;

/** Members in the words that the endpoint's row says the model takes; none where it takes what came. */
export function fitted(ask: ChatAsk, flags: MessagesFlags, maxTokens: number): Edits {
  const edits: Edits = new Map();
  if (!flags.sampling) for (const name of ["temperature", "top_p", "top_k"]) edits.set(name, null);
  const thinking = memberOf(ask, "thinking");
  const output = memberOf(ask, "output_config");
  const effort = output?.["effort"] ?? null;
  // Another provider made the calls that are answered here, and its thoughts are left out.
  const loopWithoutThoughts = thinking !== null && loopsWithoutThoughts(ask);
  const refused =
    refuses(flags, thinking?.["type"], effort) ||
    (thinking?.["type"] === "enabled" && loopWithoutThoughts);
  if (!refused) return edits;
  const off = thinking?.["type"] === "disabled";
  const wanted =
    flags.thinking === "always" && off
      ? { config: null, effort: null }
      : thinkingOf(ask.reasoning, {
          flags,
          maxTokens,
          forced: forcesTool(ask),
          loopWithoutThoughts,
        });
  edits.set("thinking", wanted.config ? JSON.stringify(wanted.config) : null);
  if (effort === null && wanted.effort === null) return edits;
  const { effort: _effort, ...rest } = output ?? {};
  const config = { ...rest, ...(wanted.effort === null ? {} : { effort: wanted.effort }) };
  edits.set("output_config", Object.keys(config).length > 0 ? JSON.stringify(config) : null);
  return edits;
}

/** Whether a model of this kind answers 400 to a way to think (contract/anthropic-messages.md 4.7). */
function refuses(flags: MessagesFlags, type: unknown, effort: unknown): boolean {
  // Budgets went when sampling went: with Opus 4.7.
  const budgetsAreGone = !flags.sampling;
  switch (flags.thinking) {
    case "none":
      return (type ?? null) !== null || effort !== null;
    case "budget":
      return type === "adaptive" || effort !== null;
    case "adaptive":
      return (type === "enabled" && budgetsAreGone) || isUnknown(effort, flags.efforts);
    case "always":
      return (
        type === "disabled" ||
        (type === "enabled" && budgetsAreGone) ||
        isUnknown(effort, flags.efforts)
      );
    default:
      return flags.thinking satisfies never;
  }
}

const isUnknown = (effort: unknown, known: readonly AnthropicEffort[]): boolean =>
  typeof effort === "string" && nearestEffort(effort, known) !== effort;

function loopsWithoutThoughts({ body }: ChatAsk): boolean {
  const messages: unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  const last = messages.at(-1);
  if (!isObject(last) || last["role"] !== "tool") return false;
  const before = messages.findLast(
    (message) => isObject(message) && message["role"] === "assistant",
  );
  return isObject(before) && thoughtBlocks(before["reasoning_details"]).length === 0;
}

function memberOf({ text, members }: ChatAsk, name: string): Record<string, unknown> | null {
  const member = members.find((one) => one.name === name);
  if (!member) return null;
  const value: unknown = JSON.parse(text.slice(member.valueStart, member.valueEnd));
  return isObject(value) ? value : null;
}

/** System messages between turns as text of the user's turn, for models that know none. */
export function withoutMidSystem(messages: readonly unknown[]): unknown[] {
  const folded: unknown[] = [];
  for (const message of messages) {
    const before = folded.at(-1);
    if (!isObject(message) || message["role"] !== "system") folded.push(message);
    else if (isObject(before) && before["role"] === "user")
      folded.splice(-1, 1, {
        ...before,
        content: [...blocksOf(before["content"]), ...blocksOf(message["content"])],
      });
    else folded.push({ ...message, role: "user" });
  }
  return folded;
}

const blocksOf = (content: unknown): unknown[] =>
  Array.isArray(content) ? content : [{ type: "text", text: content }];
