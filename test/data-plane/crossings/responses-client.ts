// Responses, as `openai` reads them: its own accumulator goes over every stream, beside our rules for what it does not look
// at (numbers, the life of an item, that pieces add up to what is said at the end).
import OpenAI from "openai";
import * as assert from "uvu/assert";
import { openaiRefusal } from "./chat-client.ts";
import {
  countOf,
  eventsOf,
  listOf,
  objectOf,
  replay,
  textOf,
  type Answer,
  type Call,
  type DialectClient,
  type Json,
  type Question,
  type ServerEvent,
  type Told,
} from "./dialect-client.ts";

const clientOf = (bytes: string): OpenAI =>
  new OpenAI({ apiKey: "k", baseURL: "http://replay", maxRetries: 0, fetch: replay(200, bytes) });
const params = ({ model }: Question) => ({ model, input: "Hello" });

function body({ model, turns, stream, tools, thinks, schema, more }: Question): object {
  const input = turns.flatMap((turn): object[] => {
    switch (turn.kind) {
      case "user":
        return [
          {
            role: "user",
            content: [
              {
                type: "input_text",
                text: turn.text,
                ...(turn.cached ? { cache_control: { type: "ephemeral" } } : {}),
              },
              ...(turn.picture === undefined
                ? []
                : [
                    {
                      type: "input_image",
                      detail: "auto",
                      image_url: `data:image/png;base64,${turn.picture}`,
                    },
                  ]),
            ],
          },
        ];
      case "answer":
        return listOf(turn.answer.said);
      case "results":
        return turn.results.map(({ id, text }) => ({
          type: "function_call_output",
          call_id: id,
          output: text,
        }));
      default:
        return turn satisfies never;
    }
  });
  return {
    ...more,
    model,
    input,
    stream,
    max_output_tokens: 2_048,
    ...(tools
      ? { tools: tools.map((tool) => ({ type: "function", ...tool, strict: false })) }
      : {}),
    ...(schema
      ? { text: { format: { type: "json_schema", name: "answer", strict: true, schema } } }
      : {}),
    ...(thinks
      ? {
          reasoning: {
            effort: "high",
            ...(thinks === "hidden" ? { exclude: true } : { summary: "auto" }),
          },
          include: ["reasoning.encrypted_content"],
        }
      : {}),
  };
}

function toldOf(usage: Json): Told {
  const inputs = objectOf(usage["input_tokens_details"]);
  const cacheRead = countOf(inputs["cached_tokens"]);
  const cacheWrite = countOf(inputs["cache_write_tokens"]);
  const reasoning = countOf(objectOf(usage["output_tokens_details"])["reasoning_tokens"]);
  const { input_tokens: input, output_tokens: output, total_tokens: total, cost } = usage;
  assert.is(total, countOf(input) + countOf(output), "total_tokens is the sum");
  return {
    input: countOf(input) - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite,
    output: countOf(output) - reasoning,
    reasoning,
    cost: countOf(cost),
  };
}

function answerOf(response: Json): Answer {
  assert.is(response["object"], "response");
  assert.match(textOf(response["id"]), /^gen-/);
  const output = listOf(response["output"]);
  const ids = output.map((item) => item["id"]);
  assert.is(new Set(ids).size, ids.length, "items have ids of their own");
  const calls = output.flatMap((item): Call[] =>
    item["type"] === "function_call"
      ? [
          {
            id: textOf(item["call_id"]),
            name: textOf(item["name"]),
            input: JSON.parse(textOf(item["arguments"])),
          },
        ]
      : [],
  );
  return {
    text: output.map(saidIn).join(""),
    thoughts: output
      .filter(({ type }) => type === "reasoning")
      .flatMap((item) => [...listOf(item["summary"]), ...listOf(item["content"])])
      .map((part) => textOf(part["text"]))
      .join(""),
    calls,
    finish: finishOf(response, calls),
    told: toldOf(objectOf(response["usage"])),
    said: output,
  };
}

function finishOf(response: Json, calls: readonly Call[]): Answer["finish"] {
  const { reason } = objectOf(response["incomplete_details"]);
  if (response["status"] === "incomplete" && reason === "content_filter") return "filtered";
  if (response["status"] !== "completed") return "other";
  return calls.length > 0 ? "tools" : "stop";
}

const saidIn = (item: Json): string =>
  item["type"] === "message"
    ? listOf(item["content"])
        .map((part) => textOf(part["text"]))
        .join("")
    : "";

async function stream(bytes: string, question: Question): Promise<Answer> {
  const events = eventsOf(bytes);
  const response = grammatical(events);
  const answer = answerOf(response);
  let deltas = "";
  const reading = clientOf(bytes).responses.stream(params(question));
  reading.on("response.output_text.delta", ({ delta }) => (deltas += delta));
  const final = await reading.finalResponse();
  assert.is(final.output_text, answer.text);
  assert.is(deltas, answer.text);
  return answer;
}

const accumulated: Readonly<Record<string, string>> = {
  "response.output_text.delta": "text",
  "response.refusal.delta": "refusal",
  "response.function_call_arguments.delta": "arguments",
  "response.reasoning_summary_text.delta": "text",
  "response.reasoning_text.delta": "text",
};

/** The response at its end. @throws when an event is out of its place, or pieces do not add up. */
function grammatical(events: readonly ServerEvent[]): Json {
  const open = new Map<number, unknown>();
  const done: unknown[] = [];
  const pieces = new Map<string, string>();
  let begun = 0;
  let end: Json | null = null;
  for (const [place, { name, data }] of events.entries()) {
    const event = objectOf(JSON.parse(data));
    const type = textOf(event["type"]);
    assert.is(name, type);
    assert.is(event["sequence_number"], place, `${type} has its number`);
    assert.is(end, null, `nothing follows the end, as ${type} does`);
    if (place === 0) assert.is(type, "response.created");
    const at = countOf(event["output_index"]);
    if (type === "response.output_item.added") {
      assert.is(at, begun++, "items begin in their order");
      open.set(at, objectOf(event["item"])["id"]);
    } else if (type === "response.output_item.done") {
      const item = objectOf(event["item"]);
      assert.is(item["id"], open.get(at), "what ends had begun");
      open.delete(at);
      done[at] = item;
    } else if ("item_id" in event)
      assert.is(event["item_id"], open.get(at), `${type} is of an item that is open`);
    const field = accumulated[type];
    const part = `${type.replace(/\.(delta|done)$/, "")} ${at} ${countOf(event["content_index"])} ${countOf(event["summary_index"])}`;
    if (field !== undefined) pieces.set(part, (pieces.get(part) ?? "") + textOf(event["delta"]));
    const whole = accumulated[type.replace(/\.done$/, ".delta")];
    if (type.endsWith(".done") && whole !== undefined)
      assert.is(event[whole], pieces.get(part) ?? "", `${type}: its pieces add up`);
    if (type === "response.completed" || type === "response.incomplete")
      end = objectOf(event["response"]);
  }
  assert.is(open.size, 0, "every item has ended");
  assert.ok(end, "the response has ended");
  assert.equal(
    end["output"],
    done.filter((item) => item !== undefined),
  );
  return end;
}

export const responsesClient: DialectClient = {
  name: "Responses",
  path: "/api/v1/responses",
  body,
  whole: (text) => answerOf(objectOf(JSON.parse(text))),
  stream,
  refusal: (status, text, question) =>
    openaiRefusal(status, text, (client) => client.responses.create(params(question))),
  async broken(bytes) {
    const events = eventsOf(bytes).map(({ data }) => objectOf(JSON.parse(data)));
    assert.not(events.some(({ type }) => type === "response.completed"));
    for (const [place, event] of events.entries()) assert.is(event["sequence_number"], place);
    const last = events.at(-1) ?? {};
    assert.is(last["type"], "response.failed");
    const response = objectOf(last["response"]);
    assert.is(response["status"], "failed");
    const { code, message } = objectOf(response["error"]);
    assert.type(code, "string");
    // The package's accumulator takes a failed response for an end: what is told stands in it.
    const final = await clientOf(bytes)
      .responses.stream({ model: "m", input: "Hello" })
      .finalResponse()
      .catch(thrown);
    assert.ok(final instanceof Error || final.status === "failed");
    return { kind: "other", errorType: textOf(response["error_type"]), message: textOf(message) };
  },
};

const thrown = (cause: unknown): Error => (cause instanceof Error ? cause : new Error("thrown"));
