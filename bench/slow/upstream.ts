// What upstream.c is, on Node: for machines without a C compiler. Same command line, same words in the
// model's name, same answers; several times the CPU.

import { createServer, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const promptTokens = 512;
const jsonTokens = 100;
const counts = {
  requests: 0,
  answers: 0,
  streams: 0,
  chunks: 0,
  aborted: 0,
  promptTokens: 0,
  completionTokens: 0,
};

const [port, ...models] = process.argv.slice(2);

const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.setHeader("content-type", "application/json");
    const data = models.map((id) => ({ id, object: "model", owned_by: "bench" }));
    response.end(JSON.stringify(request.url === "/stats" ? counts : { object: "list", data }));
    return;
  }
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(pieces).toString()) as {
      model: string;
      stream?: boolean;
    };
    counts.requests++;
    response.once("close", () => {
      if (!response.writableFinished) counts.aborted++;
    });
    void answer(response, { words: wordsOf(body.model), stream: body.stream === true });
  });
});
server.keepAliveTimeout = 0;
server.listen(Number(port), "127.0.0.1");

/** `bench-n100-g20` is { n: 100, g: 20 }. */
function wordsOf(model: string): Record<string, number> {
  const words = model.slice(model.indexOf("bench-") + "bench-".length).split("-");
  return Object.fromEntries(words.map((word) => [word.slice(0, 1), Number(word.slice(1))]));
}

async function answer(
  response: ServerResponse,
  { words, stream }: { words: Record<string, number>; stream: boolean },
): Promise<void> {
  const usage = (completion: number) => ({
    prompt_tokens: promptTokens,
    completion_tokens: completion,
    total_tokens: promptTokens + completion,
  });
  if (words["d"]) await sleep(words["d"]);
  const about = { id: "chatcmpl-bench0001", created: 1_750_000_000, model: "bench" };
  if (!stream) {
    const content = "lorem ipsum "
      .repeat(Math.ceil((words["k"] ?? 400) / 12))
      .slice(0, words["k"] ?? 400);
    const message = { role: "assistant", content };
    const body = JSON.stringify({
      ...about,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: usage(jsonTokens),
    });
    response.setHeader("content-type", "application/json");
    response.setHeader("content-length", Buffer.byteLength(body));
    response.end(body, () => count(jsonTokens));
    return;
  }
  counts.streams++;
  response.setHeader("content-type", "text/event-stream");
  const event = (rest: object): string =>
    `data: ${JSON.stringify({ ...about, object: "chat.completion.chunk", ...rest })}\n\n`;
  const tokens = words["n"] ?? 100;
  for (let token = 0; token < tokens && !response.destroyed; token++) {
    if (token > 0 && words["g"]) await sleep(words["g"]);
    const content = `t=${String(process.hrtime.bigint()).padStart(16, "0")} lorem ipsum. `;
    response.write(event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
    counts.chunks++;
  }
  response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
  response.write(event({ choices: [], usage: usage(tokens) }));
  response.end("data: [DONE]\n\n", () => count(tokens));
}

function count(completion: number): void {
  counts.answers++;
  counts.promptTokens += promptTokens;
  counts.completionTokens += completion;
}
