/** Tools and the choice among them, and the tool that stands in for structured output where the API has none. */
import type { Tool, ToolChoice, ToolUnion } from "@anthropic-ai/sdk/resources/messages";
import type { ChatAsk } from "../../operations/chat.ts";
import { CannotEncode } from "../wire-protocol.ts";
import { cacheControlOf } from "./cache-marks.ts";
import { canForce, type MessagesFlags } from "./flags.ts";
import { schemaSubset } from "../claude-schema.ts";
import { isObject } from "../../operations/json-value.ts";

/** `web_search_20250305`, `bash_20250124`: a tool that Anthropic defines, by name and day. */
const dated = /^[a-z_]+_20\d{6}$/;

export type Tools = { tools: ToolUnion[]; fields: Map<object, string> };

export function toolsOf({ body, searchesBound }: ChatAsk, flags: MessagesFlags): Tools {
  const tools: ToolUnion[] = [];
  const fields = new Map<object, string>();
  const given: unknown[] = Array.isArray(body["tools"]) ? body["tools"] : [];
  for (const [at, tool] of given.entries()) {
    const field = `tools[${at}]`;
    const one = toolOf(tool, field, flags);
    fields.set(one, field);
    tools.push(one);
  }
  const search = flags.webSearchTool;
  if (search !== null && (body["web_search_options"] ?? null) !== null)
    // The flag names which of the API's versions; the types know only those of their own day.
    tools.push({
      type: search,
      name: "web_search",
      ...(searchesBound > 0 ? { max_uses: searchesBound } : {}),
    } as unknown as ToolUnion);
  return { tools, fields };
}

function toolOf(tool: unknown, field: string, flags: MessagesFlags): ToolUnion {
  if (!isObject(tool)) throw new CannotEncode(field, "expected a tool with a type");
  const { type } = tool;
  if (typeof type === "string" && dated.test(type)) return { ...tool } as unknown as ToolUnion;
  const named = tool["function"];
  if (type !== "function" || !isObject(named))
    throw new CannotEncode(
      `${field}.type`,
      "expected function: this API has no other kind that it shares",
    );
  const { name, description, parameters, strict } = named;
  if (typeof name !== "string" || name === "")
    throw new CannotEncode(`${field}.function.name`, "expected text");
  const asked = strict === true && flags.strictTools;
  const schema = inputSchema(parameters, `${field}.function.parameters`);
  const mark = cacheControlOf(tool["cache_control"] ?? named["cache_control"], field);
  return {
    name,
    ...(typeof description === "string" && description !== "" ? { description } : {}),
    input_schema: asked ? inputSchema(schemaSubset(schema), field) : schema,
    ...(asked ? { strict: true } : {}),
    ...(mark ? { cache_control: mark } : {}),
  };
}

function inputSchema(schema: unknown, field: string): Tool["input_schema"] {
  if (schema === undefined || schema === null) return { type: "object", properties: {} };
  if (!isObject(schema)) throw new CannotEncode(field, "expected a JSON schema");
  if ((schema["type"] ?? "object") !== "object")
    throw new CannotEncode(`${field}.type`, "expected object: a tool takes named arguments here");
  return { ...schema, type: "object" };
}

/** Whether the client leaves the model no choice but to call a tool. */
export const forcesTool = ({ body }: ChatAsk): boolean =>
  body["tool_choice"] === "required" || isObject(body["tool_choice"]);

/** Null: nothing is said, which is "auto". @throws {CannotEncode} for a choice that the API or the model does not have. */
export function toolChoiceOf({ body }: ChatAsk, flags: MessagesFlags): ToolChoice | null {
  const { tool_choice: choice, parallel_tool_calls: parallel } = body;
  const alone = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === undefined || choice === null)
    return parallel === false ? { type: "auto", ...alone } : null;
  if (choice === "auto") return { type: "auto", ...alone };
  if (choice === "none") return { type: "none" };
  if (!canForce(flags))
    throw new CannotEncode(
      "tool_choice",
      "this model cannot be forced to call a tool; use auto or none",
    );
  if (choice === "required") return { type: "any", ...alone };
  const name = isObject(choice) && isObject(choice["function"]) ? choice["function"]["name"] : null;
  if (typeof name !== "string" || name === "")
    throw new CannotEncode(
      "tool_choice",
      'expected auto, none, required or {"type":"function","function":{"name":"…"}}',
    );
  return { type: "tool", name, ...alone };
}

/** The schema that an answer has to follow, or null. @throws {CannotEncode} for a format that the API has no word for. */
export function answerSchema({
  body,
}: ChatAsk): { schema: Record<string, unknown>; name: string } | null {
  const asked = body["response_format"];
  if (!isObject(asked)) return null;
  switch (asked["type"]) {
    case "text":
    case "json_object":
      return null;
    case "json_schema": {
      const given = asked["json_schema"];
      const schema = isObject(given) ? given["schema"] : null;
      if (!isObject(schema))
        throw new CannotEncode("response_format.json_schema.schema", "expected a JSON schema");
      const name = isObject(given) && typeof given["name"] === "string" ? given["name"] : "answer";
      return { schema, name };
    }
    default:
      throw new CannotEncode("response_format.type", "expected text, json_object or json_schema");
  }
}

/**
 * The name of the tool by which a host without structured output is made to answer in JSON; null where none is needed. Its
 * input is the answer: decoding gives it back as text. A client's own tool of that name makes it another.
 */
export function answerToolName(ask: ChatAsk, flags: MessagesFlags): string | null {
  if (flags.structuredOutputs !== "tool" || answerSchema(ask) === null) return null;
  const given: unknown[] = Array.isArray(ask.body["tools"]) ? ask.body["tools"] : [];
  const taken = new Set(
    given.map((tool) =>
      isObject(tool) && isObject(tool["function"]) ? tool["function"]["name"] : null,
    ),
  );
  let name = "json";
  while (taken.has(name)) name += "_";
  return name;
}
