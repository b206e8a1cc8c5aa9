/** A chat request in the middle language as Anthropic's Messages (contract/providers.md 4.2). */
import type {
  MessageCreateParamsBase,
  TextBlockParam,
  ToolChoice,
  ToolUnion,
} from "@anthropic-ai/sdk/resources/messages";
import type { ChatAsk } from "../../operations/chat.ts";
import { CannotEncode, type Upstream } from "../wire-protocol.ts";
import { cacheControlOf, checkMarks, type CacheControl, type Mark } from "./cache-marks.ts";
import { canForce, flagsOf, type MessagesFlags } from "./flags.ts";
import { schemaSubset } from "../claude-schema.ts";
import { thinkingOf, type Thinking } from "./thinking.ts";
import { answerSchema, answerToolName, forcesTool, toolChoiceOf, toolsOf } from "./tools.ts";
import { conversationOf } from "./turns.ts";
import { isObject } from "../../operations/json-value.ts";

/** The request, with the fields that API version 2023-06-01 still has and the newest types do not. */
export type MessagesBody = MessageCreateParamsBase & {
  temperature?: number;
  top_p?: number;
  top_k?: number;
};

/** What is sent as `max_tokens`, which the API requires: the client's bound or ours, at most what the endpoint can give. */
export const maxTokensOf = (ask: ChatAsk, upstream: Upstream): number =>
  Math.min(
    upstream.outputTokensMax ?? ask.outputTokensMax ?? upstream.outputTokensLimit,
    upstream.outputTokensLimit,
  );

/**
 * The body for Anthropic's own API. Other hosts of it (Vertex's rawPredict) take members away and add theirs.
 * @throws {CannotEncode} naming the field, when the API has no word for what is asked or would refuse it.
 */
export function messagesBody(ask: ChatAsk, upstream: Upstream): MessagesBody {
  const { model, media } = upstream;
  const flags = flagsOf(upstream);
  const { body } = ask;
  const conversation = conversationOf(body["messages"], flags, media);
  const { tools, fields } = toolsOf(ask, flags);
  for (const [block, field] of conversation.fields) fields.set(block, field);
  const maxTokens = maxTokensOf(ask, upstream);
  const thinking = thinkingOf(ask.reasoning, {
    flags,
    maxTokens,
    forced: tools.length > 0 && forcesTool(ask),
    loopWithoutThoughts: conversation.loopWithoutThoughts,
  });
  const answer = structured(ask, flags, tools, thinking);
  const system = [...conversation.system, ...answer.instructions];
  const { user } = ask;
  const stops = stopSequences(body["stop"]);
  const request: MessagesBody = {
    model,
    max_tokens: maxTokens,
    ...(system.length > 0 ? { system: plainIfUnmarked(system) } : {}),
    messages: conversation.messages,
    ...(answer.tools.length > 0 ? { tools: answer.tools } : {}),
    ...(answer.choice && answer.tools.length > 0 ? { tool_choice: answer.choice } : {}),
    ...(thinking.config ? { thinking: thinking.config } : {}),
    ...outputConfig(answer.format, thinking),
    ...sampling(ask, flags, thinking),
    ...(stops.length > 0 ? { stop_sequences: stops } : {}),
    ...(user === null ? {} : { metadata: { user_id: user } }),
    ...(ask.serviceTier === null
      ? {}
      : { service_tier: upstream.serviceTier === "priority" ? "auto" : "standard_only" }),
    ...(ask.stream ? { stream: true } : {}),
  };
  return withMarks(request, fields, ask, flags);
}

type Structured = {
  tools: ToolUnion[];
  choice: ToolChoice | null;
  instructions: TextBlockParam[];
  format: Record<string, unknown> | null;
};

const jsonInstruction: TextBlockParam = {
  type: "text",
  text: "Answer with a single JSON object and nothing else: no Markdown fence, no text around it.",
};

/** An answer in JSON: by the API's own format, by a tool that is forced, or by asking for it. */
function structured(
  ask: ChatAsk,
  flags: MessagesFlags,
  tools: ToolUnion[],
  thinking: Thinking,
): Structured {
  const choice = toolChoiceOf(ask, flags);
  const asked = answerSchema(ask);
  const format = ask.body["response_format"];
  if (asked === null) {
    const isJson = isObject(format) && format["type"] === "json_object";
    return { tools, choice, instructions: isJson ? [jsonInstruction] : [], format: null };
  }
  const name = answerToolName(ask, flags);
  if (name === null)
    return {
      tools,
      choice,
      instructions: [],
      format: { type: "json_schema", schema: schemaSubset(asked.schema) },
    };
  if ((asked.schema["type"] ?? "object") !== "object")
    throw new CannotEncode(
      "response_format.json_schema.schema.type",
      "expected object: this endpoint answers in JSON by way of a tool, whose input is an object",
    );
  const answerTool: ToolUnion = {
    name,
    description: `Gives the answer (${asked.name}). Call it exactly once, with the whole answer, instead of writing it as text.`,
    input_schema: { ...asked.schema, type: "object" },
  };
  const free = thinking.on || !canForce(flags);
  return {
    tools: [...tools, answerTool],
    choice: free
      ? { type: "auto", disable_parallel_tool_use: true }
      : tools.length > 0
        ? { type: "any", disable_parallel_tool_use: true }
        : { type: "tool", name, disable_parallel_tool_use: true },
    instructions: free
      ? [{ type: "text", text: `Give the answer by calling the tool "${name}", never as text.` }]
      : [],
    format: null,
  };
}

function outputConfig(
  format: Record<string, unknown> | null,
  { effort }: Thinking,
): Pick<MessagesBody, "output_config"> {
  if (format === null && effort === null) return {};
  return {
    output_config: {
      ...(effort === null ? {} : { effort }),
      ...(format === null
        ? {}
        : { format: { type: "json_schema" as const, schema: objectOf(format["schema"]) } }),
    },
  };
}

/** Newer models refuse all of it, older ones while they think, and a temperature beside `top_p`. */
function sampling(
  { body }: ChatAsk,
  flags: MessagesFlags,
  { on }: Thinking,
): Pick<MessagesBody, "temperature" | "top_p" | "top_k"> {
  if (on || !flags.sampling) return {};
  const { temperature, top_p: topP, top_k: topK } = body;
  return {
    ...(typeof temperature === "number"
      ? { temperature: Math.min(Math.max(temperature, 0), 1) }
      : typeof topP === "number"
        ? { top_p: topP }
        : {}),
    ...(typeof topK === "number" && topK > 0 ? { top_k: topK } : {}),
  };
}

/** White space alone is refused by the API; the other sequences still hold. */
function stopSequences(stop: unknown): string[] {
  const all: unknown[] = Array.isArray(stop) ? stop : [stop];
  return all.filter((one): one is string => typeof one === "string" && one.trim() !== "");
}

/** A system prompt without marks in the shorter of the two forms that mean the same. */
function plainIfUnmarked(system: TextBlockParam[]): string | TextBlockParam[] {
  const [only] = system;
  return system.length === 1 && only && !only.cache_control ? only.text : system;
}

/** The mark at top level, and whether all marks together are what the API takes. */
function withMarks(
  request: MessagesBody,
  fields: ReadonlyMap<object, string>,
  { body }: ChatAsk,
  flags: MessagesFlags,
): MessagesBody {
  if (!flags.cacheControl) return withoutMarks(request);
  const automatic = cacheControlOf(body["cache_control"], "body");
  if (automatic && !flags.topLevelCache) markLast(request, automatic);
  else if (automatic) request.cache_control = automatic;
  const marks: Mark[] = [];
  for (const block of marked(request)) {
    const mark = block.cache_control;
    if (mark)
      marks.push({
        field: fields.get(block) ?? "cache_control",
        ttl: "ttl" in mark && mark.ttl === "1h" ? "1h" : "5m",
      });
  }
  checkMarks(marks);
  return request;
}

type Marked = { cache_control?: CacheControl | null };

/** Everything of a request that can hold a mark, in the API's order. */
function* marked(request: MessagesBody): Generator<Marked> {
  for (const tool of request.tools ?? []) yield tool as Marked;
  if (Array.isArray(request.system)) yield* request.system as Marked[];
  for (const { content } of request.messages) {
    if (typeof content === "string") continue;
    for (const block of content) {
      if (block.type === "tool_result" && Array.isArray(block.content))
        yield* block.content as Marked[];
      yield block as Marked;
    }
  }
  yield request as Marked;
}

/** What automatic caching does, by hand: the mark goes to the last block that can hold one. */
function markLast(request: MessagesBody, mark: CacheControl): void {
  const content = request.messages.at(-1)?.content;
  if (!Array.isArray(content)) return;
  const last = content.findLast(
    ({ type }) => type !== "thinking" && type !== "redacted_thinking",
  ) as Marked | undefined;
  if (last) last.cache_control ??= mark;
}

function withoutMarks(request: MessagesBody): MessagesBody {
  for (const block of marked(request)) delete block.cache_control;
  if (Array.isArray(request.system)) request.system = plainIfUnmarked(request.system);
  return request;
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
