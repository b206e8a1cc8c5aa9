// What the simulator understands of an OpenAI chat request. Fields it does not know are ignored, as
// a lenient provider would; fields it knows are checked.

export type ChatRequest = {
  model: string;
  messages: readonly Message[];
  stream: boolean;
  includeUsage: boolean;
  tokensMax: number | null;
  stop: readonly string[];
  /** The tool to call, or null to answer in words. */
  tool: Tool | null;
  /** Every tool offered, for counting. */
  tools: readonly Tool[];
  answer: { kind: "text" } | { kind: "json"; schema: unknown };
};
export type Message = { role: string; text: string; images: number };
export type Tool = { name: string; parameters: unknown };

/** A request the simulator refuses; `param` names the field, as OpenAI's errors do. */
export class BadRequest extends Error {
  readonly param: string | null;
  constructor(message: string, param: string | null) {
    super(message);
    this.param = param;
  }
}

/** @throws {BadRequest} that says which field is wrong and what was expected. */
export function parseChatRequest(body: unknown): ChatRequest {
  if (!isRecord(body)) throw new BadRequest("The body must be a JSON object.", null);
  const model = body["model"];
  if (typeof model !== "string" || model === "") {
    throw new BadRequest("`model` must be a non-empty string.", "model");
  }
  if (body["n"] !== undefined && body["n"] !== null && body["n"] !== 1) {
    throw new BadRequest("`n` must be 1: the simulator gives one answer a request.", "n");
  }
  const tools = parseTools(body["tools"]);
  const streamOptions = isRecord(body["stream_options"]) ? body["stream_options"] : {};
  return {
    model,
    messages: parseMessages(body["messages"]),
    stream: parseStream(body["stream"]),
    includeUsage: streamOptions["include_usage"] === true,
    tokensMax: parseTokensMax(body),
    stop: parseStop(body["stop"]),
    tool: chooseTool(tools, body["tool_choice"]),
    tools,
    answer: parseResponseFormat(body["response_format"]),
  };
}

function parseMessages(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new BadRequest("`messages` must be an array of at least one message.", "messages");
  }
  return value.map((message: unknown, index) => {
    const path = `messages[${index}]`;
    if (!isRecord(message)) throw new BadRequest(`\`${path}\` must be an object.`, path);
    const role = message["role"];
    if (typeof role !== "string") {
      throw new BadRequest(`\`${path}.role\` must be a string, such as "user".`, `${path}.role`);
    }
    return { role, ...parseContent(message["content"], `${path}.content`) };
  });
}

function parseContent(content: unknown, path: string): { text: string; images: number } {
  if (content === undefined || content === null) return { text: "", images: 0 };
  if (typeof content === "string") return { text: content, images: 0 };
  if (!Array.isArray(content)) {
    throw new BadRequest(`\`${path}\` must be a string or an array of parts.`, path);
  }
  const texts: string[] = [];
  let images = 0;
  content.forEach((part: unknown, index) => {
    if (!isRecord(part) || typeof part["type"] !== "string") {
      throw new BadRequest(
        `\`${path}[${index}]\` must be an object with a \`type\`.`,
        `${path}[${index}]`,
      );
    }
    if (part["type"] === "image_url") images += 1;
    if (typeof part["text"] === "string") texts.push(part["text"]);
  });
  return { text: texts.join("\n"), images };
}

function parseStream(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw new BadRequest("`stream` must be true or false.", "stream");
  return value;
}

function parseTokensMax(body: Record<string, unknown>): number | null {
  for (const field of ["max_completion_tokens", "max_tokens"]) {
    const value = body[field];
    if (value === undefined || value === null) continue;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
      throw new BadRequest(`\`${field}\` must be a whole number of at least 1.`, field);
    }
    return value;
  }
  return null;
}

function parseStop(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === "string")) {
    throw new BadRequest("`stop` must be a string or an array of strings.", "stop");
  }
  return list.filter((item) => item !== "");
}

function parseTools(value: unknown): Tool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BadRequest("`tools` must be an array.", "tools");
  return value.map((tool: unknown, index) => {
    const declared = isRecord(tool) ? tool["function"] : undefined;
    if (!isRecord(declared) || typeof declared["name"] !== "string") {
      const path = `tools[${index}].function.name`;
      throw new BadRequest(
        `\`${path}\` must be a string: the simulator knows function tools only.`,
        path,
      );
    }
    return { name: declared["name"], parameters: declared["parameters"] };
  });
}

function chooseTool(tools: readonly Tool[], choice: unknown): Tool | null {
  if (choice === "required") {
    const [first] = tools;
    if (!first)
      throw new BadRequest("`tool_choice` is required but `tools` is empty.", "tool_choice");
    return first;
  }
  if (!isRecord(choice)) return null;
  const named = isRecord(choice["function"]) ? choice["function"]["name"] : undefined;
  const tool = tools.find((candidate) => candidate.name === named);
  if (!tool)
    throw new BadRequest(
      "`tool_choice` names a function that `tools` does not have.",
      "tool_choice",
    );
  return tool;
}

function parseResponseFormat(value: unknown): ChatRequest["answer"] {
  if (!isRecord(value)) return { kind: "text" };
  if (value["type"] === "json_object") return { kind: "json", schema: null };
  if (value["type"] !== "json_schema") return { kind: "text" };
  const declared = isRecord(value["json_schema"]) ? value["json_schema"]["schema"] : undefined;
  return { kind: "json", schema: declared ?? {} };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
