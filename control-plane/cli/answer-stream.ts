/** A streamed chat answer, read as a client of ours reads it. */
export type ChatMessage = { role: "user" | "assistant"; content: string };

export type AnswerEvent =
  | { kind: "text"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "failure"; message: string }
  | {
      kind: "end";
      id: string | null;
      provider: string | null;
      model: string | null;
      usage: Usage | null;
    };
export type Usage = { prompt_tokens?: number; completion_tokens?: number; cost?: number };

type Chunk = {
  id?: string;
  provider?: string;
  model?: string;
  choices?: { delta?: { content?: string | null; reasoning?: string | null } }[];
  usage?: Usage | null;
  error?: { message?: string };
};

/**
 * Asks, and yields the answer as it comes; the last event is `end` or `failure`.
 * @throws when nothing answers at the origin, or the signal aborts.
 */
export async function* streamAnswer(options: {
  origin: string;
  key: string;
  model: string;
  messages: readonly ChatMessage[];
  signal: AbortSignal;
}): AsyncGenerator<AnswerEvent> {
  const response = await fetch(`${options.origin}/api/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${options.key}`,
      "content-type": "application/json",
      "x-title": "turnpike chat",
    },
    body: JSON.stringify({
      model: options.model,
      messages: options.messages,
      stream: true,
      usage: { include: true },
    }),
    signal: options.signal,
  });
  const generationId = response.headers.get("x-generation-id");
  if (!response.ok || response.body === null) {
    yield { kind: "failure", message: messageOf(await response.text(), response.status) };
    return;
  }
  let end: Extract<AnswerEvent, { kind: "end" }> = {
    kind: "end",
    id: generationId,
    provider: null,
    model: null,
    usage: null,
  };
  for await (const data of eventData(response.body)) {
    if (data === "[DONE]") break;
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error !== undefined) {
      yield { kind: "failure", message: chunk.error.message ?? "the answer broke off" };
      return;
    }
    end = {
      kind: "end",
      id: generationId ?? chunk.id ?? end.id,
      provider: chunk.provider ?? end.provider,
      model: chunk.model ?? end.model,
      usage: chunk.usage ?? end.usage,
    };
    const delta = chunk.choices?.[0]?.delta;
    if (delta?.reasoning) yield { kind: "reasoning", text: delta.reasoning };
    if (delta?.content) yield { kind: "text", text: delta.content };
  }
  yield end;
}

/** The data of server-sent events; comments, which are heartbeats, are passed over. */
async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) yield line.slice(5).trim();
  }
}

function messageOf(body: string, status: number): string {
  try {
    const parsed = JSON.parse(body) as { error?: { message?: string } };
    if (typeof parsed.error?.message === "string") return `${status}: ${parsed.error.message}`;
  } catch {
    // Not JSON: the text itself is all there is.
  }
  return `${status}: ${body.slice(0, 300) || "an empty answer"}`;
}
