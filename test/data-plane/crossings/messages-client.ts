// Anthropic Messages, as `@anthropic-ai/sdk` reads them: its own accumulator makes the message that goes back, beside our
// rules for what it does not look at (one block at a time, deltas of the block's own kind, one end).
import Anthropic from "@anthropic-ai/sdk";
import * as assert from "uvu/assert";
import {
  countOf,
  eventsOf,
  listOf,
  objectOf,
  replay,
  textOf,
  thrownBy,
  type Answer,
  type DialectClient,
  type Json,
  type Question,
  type ServerEvent,
  type Told,
} from "./dialect-client.ts";

const clientOf = (status: number, body: string): Anthropic =>
  new Anthropic({
    apiKey: "k",
    baseURL: "http://replay",
    maxRetries: 0,
    fetch: replay(status, body),
  });
const params = ({ model }: Question) => ({
  model,
  max_tokens: 2_048,
  messages: [{ role: "user" as const, content: "Hello" }],
});

function body({ model, turns, stream, tools, thinks, schema, more }: Question): object {
  const messages = turns.map((turn): object => {
    switch (turn.kind) {
      case "user":
        return {
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
                    type: "image",
                    source: { type: "base64", media_type: "image/png", data: turn.picture },
                  },
                ]),
          ],
        };
      case "answer":
        return { role: "assistant", content: turn.answer.said };
      case "results":
        return {
          role: "user",
          content: turn.results.map(({ id, text }) => ({
            type: "tool_result",
            tool_use_id: id,
            content: text,
          })),
        };
      default:
        return turn satisfies never;
    }
  });
  return {
    ...more,
    model,
    max_tokens: 2_048,
    messages,
    stream,
    ...(tools
      ? {
          tools: tools.map(({ name, description, parameters }) => ({
            name,
            description,
            input_schema: parameters,
          })),
        }
      : {}),
    ...(schema ? { output_config: { format: { type: "json_schema", schema } } } : {}),
    ...(thinks === true ? { thinking: { type: "enabled", budget_tokens: 1_100 } } : {}),
    ...(thinks === "hidden" ? { thinking: { type: "adaptive", display: "omitted" } } : {}),
  };
}

function toldOf(usage: Json): Told {
  const reasoning = countOf(objectOf(usage["output_tokens_details"])["thinking_tokens"]);
  return {
    input: countOf(usage["input_tokens"]),
    cacheRead: countOf(usage["cache_read_input_tokens"]),
    cacheWrite: countOf(usage["cache_creation_input_tokens"]),
    output: countOf(usage["output_tokens"]) - reasoning,
    reasoning,
    cost: countOf(usage["cost"]),
  };
}

const finishes: Readonly<Record<string, Answer["finish"]>> = {
  end_turn: "stop",
  tool_use: "tools",
  refusal: "filtered",
};

function answerOf(message: Json, usage: Json): Answer {
  assert.is(message["type"], "message");
  assert.match(textOf(message["id"]), /^gen-/);
  const content = listOf(message["content"]);
  const reason = message["stop_reason"];
  return {
    text: content.map((block) => textOf(block["text"])).join(""),
    thoughts: content.map((block) => textOf(block["thinking"])).join(""),
    calls: content
      .filter(({ type }) => type === "tool_use")
      .map(({ id, name, input }) => ({ id: textOf(id), name: textOf(name), input })),
    finish: finishes[textOf(reason)] ?? "other",
    told: toldOf(usage),
    said: content,
  };
}

async function stream(bytes: string, question: Question): Promise<Answer> {
  const usage = grammatical(eventsOf(bytes));
  const message = await clientOf(200, bytes).messages.stream(params(question)).finalMessage();
  return answerOf(objectOf(JSON.parse(JSON.stringify(message))), usage);
}

const deltasOf: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
};

/** The usage at the end. @throws when an event is out of its place. */
function grammatical(events: readonly ServerEvent[]): Json {
  const seen: string[] = [];
  let open: { index: number; type: string } | null = null;
  let blocks = 0;
  let usage: Json | null = null;
  for (const { name, data } of events) {
    const event = objectOf(JSON.parse(data));
    const type = textOf(event["type"]);
    assert.is(name, type);
    if (type === "ping") continue;
    if (seen.length === 0) assert.is(type, "message_start");
    assert.not(seen.includes("message_stop"), `nothing follows the end, as ${type} does`);
    if (type === "content_block_start") {
      assert.is(open, null, "one block at a time");
      assert.not(seen.includes("message_delta"));
      assert.is(event["index"], blocks);
      open = { index: blocks++, type: textOf(objectOf(event["content_block"])["type"]) };
    } else if (type === "content_block_delta") {
      assert.is(event["index"], open?.index);
      const kind = textOf(objectOf(event["delta"])["type"]);
      assert.ok(deltasOf[open?.type ?? ""]?.includes(kind), `${kind} in ${open?.type}`);
    } else if (type === "content_block_stop") {
      assert.is(event["index"], open?.index);
      open = null;
    } else if (type === "message_delta") {
      assert.is(open, null, "every block has ended");
      usage = objectOf(event["usage"]);
    }
    seen.push(type);
  }
  assert.is(seen.at(-1), "message_stop");
  assert.ok(usage);
  return usage;
}

export const messagesClient: DialectClient = {
  name: "Anthropic Messages",
  path: "/api/v1/messages",
  body,
  whole(text) {
    const message = objectOf(JSON.parse(text));
    return answerOf(message, objectOf(message["usage"]));
  },
  stream,
  async refusal(status, text, question) {
    const thrown = await thrownBy(clientOf(status, text).messages.create(params(question)));
    const said = objectOf(JSON.parse(text));
    assert.is(said["type"], "error");
    const { type, error_type: errorType, message } = objectOf(said["error"]);
    return {
      kind:
        thrown instanceof Anthropic.RateLimitError && type === "rate_limit_error"
          ? "rate limit"
          : thrown instanceof Anthropic.BadRequestError && type === "invalid_request_error"
            ? "bad request"
            : "other",
      errorType: textOf(errorType),
      message: textOf(message),
    };
  },
  async broken(bytes, question) {
    await thrownBy(clientOf(200, bytes).messages.stream(params(question)).finalMessage());
    const last = eventsOf(bytes).at(-1);
    assert.is(last?.name, "error");
    assert.not(bytes.includes("message_stop"));
    const { error_type: errorType, message } = objectOf(
      objectOf(JSON.parse(last?.data ?? "{}"))["error"],
    );
    return { kind: "other", errorType: textOf(errorType), message: textOf(message) };
  },
};
