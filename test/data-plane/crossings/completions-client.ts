// Legacy completions: a prompt and its text. There is no official accumulator for their streams.
import * as assert from "uvu/assert";
import { brokenChunks, openaiRefusal, toldOf } from "./chat-client.ts";
import {
  eventsOf,
  listOf,
  objectOf,
  textOf,
  type Answer,
  type DialectClient,
} from "./dialect-client.ts";

const answerOf = (text: string, thoughts: string, finish: unknown, usage: unknown): Answer => ({
  text,
  thoughts,
  calls: [],
  finish: finish === "stop" ? "stop" : finish === "content_filter" ? "filtered" : "other",
  told: toldOf(usage),
  said: null,
});

export const completionsClient: DialectClient = {
  name: "legacy completions",
  path: "/api/v1/completions",
  body: ({ model, turns, stream, more }) => ({
    ...more,
    model,
    prompt: turns.map((turn) => (turn.kind === "user" ? turn.text : "")).join("\n"),
    stream,
    max_tokens: 2_048,
  }),
  whole(body) {
    const answer = objectOf(JSON.parse(body));
    assert.is(answer["object"], "text_completion");
    const [choice = {}] = listOf(answer["choices"]);
    const { text, reasoning, finish_reason: finish } = choice;
    return answerOf(textOf(text), textOf(reasoning), finish, answer["usage"]);
  },
  async stream(bytes) {
    const events = eventsOf(bytes);
    assert.is(events.at(-1)?.data, "[DONE]");
    let said = "";
    let thoughts = "";
    let finish: unknown = null;
    let usage: unknown = null;
    for (const { data } of events.slice(0, -1)) {
      const chunk = objectOf(JSON.parse(data));
      assert.is(chunk["object"], "text_completion");
      usage = chunk["usage"] ?? usage;
      for (const choice of listOf(chunk["choices"])) {
        assert.type(choice["text"], "string");
        said += textOf(choice["text"]);
        thoughts += textOf(choice["reasoning"]);
        finish = choice["finish_reason"] ?? finish;
      }
    }
    return answerOf(said, thoughts, finish, usage);
  },
  refusal: (status, text, { model }) =>
    openaiRefusal(status, text, (client) => client.completions.create({ model, prompt: "Hello" })),
  broken: async (bytes) => brokenChunks(bytes),
};
