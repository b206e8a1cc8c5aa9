// What each double plays, in words that all protocols share: which of its models answers plainly, calls a tool, thinks, and
// fails. The doubles, their keys and flags are those of the conformance table (`providers/*.cells.ts`).
import type { Counts } from "#schema/meters.ts";
import { said as claudeSaid, signatureOf, thought } from "#test/doubles/anthropic-api.ts";
import type { Conformance } from "../providers/conformance.ts";
import { conformance as anthropicMessages } from "../providers/anthropic-messages.cells.ts";
import { conformance as bedrockConverse } from "../providers/bedrock-converse.cells.ts";
import { conformance as cohereChat } from "../providers/cohere-chat.cells.ts";
import { conformance as gemini } from "../providers/gemini-generate-content.cells.ts";
import { azureOpenai, openaiChat } from "../providers/openai-chat.cells.ts";
import { conformance as openaiResponses } from "../providers/openai-responses.cells.ts";
import { conformance as vertex } from "../providers/vertex.cells.ts";

/** A model of the double that thinks when it is asked to. */
export type Thinker = {
  model: string;
  /** Part of what is shown. */
  thought: string;
  /** The tool that it calls after that; null: it answers. */
  tool: string | null;
  /** What its row has over its provider's. */
  flags?: Record<string, unknown>;
  /** Whether its own thoughts came back to it with the next turn, as they were. */
  remembered: (answer: string, request: string) => boolean;
};

export type Played = {
  conformance: Conformance;
  text: { model: string; said: string };
  tools: { model: string; name: string; input: object; answered: RegExp };
  /** Two calls in one answer. */
  parallel: { model: string; names: readonly [string, string] };
  thinkers: readonly Thinker[];
  /** `marked`: counts that come with a mark of the client's only; `unmarked` are those without. */
  usage: { model: string; counts: Counts; marked?: true; unmarked?: Counts };
  /** What it answers where a schema of a name and an age is asked for. */
  schema: { model: string; value: unknown };
  /** Sees pictures. */
  seeing: string;
  /** Is stopped by a filter while it speaks. */
  filtered: { model: string } | { absent: string };
  limited: string;
  overflowing: string;
  cut: string;
};

const openai = (conformance: Conformance): Played => ({
  conformance,
  text: { model: "text", said: 'Grüß Gott, "world"! 🌍 plain words follow here' },
  tools: {
    model: "tools",
    name: "weather",
    input: { city: "Wien" },
    answered: /^It is sunny\.$/,
  },
  parallel: { model: "parallel", names: ["weather", "weather"] },
  thinkers: [
    {
      model: "thinking-tools",
      thought: "First the city, then the weather.",
      tool: "weather",
      flags: { reasoningEchoRequired: true }, // as DeepSeek's, which it plays
      remembered: (answer) => answer === "remembered: First the city, then the weather.",
    },
  ],
  usage: {
    model: "cached",
    counts: {
      input: 100n,
      cache_read: 600n,
      cache_write_5m: 300n,
      output: 30n,
      reasoning: 20n,
      request: 1n,
    },
  },
  schema: { model: "json", value: { answer: 42 } },
  seeing: "image",
  filtered: { model: "filtered" },
  limited: "rate-limited",
  overflowing: "too-long",
  cut: "cut",
});

const google = (conformance: Conformance, of: (script: string) => string): Played => ({
  conformance,
  text: { model: of("text"), said: 'Hello, wörld 🙂 "well"\n' },
  tools: {
    model: of("tools"),
    name: "get_weather",
    input: { city: "Oslo" },
    answered: /^It was answered: \[\{"output":"sunny"\}\]$/,
  },
  parallel: { model: of("parallel"), names: ["get_weather", "get_weather"] },
  thinkers: [
    {
      model: of("tools"),
      thought: "Let me think.",
      tool: "get_weather",
      // The double refuses every signature but its own; what stands for a lost one is no memory.
      remembered: (_answer, request) =>
        request.includes('"thoughtSignature"') && !request.includes("skip_thought_signature"),
    },
    {
      model: of("think"),
      thought: "First this.",
      tool: null,
      remembered: (answer) => answer.startsWith("Signed before."),
    },
  ],
  usage: {
    model: of("cache"),
    counts: { input: 9n, cache_read: 100n, output: 4n, reasoning: 7n, request: 1n },
  },
  schema: { model: of("json"), value: { city: "Oslo" } },
  seeing: of("image"),
  filtered: { model: of("filtered") },
  limited: of("limited"),
  overflowing: of("long"),
  cut: of("cut"),
});

const command = "command-a-03-2025";
const claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

export const played: readonly Played[] = [
  openai(openaiChat),
  openai(azureOpenai),
  {
    ...openai(openaiResponses),
    thinkers: [
      {
        model: "thinking-tools",
        thought: "First part.",
        tool: "weather",
        remembered: (answer) => answer === "remembered: sunny",
      },
    ],
  },
  {
    conformance: anthropicMessages,
    text: { model: "claude-mid-text", said: claudeSaid },
    tools: {
      model: "claude-mid-tools",
      name: "get_weather",
      input: { city: "Zürich", day: 0, 'quote"d': [1.5, null, "a\\b"] },
      answered: /^Seen: toolu_00AbCd=sunny$/,
    },
    parallel: { model: "claude-mid-parallel", names: ["get_weather", "get_time"] },
    thinkers: [
      {
        model: "claude-mid-tools",
        thought,
        tool: "get_weather",
        remembered: (_answer, request) => request.includes(signatureOf(thought)),
      },
      {
        model: "claude-mid-redacted",
        thought,
        tool: null,
        remembered: (_answer, request) =>
          request.includes(signatureOf(thought)) && request.includes("enc-0123456789"),
      },
    ],
    usage: {
      model: "claude-mid-cache",
      counts: {
        input: 10n,
        cache_read: 2_000n,
        cache_write_5m: 100n,
        cache_write_1h: 200n,
        output: 30n,
        reasoning: 20n,
        request: 1n,
      },
    },
    schema: { model: "claude-mid-json", value: { name: "Ada", age: 36 } },
    seeing: "claude-mid-text",
    filtered: { model: "claude-mid-refusal-midway" },
    limited: "claude-mid-rate-limited",
    overflowing: "claude-mid-too-long",
    cut: "claude-mid-cut",
  },
  google(gemini, (script) => `gemini-3.8-flash--${script}`),
  google(vertex, (script) => `google/gemini-3.8-flash--${script}`),
  {
    conformance: cohereChat,
    text: { model: command, said: 'Hello from "Cohere" – grüß dich 🌍.' },
    tools: {
      model: command,
      name: "get_weather",
      input: { city: "a city" },
      answered: /^The tools said sunny\./,
    },
    parallel: { model: command, names: ["get_weather", "get_time"] },
    thinkers: [
      {
        model: "command-a-reasoning-08-2025",
        thought: 'First, "think" – then…',
        tool: "get_weather",
        remembered: (answer) => answer.includes("I remember what I thought."),
      },
    ],
    usage: { model: command, counts: { input: 7n, cache_read: 4n, output: 7n, request: 1n } },
    schema: { model: command, value: { name: "a name", age: 7 } },
    seeing: "command-a-vision-07-2025",
    filtered: { absent: "the finish words of v2/chat (cohere-ai 8.1) have none for a refusal" },
    limited: `${command}--limited`,
    overflowing: `${command}--long`,
    cut: `${command}--cut`,
  },
  {
    conformance: bedrockConverse,
    text: { model: claude, said: 'Hello from "Bedrock" – grüß dich 🌍.' },
    tools: {
      model: claude,
      name: "get_weather",
      input: { city: "a city" },
      answered: /^The tools said sunny\.$/,
    },
    parallel: { model: claude, names: ["get_weather", "get_time"] },
    thinkers: [
      {
        model: claude,
        thought: 'The user wants an answer. "Quoted" thoughts…',
        tool: "get_weather",
        remembered: (_answer, request) =>
          request.includes('"reasoningText"') && request.includes('"redactedContent"'),
      },
    ],
    usage: {
      model: claude,
      marked: true,
      counts: { input: 11n, cache_read: 300n, cache_write_5m: 100n, output: 7n, request: 1n },
      unmarked: { input: 11n, output: 7n, request: 1n },
    },
    schema: { model: claude, value: { name: "a name", age: 7 } },
    seeing: claude,
    filtered: { model: `${claude}--refused` },
    limited: `${claude}--throttled`,
    overflowing: `${claude}--long`,
    cut: `${claude}--cut`,
  },
];
