/** A chat request as the body of `/converse` and `/converse-stream` (contract/providers.md 4.5). */
import { readBedrockConverseFlags } from "#schema/flags/bedrock-converse.ts";
import type { ChatAsk } from "../../operations/chat.ts";
import { isObject } from "../../operations/json-value.ts";
import { CannotEncode, type Upstream, type UpstreamRequest } from "../wire-protocol.ts";
import { schemaSubset } from "../claude-schema.ts";
import { thinkingOf } from "./thoughts.ts";
import { traitsOf, type Traits } from "./traits.ts";
import { cachePointOf, cachePointsMax, conversationOf } from "./turns.ts";
import type { ConverseBody, Tool } from "./wire.ts";

export function encode(ask: ChatAsk, upstream: Upstream): UpstreamRequest {
  const operation = ask.stream ? "converse-stream" : "converse";
  return {
    path: `/model/${encodeURIComponent(upstream.model)}/${operation}`,
    headers: {},
    body: JSON.stringify(bodyOf(ask, upstream)),
  };
}

/** @throws {CannotEncode} for what Converse, or this model behind it, has no word for. */
export function bodyOf(ask: ChatAsk, upstream: Upstream): ConverseBody {
  const flags = readBedrockConverseFlags(upstream.flags);
  const traits = traitsOf(upstream);
  const { body } = ask;
  const tools = toolsOf(ask, upstream, traits);
  const conversation = conversationOf(body["messages"], upstream, traits, {
    tools: tools.list.length > 0,
    thoughts: !tools.withheld,
  });
  const { system, turns, cachePoints, loopWithoutThoughts } = conversation;
  // Without a schema there is nothing to hold an answer to but the word (contract/providers.md 4.2).
  if (isObject(body["response_format"]) && body["response_format"]["type"] === "json_object")
    system.push({ text: "Answer with one JSON object and nothing else." });
  // Automatic caching: one mark that moves along with the conversation, as long as there is one left.
  const automatic = cachePointOf(body["cache_control"], traits);
  const last = turns.at(-1);
  if (automatic && last?.role === "user" && cachePoints + tools.cachePoints < cachePointsMax)
    if (last.content.at(-1)?.cachePoint === undefined) last.content.push({ cachePoint: automatic });

  const asked = upstream.outputTokensMax ?? ask.outputTokensMax;
  const limit = asked ?? upstream.outputTokensLimit;
  const thinking = thinkingOf(ask, traits, {
    limit,
    capped: asked !== null,
    forced: tools.forced,
    loopWithoutThoughts,
  });
  const format = formatOf(ask, traits);
  const sampling = traits.sampling && !(traits.claude && thinking.on) && !thinking.unlimited;
  const fields = mergeFields(
    flags.additionalModelRequestFields,
    sampling ? topK(body["top_k"], traits) : null,
    thinking.fields,
    format.fields,
    tools.fields,
  );
  const inference: ConverseBody["inferenceConfig"] = {
    ...(thinking.unlimited || (asked === null && !traits.namesLimit) ? {} : { maxTokens: limit }),
    ...(sampling ? samplingOf(body, traits) : {}),
    ...(traits.stop ? stopsOf(body["stop"]) : {}),
  };
  const guardrail = flags.guardrailConfig;
  const { streamProcessingMode: _, ...plainGuardrail } = guardrail ?? {};
  return {
    messages: turns,
    ...(system.length > 0 ? { system } : {}),
    ...(Object.keys(inference).length > 0 ? { inferenceConfig: inference } : {}),
    ...(tools.list.length > 0
      ? { toolConfig: { tools: tools.list, ...(tools.choice ? { toolChoice: tools.choice } : {}) } }
      : {}),
    ...(format.outputConfig ? { outputConfig: format.outputConfig } : {}),
    ...(guardrail ? { guardrailConfig: ask.stream ? guardrail : plainGuardrail } : {}),
    ...(Object.keys(fields).length > 0 ? { additionalModelRequestFields: fields } : {}),
    ...(flags.latency ? { performanceConfig: { latency: flags.latency } } : {}),
    ...(upstream.serviceTier === null
      ? {}
      : { serviceTier: { type: upstream.serviceTier as "flex" } }),
  };
}

type ToolChoice = NonNullable<NonNullable<ConverseBody["toolConfig"]>["toolChoice"]>;
type Tools = {
  list: Tool[];
  choice: ToolChoice | null;
  cachePoints: number;
  /** A call is what has to come. */
  forced: boolean;
  /** The client has tools that are not to be called, and Converse has no word for that but to leave them out. */
  withheld: boolean;
  fields: Record<string, unknown>;
};

function toolsOf(ask: ChatAsk, upstream: Upstream, traits: Traits): Tools {
  const { tools: given, tool_choice: chosen, parallel_tool_calls: parallel } = ask.body;
  const all = Array.isArray(given) ? given : [];
  const withheld = chosen === "none" && all.length > 0;
  const list: Tool[] = [];
  let cachePoints = 0;
  for (const [index, tool] of (withheld ? [] : all).entries()) {
    const field = `tools[${index}]`;
    list.push(toolOf(tool, field, traits));
    const control = isObject(tool)
      ? (tool["cache_control"] ??
        (isObject(tool["function"]) ? tool["function"]["cache_control"] : null))
      : null;
    const point = traits.toolCachePoints ? cachePointOf(control, traits) : null;
    if (!point) continue;
    cachePoints++;
    list.push({ cachePoint: point });
  }
  const answer = answerTool(ask, upstream);
  if (answer) list.push(answer.tool);
  const choice = choiceOf(withheld ? null : chosen, answer?.name ?? null, list, traits);
  const forced = choice !== null && choice.auto === undefined;
  // Claude's own field; it stands beside `toolChoice`, which has no word for it.
  const fields =
    parallel === false && traits.parallelField && list.length > 0
      ? { tool_choice: { ...claudeChoice(choice), disable_parallel_tool_use: true } }
      : {};
  return { list, choice, cachePoints, forced, withheld, fields };
}

function toolOf(tool: unknown, field: string, traits: Traits): Tool {
  if (!isObject(tool) || tool["type"] !== "function" || !isObject(tool["function"]))
    throw new CannotEncode(
      `${field}.type`,
      `expected function: Converse runs no tools by itself, got ${(JSON.stringify(isObject(tool) ? tool["type"] : tool) ?? "nothing").slice(0, 80)}`,
    );
  const { name, description, parameters, strict } = tool["function"];
  if (typeof name !== "string" || name === "")
    throw new CannotEncode(`${field}.function.name`, "expected the name of a function");
  return {
    toolSpec: {
      name,
      ...(typeof description === "string" && description.trim() !== "" ? { description } : {}),
      inputSchema: { json: schemaOf(parameters) },
      ...(strict === true && traits.strictTools ? { strict: true } : {}),
    },
  };
}

/** "The top level schema type must be object." */
const schemaOf = (parameters: unknown): Record<string, unknown> => ({
  ...(isObject(parameters) ? parameters : { properties: {} }),
  type: "object",
});

function choiceOf(
  chosen: unknown,
  answer: string | null,
  list: readonly Tool[],
  traits: Traits,
): ToolChoice | null {
  if (list.length === 0) return null;
  const named = isObject(chosen)
    ? isObject(chosen["function"])
      ? chosen["function"]["name"]
      : chosen["name"]
    : null;
  const choice: ToolChoice | null =
    typeof named === "string"
      ? { tool: { name: named } }
      : answer !== null
        ? list.length === 1
          ? { tool: { name: answer } }
          : { any: {} }
        : chosen === "required"
          ? { any: {} }
          : null;
  if (choice && !traits.forcesTools)
    throw new CannotEncode(
      answer === null ? "tool_choice" : "response_format",
      "this model cannot be made to call a tool",
    );
  return choice;
}

const claudeChoice = (choice: ToolChoice | null): Record<string, unknown> =>
  choice?.tool !== undefined
    ? { type: "tool", name: choice.tool.name }
    : { type: choice?.any === undefined ? "auto" : "any" };

/** The tool whose input is the answer, where a schema is asked for and the model has no other word for it. */
export function answerTool(
  { body }: ChatAsk,
  upstream: Upstream,
): { name: string; tool: Tool } | null {
  const format = schemaFormat(body["response_format"]);
  if (!format || traitsOf(upstream).structuredOutput !== "tool") return null;
  const taken = new Set(
    (Array.isArray(body["tools"]) ? body["tools"] : []).map((tool) =>
      isObject(tool) && isObject(tool["function"]) ? tool["function"]["name"] : null,
    ),
  );
  let name = "answer";
  while (taken.has(name)) name += "_";
  const description = `Gives the answer to the user. ${format.description}`.trim();
  const isRecord = format.schema["type"] === "object" || format.schema["type"] === undefined;
  if (!isRecord)
    throw new CannotEncode(
      "response_format.json_schema.schema.type",
      "expected object: on this model the answer is the input of a tool",
    );
  return {
    name,
    tool: { toolSpec: { name, description, inputSchema: { json: schemaOf(format.schema) } } },
  };
}

type SchemaFormat = { name: string; description: string; schema: Record<string, unknown> };

function schemaFormat(format: unknown): SchemaFormat | null {
  if (!isObject(format) || format["type"] !== "json_schema") return null;
  const { schema, name, description } = isObject(format["json_schema"])
    ? format["json_schema"]
    : {};
  if (!isObject(schema))
    throw new CannotEncode("response_format.json_schema.schema", "expected a JSON schema");
  return {
    schema,
    name: typeof name === "string" && name !== "" ? name : "answer",
    description: typeof description === "string" ? description : "",
  };
}

type Format = { outputConfig: ConverseBody["outputConfig"]; fields: Record<string, unknown> };

function formatOf({ body }: ChatAsk, traits: Traits): Format {
  const none: Format = { outputConfig: undefined, fields: {} };
  const asked = schemaFormat(body["response_format"]);
  if (!asked || traits.structuredOutput === "tool") return none;
  const schema = traits.claude ? schemaSubset(asked.schema) : asked.schema;
  if (traits.structuredOutput === "outputFormat")
    return { ...none, fields: { output_config: { format: { type: "json_schema", schema } } } };
  return {
    ...none,
    outputConfig: {
      textFormat: {
        type: "json_schema",
        structure: {
          jsonSchema: {
            schema: JSON.stringify(schema),
            name: asked.name,
            ...(asked.description === "" ? {} : { description: asked.description }),
          },
        },
      },
    },
  };
}

/** Of the two Claude takes one; Converse takes a temperature from 0 to 1 of every model. */
function samplingOf(
  { temperature, top_p: topP }: Readonly<Record<string, unknown>>,
  traits: Traits,
): { temperature?: number; topP?: number } {
  const warm = typeof temperature === "number";
  return {
    ...(warm ? { temperature: Math.min(temperature, 1) } : {}),
    ...(typeof topP === "number" && !(warm && traits.claude) ? { topP } : {}),
  };
}

function topK(value: unknown, traits: Traits): Record<string, unknown> | null {
  if (typeof value !== "number" || value < 1 || traits.topK === "none") return null;
  return traits.topK === "nova" ? { inferenceConfig: { topK: value } } : { top_k: value };
}

/** A stop of nothing but white space is refused. */
function stopsOf(stop: unknown): { stopSequences?: string[] } {
  const all: unknown[] = Array.isArray(stop) ? stop : [stop];
  const stops = all.filter((one): one is string => typeof one === "string" && one.trim() !== "");
  return stops.length > 0 ? { stopSequences: stops } : {};
}

/** Later ones win, member by member. */
function mergeFields(
  ...all: readonly (Readonly<Record<string, unknown>> | null)[]
): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const fields of all) {
    for (const [name, value] of Object.entries(fields ?? {})) {
      const before = merged[name];
      merged[name] = isObject(before) && isObject(value) ? { ...before, ...value } : value;
    }
  }
  return merged;
}
