// Chat completions, as `openai` reads them; with `reasoning_details`, which it does not know, put together as OpenRouter's
// clients do: by type and place.
import OpenAI from "openai";
import * as assert from "uvu/assert";
import {
  countOf,
  eventsOf,
  isObject,
  listOf,
  objectOf,
  replay,
  textOf,
  thrownBy,
  type Answer,
  type Call,
  type DialectClient,
  type Json,
  type Question,
  type Told,
  type ToldRefusal,
} from "./dialect-client.ts";

const clientOf = (status: number, body: string): OpenAI =>
  new OpenAI({
    apiKey: "k",
    baseURL: "http://replay",
    maxRetries: 0,
    fetch: replay(status, body),
  });
const params = (question: Question) => ({
  model: question.model,
  messages: [{ role: "user" as const, content: "Hello" }],
});

function body({ model, turns, stream, tools, thinks, schema, more }: Question): object {
  const messages = turns.flatMap((turn): object[] => {
    switch (turn.kind) {
      case "user":
        return [
          {
            role: "user",
            content: [
              {
                type: "text",
                text: turn.text,
                ...(turn.cached ? { cache_control: { type: "ephemeral" } } : {}),
              },
              ...(turn.picture === undefined
                ? []
                : [
                    {
                      type: "image_url",
                      image_url: { url: `data:image/png;base64,${turn.picture}` },
                    },
                  ]),
            ],
          },
        ];
      case "answer":
        return [objectOf(turn.answer.said)];
      case "results":
        return turn.results.map(({ id, text }) => ({
          role: "tool",
          tool_call_id: id,
          content: text,
        }));
      default:
        return turn satisfies never;
    }
  });
  return {
    ...more,
    model,
    messages,
    stream,
    max_tokens: 2_048,
    ...(tools ? { tools: tools.map((tool) => ({ type: "function", function: { ...tool } })) } : {}),
    ...(schema
      ? {
          response_format: {
            type: "json_schema",
            json_schema: { name: "answer", strict: true, schema },
          },
        }
      : {}),
    ...(thinks ? { reasoning: { effort: "high", exclude: thinks === "hidden" } } : {}),
  };
}

/** Of chat and of legacy completions alike. */
export function toldOf(usage: unknown): Told {
  const {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    cost,
  } = objectOf(usage);
  const prompts = objectOf(objectOf(usage)["prompt_tokens_details"]);
  const cacheRead = countOf(prompts["cached_tokens"]);
  const cacheWrite = countOf(prompts["cache_write_tokens"]);
  const details = objectOf(objectOf(usage)["completion_tokens_details"]);
  const reasoning = countOf(details["reasoning_tokens"]);
  assert.is(total, countOf(prompt) + countOf(completion), "total_tokens is the sum");
  return {
    input: countOf(prompt) - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite,
    output: countOf(completion) - reasoning,
    reasoning,
    cost: countOf(cost),
  };
}

const finishes: Readonly<Record<string, Answer["finish"]>> = {
  stop: "stop",
  tool_calls: "tools",
  content_filter: "filtered",
};

function answerOf(message: Json, finish: unknown, usage: unknown): Answer {
  const written = listOf(message["tool_calls"]);
  const calls = written.map((call): Call => {
    const { name, arguments: text } = objectOf(call["function"]);
    assert.is(call["type"], "function");
    return { id: textOf(call["id"]), name: textOf(name), input: JSON.parse(textOf(text)) };
  });
  const details = listOf(message["reasoning_details"]);
  return {
    text: textOf(message["content"]),
    thoughts: textOf(message["reasoning"]),
    calls,
    finish: finishes[textOf(finish)] ?? "other",
    told: toldOf(usage),
    said: {
      role: "assistant",
      content: message["content"] ?? null,
      ...(details.length > 0 ? { reasoning_details: details } : {}),
      ...(written.length > 0 ? { tool_calls: written } : {}),
    },
  };
}

function whole(text: string): Answer {
  const answer = objectOf(JSON.parse(text));
  assert.is(answer["object"], "chat.completion");
  assert.match(textOf(answer["id"]), /^gen-/);
  const [choice = {}, ...others] = listOf(answer["choices"]);
  assert.is(others.length, 0);
  const message = objectOf(choice["message"]);
  assert.is(message["role"], "assistant");
  return answerOf(message, choice["finish_reason"], answer["usage"]);
}

async function stream(bytes: string, question: Question): Promise<Answer> {
  const events = eventsOf(bytes);
  assert.is(events.at(-1)?.data, "[DONE]");
  const message: Json = { role: "assistant", content: null, reasoning: "" };
  const calls: Json[] = [];
  const details = new Map<string, Json>();
  let finish: unknown = null;
  let usage: unknown = null;
  let finishes = 0;
  for (const { name, data } of events.slice(0, -1)) {
    assert.is(name, null, "chunks have no name");
    const chunk = objectOf(JSON.parse(data));
    assert.is(chunk["object"], "chat.completion.chunk");
    assert.match(textOf(chunk["id"]), /^gen-/);
    assert.not(chunk["error"], data);
    usage = chunk["usage"] ?? usage;
    for (const choice of listOf(chunk["choices"])) {
      assert.is(choice["index"], 0);
      const delta = objectOf(choice["delta"]);
      if (typeof delta["content"] === "string")
        message["content"] = textOf(message["content"]) + delta["content"];
      message["reasoning"] = textOf(message["reasoning"]) + textOf(delta["reasoning"]);
      for (const detail of listOf(delta["reasoning_details"])) merge(details, detail);
      for (const piece of listOf(delta["tool_calls"])) gather(calls, piece);
      if (typeof choice["finish_reason"] === "string") {
        finish = choice["finish_reason"];
        finishes++;
      }
    }
  }
  assert.is(finishes, 1, "one finish reason");
  if (calls.length > 0) message["tool_calls"] = calls;
  message["reasoning_details"] = [...details.values()];
  const answer = answerOf(message, finish, usage);

  const final = await clientOf(200, bytes)
    .chat.completions.stream(params(question))
    .finalChatCompletion();
  const [choice] = final.choices;
  assert.is(choice?.message.content ?? "", answer.text);
  assert.equal(
    (choice?.message.tool_calls ?? []).map((call) =>
      call.type === "function"
        ? { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) }
        : call,
    ),
    answer.calls,
  );
  return answer;
}

function gather(calls: Json[], piece: Json): void {
  const at = countOf(piece["index"]);
  const named = objectOf(piece["function"]);
  const made = (calls[at] ??= { type: "function", function: { name: "", arguments: "" } });
  const called = objectOf(made["function"]);
  if (piece["id"] !== undefined) made["id"] = piece["id"];
  if (named["name"] !== undefined) called["name"] = named["name"];
  called["arguments"] = textOf(called["arguments"]) + textOf(named["arguments"]);
}

function merge(details: Map<string, Json>, detail: Json): void {
  const place = JSON.stringify([detail["type"], detail["index"] ?? 0]);
  const made = details.get(place);
  if (!made) return void details.set(place, { ...detail });
  for (const [field, value] of Object.entries(detail))
    if (["text", "summary", "data", "signature"].includes(field) && typeof value === "string")
      made[field] = textOf(made[field]) + value;
    else if ((made[field] ?? null) === null) made[field] = value;
}

/** OpenAI's errors, of every dialect that is theirs; chat has OpenRouter's, without the `type`. */
export async function openaiRefusal(
  status: number,
  text: string,
  ask: (client: OpenAI) => Promise<unknown>,
): Promise<ToldRefusal> {
  const error = await thrownBy(ask(clientOf(status, text)));
  const said = objectOf(objectOf(JSON.parse(text))["error"]);
  assert.is(said["code"], status);
  const typed = (type: string): boolean => (said["type"] ?? type) === type;
  return {
    kind:
      error instanceof OpenAI.RateLimitError && typed("rate_limit_error")
        ? "rate limit"
        : error instanceof OpenAI.BadRequestError && typed("invalid_request_error")
          ? "bad request"
          : "other",
    errorType: textOf(objectOf(said["metadata"])["error_type"]),
    message: textOf(said["message"]),
  };
}

/** Of chunks: one with an error, and no proper end. */
export function brokenChunks(bytes: string): ToldRefusal {
  const events = eventsOf(bytes);
  assert.not(events.some(({ data }) => data === "[DONE]"));
  const last = objectOf(JSON.parse(events.at(-1)?.data ?? "{}"));
  const error = last["error"];
  assert.ok(isObject(error), "the last event is the error");
  const [choice = {}] = listOf(last["choices"]);
  assert.is(choice["finish_reason"], "error");
  return {
    kind: "other",
    errorType: textOf(objectOf(error["metadata"])["error_type"]),
    message: textOf(error["message"]),
  };
}

export const chatClient: DialectClient = {
  name: "chat completions",
  path: "/api/v1/chat/completions",
  body,
  whole,
  stream,
  refusal: (status, text, question) =>
    openaiRefusal(status, text, (client) => client.chat.completions.create(params(question))),
  async broken(bytes, question) {
    await thrownBy(
      clientOf(200, bytes).chat.completions.stream(params(question)).finalChatCompletion(),
    );
    return brokenChunks(bytes);
  },
};
