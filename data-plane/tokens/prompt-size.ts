/**
 * How long a prompt is for each model that could answer: by its bytes where that is enough, which is nearly always, then by
 * estimate, and counted only where an endpoint's window is in doubt (contract/providers.md 5.4).
 */
import type { ChatAsk } from "../operations/chat.ts";
import { estimateTokens } from "./estimate.ts";
import type { ExactCounter } from "./exact-counter.ts";
import type { LearnedFactors } from "./learned-factors.ts";

/** Whoever asks with more text than this at once would stop the others: as many emoji take 3 ms, cold code 6. */
const sliceCharacters = 200_000;
/** What a picture or file in a data URL takes of the window, whatever its bytes. */
const tokensPerAttachment = 1_500;

export type PromptSize = {
  /** Tokens for a model, and how far off they may be: 0.25 by estimate, 0.1 when they were counted. */
  of: (model: { id: string; tokenizer: string }) => number;
  tolerance: number;
};
type Window = { contextLength: number; model: { id: string; tokenizer: string } };

/** @param windows of every endpoint that may be asked */
export function promptSize(
  ask: Pick<ChatAsk, "text" | "promptTokensBound" | "promptTokensEstimate" | "outputTokensMax">,
  windows: readonly Window[],
  factors: LearnedFactors,
  counter: ExactCounter,
): PromptSize | Promise<PromptSize> {
  const output = ask.outputTokensMax ?? 0;
  // A token is at least one byte, so what fits by its bytes fits.
  const most = ask.promptTokensBound + output;
  let fits = true;
  for (const { contextLength } of windows) fits &&= most <= contextLength;
  if (fits) return { of: () => ask.promptTokensEstimate, tolerance: 0.25 };
  return measured(ask.text, output, windows, factors, counter);
}

async function measured(
  text: string,
  output: number,
  windows: readonly Window[],
  factors: LearnedFactors,
  counter: ExactCounter,
): Promise<PromptSize> {
  const { written, attachments } = withoutAttachments(text);
  const besides = attachments * tokensPerAttachment;
  const base = await estimateOf(written);
  const byEstimate = (model: Window["model"]): number =>
    Math.ceil(base * factors.of(model)) + besides;
  const inDoubt = windows.some(({ contextLength, model }) => {
    const tokens = byEstimate(model);
    return tokens * 1.25 + output > contextLength && tokens * 0.75 <= contextLength;
  });
  const exact = inDoubt ? await counter.count(written) : null;
  if (exact === null) return { of: byEstimate, tolerance: 0.25 };
  return {
    of: (model) => Math.ceil(exact * factors.of(model)) + besides,
    tolerance: 0.1,
  };
}

/** How long a prompt is for one model, by estimate, where nobody asks whether it fits. */
export async function estimatedTokens(
  { text }: Pick<ChatAsk, "text">,
  model: Window["model"],
  factors: LearnedFactors,
): Promise<number> {
  const { written, attachments } = withoutAttachments(text);
  const base = await estimateOf(written);
  return Math.ceil(base * factors.of(model)) + attachments * tokensPerAttachment;
}

/** In o200k tokens, a slice at a time. */
async function estimateOf(text: string): Promise<number> {
  let tokens = 0;
  for (let at = 0; at < text.length; at += sliceCharacters) {
    if (text.length > sliceCharacters) await new Promise((resolve) => setImmediate(resolve));
    tokens += estimateTokens(text, at, Math.min(at + sliceCharacters, text.length));
  }
  return tokens;
}

/** What is estimated to learn from; longer prompts would cost more than they teach. */
const lessonCharactersMax = 50_000;

/** Learns from a request's own reported prompt tokens how the model's vocabulary compares; most requests pass by. */
export function learnLength(
  { text, images }: Pick<ChatAsk, "text" | "images">,
  model: Window["model"],
  promptTokens: bigint,
  { tokens: { factors }, random }: { tokens: { factors: LearnedFactors }; random: () => number },
): void {
  if (images > 0 || text.length > lessonCharactersMax || !factors.wants(model, random)) return;
  if (withoutAttachments(text).attachments > 0) return;
  factors.learn(model, estimateTokens(text), +promptTokens.toString());
}

/** Shorter than this, base64 in a member `data` weighs less than a mistake about text that looks like it. */
const base64CharactersMin = 256;

/** The text without what stands in data URLs, or as base64 in a member `data` (Anthropic's Messages). */
export function withoutAttachments(text: string): { written: string; attachments: number } {
  let attachments = 0;
  const pieces: string[] = [];
  let from = 0;
  for (let at = text.indexOf('"data'); at !== -1; at = text.indexOf('"data', at + 1)) {
    const start = text[at + 5] === ":" ? at : base64At(text, at);
    if (start === -1) continue;
    const end = text.indexOf('"', start + 1);
    if (end === -1) break;
    pieces.push(text.slice(from, start));
    attachments++;
    from = end;
    at = end;
  }
  pieces.push(text.slice(from));
  return { written: pieces.join(""), attachments };
}

/** The opening quote of the value of a member `data` that is long and base64, or -1. */
function base64At(text: string, name: number): number {
  const opening = /^"data"\s{0,8}:\s{0,8}"/.exec(text.slice(name, name + 32));
  if (!opening) return -1;
  const start = name + opening[0].length;
  const sample = text.slice(start, start + base64CharactersMin);
  return sample.length === base64CharactersMin && /^[A-Za-z0-9+/=]+$/.test(sample) ? start - 1 : -1;
}
