/** How those who speak OpenAI's chat are told to think, and where they put their thoughts (contract/providers.md 1.2, P-1 to P-3). */
import {
  reasoningEfforts,
  type OpenaiChatFlags,
  type ReasoningEffort,
} from "#schema/flags/openai-chat.ts";
import type { ChatAsk, Delta, ReasoningDetail } from "../operations/chat.ts";
import { CannotEncode, type Upstream } from "./wire-protocol.ts";

/** What part of the answer's limit an effort is (contract P-1). */
const shares = { minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.95, max: 0.95 } as const;

/**
 * The body's members that say how much to think; null: left out, whatever the client wrote there.
 * @throws {CannotEncode} when thinking shall be off and cannot be (contract P-2).
 */
export function reasoningMembers(
  ask: ChatAsk,
  upstream: Upstream,
  flags: OpenaiChatFlags,
): Record<string, unknown> {
  const { reasoning, body } = ask;
  const streamsOnly = flags.thinkingNeedsStream && !ask.stream;
  if (!reasoning && !streamsOnly) return {};
  const { effort: asked = null, maxTokens = null, enabled = null } = reasoning ?? {};
  const off = streamsOnly || enabled === false || asked === "none";
  const on = !off && (enabled === true || asked !== null || maxTokens !== null);
  const none = { reasoning_effort: null };
  if (!off && !on) return none; // only whether thoughts are shown
  const efforts = flags.reasoningEfforts;
  const byEffort = flags.reasoningIn === "effort" || flags.reasoningIn === "string";
  if (off && (flags.reasoningMandatory || (byEffort && efforts && !efforts.includes("none"))))
    throw new CannotEncode(
      asked === "none" ? "reasoning.effort" : "reasoning.enabled",
      `this model cannot be told not to think; leave it out, or ask for ${efforts?.find((one) => one !== "none") ?? "minimal"}`,
    );
  const limit = upstream.outputTokensMax ?? ask.outputTokensMax ?? upstream.outputTokensLimit;
  const wanted = off
    ? "none"
    : (asked ?? (maxTokens === null ? "medium" : effortOf(maxTokens, limit)));
  const word = efforts ? nearest(wanted, efforts) : wanted;
  // Beside a switch, an effort is said only where it is known which there are.
  const beside = { reasoning_effort: efforts && on ? word : null };
  const toolsRefuse =
    !flags.effortWithTools && Array.isArray(body["tools"]) && body["tools"].length > 0;
  const budget =
    on && flags.reasoningBudgetField !== null
      ? (maxTokens ?? (asked === null || efforts ? null : budgetOf(asked, limit)))
      : null;
  switch (flags.reasoningIn) {
    case "none":
      return none;
    case "effort":
      // "Think", to one of which no effort is known: it may have none, and thinks if it can.
      if (!efforts && enabled === true && asked === null && maxTokens === null) return none;
      return { reasoning_effort: toolsRefuse && word !== "none" ? null : word };
    case "string":
      return { ...none, thinking: word };
    case "thinkingType": {
      const thinking = {
        type: on ? "enabled" : "disabled",
        ...(budget !== null && flags.reasoningBudgetField === "budget_tokens"
          ? { budget_tokens: budget }
          : {}),
        ...(on ? flags.thinkingMembers : {}),
      };
      return { ...beside, thinking, ...separateBudget(flags, budget) };
    }
    case "enableThinking":
      return { ...beside, enable_thinking: on, ...separateBudget(flags, budget) };
    case "chatTemplateKwargs":
    case "chatTemplateArgs": {
      const name =
        flags.reasoningIn === "chatTemplateArgs" ? "chat_template_args" : "chat_template_kwargs";
      return {
        ...beside,
        [name]: { ...objectOf(body[name]), [flags.thinkingKwarg]: on },
        ...separateBudget(flags, budget),
      };
    }
    case "reasoningEnabled":
      return { ...beside, reasoning: { enabled: on } };
    case "reasoningObject":
      return {
        ...none,
        reasoning: {
          ...(asked === null && !off ? {} : { effort: word }),
          ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
          ...(asked === null && maxTokens === null && on ? { enabled: true } : {}),
        },
      };
    case "promptMode":
      return { ...beside, prompt_mode: on ? "reasoning" : null };
    default:
      return flags.reasoningIn satisfies never;
  }
}

const separateBudget = (flags: OpenaiChatFlags, budget: number | null): Record<string, unknown> =>
  budget !== null && flags.reasoningBudgetField === "thinking_budget"
    ? { thinking_budget: budget }
    : {};

/** The effort whose share of the limit is nearest to a budget in tokens (contract P-1). */
function effortOf(budget: number, limit: number): ReasoningEffort {
  const share = budget / Math.max(limit, 1);
  const words = ["minimal", "low", "medium", "high", "xhigh"] as const;
  return words.reduce((best, word) =>
    Math.abs(shares[word] - share) < Math.abs(shares[best] - share) ? word : best,
  );
}

const budgetOf = (effort: string, limit: number): number | null => {
  const share = Object.entries(shares).find(([word]) => word === effort)?.[1];
  return share === undefined ? null : Math.max(Math.floor(limit * share), 1);
};

/** The nearest effort that is known, the lesser of two (contract P-2). Thinking that is asked for is never turned off by it. */
function nearest(wanted: string, efforts: readonly ReasoningEffort[]): string {
  const place = (word: string): number => reasoningEfforts.findIndex((one) => one === word);
  if (place(wanted) === -1) return wanted;
  const possible = wanted === "none" ? efforts : efforts.filter((word) => word !== "none");
  const [first = wanted, ...rest] = possible.toSorted((a, b) => place(a) - place(b));
  return rest.reduce<string>(
    (best, word) =>
      Math.abs(place(word) - place(wanted)) < Math.abs(place(best) - place(wanted)) ? word : best,
    first,
  );
}

/** Earlier thoughts that may go back: those of this provider's format, or of none (contract P-4). */
export function thoughtsOf(message: Readonly<Record<string, unknown>>, format: string): string {
  const details = message["reasoning_details"];
  if (Array.isArray(details) && details.length > 0) {
    return details
      .map(objectOf)
      .filter(
        ({ type, format: theirs = "unknown" }) =>
          type === "reasoning.text" &&
          (theirs === null || theirs === "unknown" || theirs === format),
      )
      .map(({ text }) => (typeof text === "string" ? text : ""))
      .join("");
  }
  return firstText(message);
}

/** The members under which thoughts come, of which several may say the same (Chutes): only the first counts. */
const thoughtNames = ["reasoning_content", "reasoning", "reasoning_text"] as const;
const firstText = (said: Readonly<Record<string, unknown>>): string => {
  for (const name of thoughtNames) {
    const text = said[name];
    if (typeof text === "string" && text !== "") return text;
  }
  return "";
};

/**
 * What was said with its thoughts where our clients look for them: `reasoning` and `reasoning_details`, whatever the
 * provider calls them, and its text as text where it comes in parts. The same object when there is nothing to do.
 */
export function withReasoning<Said extends Record<string, unknown>>(
  said: Said,
  format: string,
): Said | Delta {
  const parts = Array.isArray(said["content"]) ? splitParts(said["content"]) : null;
  const hasNames = "reasoning_content" in said || "reasoning_text" in said || "reasoning" in said;
  const details = said["reasoning_details"];
  const hasDetails = Array.isArray(details) && details.length > 0;
  if (!parts && !hasNames && !hasDetails) return said;
  const { reasoning_content: _a, reasoning_text: _b, reasoning: _c, ...rest } = said;
  const signature = parts?.signature ?? null;
  const text = firstText(said) || (parts?.reasoning ?? "");
  const shown = text || (hasDetails ? detailsText(details) : "");
  const made: ReasoningDetail[] =
    text === "" && signature === null
      ? []
      : [
          {
            type: "reasoning.text",
            ...(text === "" ? {} : { text }),
            ...(signature === null ? {} : { signature }),
            format,
            index: 0,
          },
        ];
  return {
    ...rest,
    ...(parts ? { content: parts.content } : {}),
    ...(parts && parts.images.length > 0 ? { images: parts.images } : {}),
    ...(shown === "" ? {} : { reasoning: shown }),
    ...(hasDetails || made.length === 0 ? {} : { reasoning_details: made }),
  };
}

const detailsText = (details: readonly unknown[]): string =>
  details
    .map(objectOf)
    .map(({ text, summary }) => text ?? summary)
    .filter((one): one is string => typeof one === "string")
    .join("");

/** Mistral's content in parts: text, thoughts, references. */
function splitParts(parts: readonly unknown[]): {
  content: string;
  reasoning: string;
  signature: string | null;
  images: unknown[];
} {
  const split = {
    content: "",
    reasoning: "",
    signature: null as string | null,
    images: [] as unknown[],
  };
  for (const part of parts.map(objectOf)) {
    if (part["type"] === "image_url") split.images.push(part);
    else if (part["type"] === "thinking") {
      const { thinking } = part;
      split.reasoning += Array.isArray(thinking)
        ? thinking.map((one) => textOf(objectOf(one)["text"])).join("")
        : textOf(thinking);
      if (typeof part["signature"] === "string") split.signature = part["signature"];
    } else split.content += textOf(part["text"]);
  }
  return split;
}

export type Piece = { content: string; reasoning: string };
export type ThinkSplitter = {
  /** True once thoughts can no longer come: then text is what it looks like. */
  answering: () => boolean;
  feed: (text: string) => Piece;
  /** What was kept back because it might have been the beginning of a mark. */
  end: () => Piece;
};

const opening = "<think>";
const closing = "</think>";

/** Text with thoughts between `<think>` and `</think>`, cut anywhere, into both. @param open the first mark may be left out */
export function thinkSplitter({ open }: { open: boolean }): ThinkSplitter {
  let state: "before" | "thinking" | "behind" | "answering" = "before";
  let kept = "";
  return {
    answering: () => state === "answering",
    feed(text) {
      const piece: Piece = { content: "", reasoning: "" };
      kept += text;
      if (state === "before") {
        const rest = kept.trimStart();
        if (rest.startsWith(opening)) {
          kept = rest.slice(opening.length);
          state = "thinking";
        } else if (opening.startsWith(rest)) {
          return piece; // nothing yet, or the beginning of the mark
        } else state = open ? "thinking" : "answering";
      }
      if (state === "thinking") {
        const at = kept.indexOf(closing);
        const end = at === -1 ? kept.length - partialEnd(kept, closing) : at;
        piece.reasoning += kept.slice(0, end);
        kept = kept.slice(at === -1 ? end : at + closing.length);
        if (at === -1) return piece;
        state = "behind";
      }
      if (state === "behind") {
        kept = kept.trimStart();
        if (kept === "") return piece;
        state = "answering";
      }
      piece.content += kept;
      kept = "";
      return piece;
    },
    end() {
      const left = kept;
      kept = "";
      return state === "thinking"
        ? { content: "", reasoning: left }
        : { content: left, reasoning: "" };
    },
  };
}

/** How many characters at the end of a text are the beginning of the mark. */
function partialEnd(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--)
    if (text.endsWith(mark.slice(0, length))) return length;
  return 0;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
