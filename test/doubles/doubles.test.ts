import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ask, type ClientEvent } from "./client.ts";
import { startUpstream } from "./upstream.ts";
import { parseUpstreamScript } from "./upstream-script.ts";

const doubles = suite("doubles");
const upstream = await startUpstream();
doubles.after(() => upstream.close());

const chat = (model: string, rest: object = {}) =>
  ask(`${upstream.url}/chat/completions`, {
    body: { model, messages: [{ role: "user", content: "hi" }], ...rest },
  });
const streamed = { stream: true, stream_options: { include_usage: true } };
const texts = (events: readonly ClientEvent[]) =>
  events.flatMap((event) => (event.kind === "data" ? [event.data] : []));
const lastServed = () => upstream.served[upstream.served.length - 1];

doubles("a whole answer reports the usage that its model name asks for", async () => {
  const answer = await chat("ok-p11-c7-k3");
  const body = (await answer.json()) as { usage: object; choices: object[] };
  assert.equal(body.usage, {
    prompt_tokens: 11,
    completion_tokens: 7,
    total_tokens: 18,
    prompt_tokens_details: { cached_tokens: 3 },
    completion_tokens_details: { reasoning_tokens: 0 },
  });
  await upstream.whenServed(1);
  assert.is(lastServed()?.completionTokens, 7);
  assert.is(lastServed()?.outcome, "complete");
});

doubles("a stream ends with a usage chunk without choices, and [DONE]", async () => {
  const events = texts(await (await chat("ok-p2-c3", streamed)).rest());
  assert.is(events.at(-1), "[DONE]");
  const usage = JSON.parse(events.at(-2) ?? "") as {
    choices: object[];
    usage: { total_tokens: number };
  };
  assert.equal(usage.choices, []);
  assert.is(usage.usage.total_tokens, 5);
});

doubles("a stream without include_usage reports none, and is logged as such", async () => {
  const before = upstream.served.length;
  const events = texts(await (await chat("ok", { stream: true })).rest());
  assert.not(events.some((event) => event.includes("total_tokens")));
  await upstream.whenServed(before + 1);
  assert.is(lastServed()?.promptTokens, null);
});

doubles("an error carries its status and Retry-After", async () => {
  const answer = await chat("status-429-retry-7", streamed);
  assert.is(answer.status, 429);
  assert.is(answer.headers["retry-after"], "7");
  const body = (await answer.json()) as { error: { code: number } };
  assert.is(body.error.code, 429);
});

doubles("a web page is a web page", async () => {
  const answer = await chat("status-502-html");
  assert.is(answer.status, 502);
  assert.match(await answer.text(), "<h1>nginx</h1>");
});

for (const { model, rest } of [
  { model: "cut-3", rest: streamed },
  { model: "cutrst-3", rest: streamed },
  { model: "cut-3", rest: {} },
  { model: "cutrst-3", rest: {} },
]) {
  doubles(
    `${model} ${rest === streamed ? "streamed" : "whole"} is seen as cut by the client`,
    async () => {
      const answer = await chat(model, rest);
      await answer.rest();
      assert.is(answer.ending(), "cut");
    },
  );
}

doubles("a cut comes after exactly so many chunks of content", async () => {
  const events = texts(await (await chat("cut-3", streamed)).rest());
  assert.is(events.length, 1 + 3); // the role, then the content
});

for (const { model, events: expected } of [
  { model: "error-first", events: 1 },
  { model: "error-event-2", events: 1 + 2 + 1 },
]) {
  doubles(`${model} says so inside a 200 stream`, async () => {
    const answer = await chat(model, streamed);
    const events = texts(await answer.rest());
    assert.is(answer.status, 200);
    assert.is(events.length, expected);
    assert.match(events.at(-1) ?? "", '"message":"Overloaded"');
  });
}

doubles("a reset and a hang give no head", async () => {
  await chat("reset").then(
    () => assert.unreachable(),
    (error: NodeJS.ErrnoException) => assert.is(error.code, "ECONNRESET"),
  );
  const before = upstream.served.length;
  await ask(`${upstream.url}/chat/completions`, {
    body: { model: "hang" },
    signal: AbortSignal.timeout(100),
  }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, "AbortError"),
  );
  await upstream.whenServed(before + 1);
  assert.is(lastServed()?.outcome, "aborted");
});

doubles("a client that hangs up is noticed, and at which chunk", async () => {
  const before = upstream.served.length;
  const answer = await chat("slow-30-chunks-50", streamed);
  await answer.next();
  await answer.next();
  answer.hangUp("rst");
  await upstream.whenServed(before + 1);
  assert.is(lastServed()?.outcome, "aborted");
  assert.ok((lastServed()?.abortedAtChunk ?? 50) < 10);
});

doubles("a stall is silence that the client may leave", async () => {
  const before = upstream.served.length;
  const answer = await chat("stall-1", streamed);
  await answer.next();
  await answer.next();
  answer.hangUp();
  await upstream.whenServed(before + 1);
  assert.is(lastServed()?.abortedAtChunk, 1);
});

doubles("a tool call is streamed in parts", async () => {
  const events = texts(await (await chat("tool-call", streamed)).rest());
  assert.match(events.join("\n"), '"name":"get_weather"');
  assert.match(events.join("\n"), '"finish_reason":"tool_calls"');
});

doubles("a handler changes the script, or answers by itself", async () => {
  const handled = await startUpstream((request, response) => {
    if (request.headers["x-self"]) {
      response.writeHead(418).end("teapot");
      return undefined;
    }
    return { words: ["changed"] };
  });
  const url = `${handled.url}/chat/completions`;
  assert.is(
    await (await ask(url, { body: { model: "ok" }, headers: { "x-self": "1" } })).text(),
    "teapot",
  );
  assert.match(await (await ask(url, { body: { model: "ok" } })).text(), '"content":"changed"');
  assert.is(handled.requests.length, 2);
  await handled.close();
});

doubles("a misspelt script is refused, a plain name is answered", () => {
  assert.throws(() => parseUpstreamScript("status-500-retri-7"), /retri-7/);
  assert.is(parseUpstreamScript("big-1").end.kind, "complete");
  assert.is(parseUpstreamScript("gpt-4o-mini").status, 200);
});

doubles.run();
