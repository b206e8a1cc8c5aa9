/** What has been delivered so far and how it ended; outlives a throw, so that nothing delivered is settled as unsent. */
import type { Counts } from "#schema/meters.ts";
import type { AttemptRecord } from "#schema/usage-record.ts";
import type { ChunkChoice, Failure, StreamEvent, Usage, WholeChoice } from "./operations/chat.ts";
import type { Choice } from "./route.ts";

export type Tally = {
  choice: Choice | null;
  attempts: AttemptRecord[];
  usage: Usage | null;
  /** Characters of text, reasoning and tool arguments that came. */
  characters: number;
  /** In the contract's words where the wire protocol has words of its own, else in the provider's. */
  finishReason: string | null;
  nativeFinishReason: string | null;
  upstreamId: string | null;
  /** The tier that the provider says it served. */
  serviceTier: string | null;
  firstContentAtMs: number | null;
  /** Set when the upstream ended badly, before or after content. */
  failure: Failure | null;
  /** The client left before the end. */
  hungUp: boolean;
  /** The answer came to its proper end. */
  complete: boolean;
};

export const openTally = (): Tally => ({
  choice: null,
  attempts: [],
  usage: null,
  characters: 0,
  finishReason: null,
  nativeFinishReason: null,
  upstreamId: null,
  serviceTier: null,
  firstContentAtMs: null,
  failure: null,
  hungUp: false,
  complete: false,
});

/** Counts one event of a stream. Usage that comes twice or cumulates: the last that can be believed holds (reliability.md M-7). */
export function count(tally: Tally, event: StreamEvent): void {
  if (event.kind === "usage" && (event.usage.counts || !tally.usage?.counts))
    tally.usage = event.usage;
  if (event.kind === "text") tally.characters += event.text.length;
  if (event.kind === "texts") tally.characters += event.characters;
  if (event.kind !== "chunk") return;
  const { id, choices = [], service_tier: tier } = event.chunk;
  if (typeof tier === "string") tally.serviceTier = tier;
  if (tally.upstreamId === null && typeof id === "string") tally.upstreamId = id;
  for (const choice of choices) {
    noteFinish(tally, choice);
    tally.characters += charactersOf(choice.delta);
  }
}

/** Why an answer ended, in both vocabularies. */
export function noteFinish(tally: Tally, choice: ChunkChoice | WholeChoice): void {
  const { finish_reason: finish, native_finish_reason: native } = choice;
  if (typeof finish !== "string") return;
  tally.finishReason = finish;
  tally.nativeFinishReason = typeof native === "string" ? native : finish;
}

/** Marks, sound, and what a provider signs or enciphers for itself: none of it is text of the answer. */
const notText = new Set([
  "role",
  "id",
  "type",
  "index",
  "format",
  "data",
  "signature",
  "encrypted_content",
  "image_url",
]);
/** The same thoughts under several names, of which only one counts (contract/providers.md 1.2). */
const reasoningNames = ["reasoning_content", "reasoning", "reasoning_text", "reasoning_details"];

/** How much text there is anywhere in a delta or message, tool arguments included. */
export function charactersOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value))
    return value.reduce((total: number, one) => total + charactersOf(one), 0);
  if (typeof value !== "object" || value === null) return 0;
  let total = 0;
  let thought = 0;
  for (const [name, member] of Object.entries(value)) {
    if (notText.has(name)) continue;
    const characters = charactersOf(member);
    if (reasoningNames.includes(name)) thought = Math.max(thought, characters);
    else total += characters;
  }
  return total + thought;
}

/** Our own count where the provider's is missing: about four characters to a token. */
export const estimateCounts = (promptTokens: number, characters: number): Counts => ({
  input: BigInt(promptTokens),
  output: BigInt(Math.ceil(characters / 4)),
  request: 1n,
});
