// A client of one dialect, reduced to what every dialect can say: a conversation goes out in the dialect's own words, and
// what comes back is read as its official package reads it. So one cell of the table is written once, for all dialects.

export type Tool = { name: string; description: string; parameters: object };
export type Call = { id: string; name: string; input: unknown };

/** What was said before, in order. */
export type Turn =
  /** `cached`: with a mark of Anthropic's at its end. `picture`: a PNG in base64 beside the text. */
  | { kind: "user"; text: string; cached?: boolean; picture?: string }
  /** What a client was told, as it sends it back. */
  | { kind: "answer"; answer: Answer }
  | { kind: "results"; results: readonly { id: string; text: string }[] };

export type Question = {
  model: string;
  turns: readonly Turn[];
  stream: boolean;
  tools?: readonly Tool[];
  /** What the answer has to fit. */
  schema?: object;
  /** Members of the body that mean the same in every dialect. */
  more?: object;
  /** Asks for thoughts; `hidden`: that are not shown. */
  thinks?: boolean | "hidden";
};

/** Tokens as the dialect tells them, made disjoint; and what it says that it cost, in USD. */
export type Told = {
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
  reasoning: number;
  cost: number;
};

export type Answer = {
  text: string;
  /** What is shown of the thoughts. */
  thoughts: string;
  calls: readonly Call[];
  finish: "stop" | "tools" | "filtered" | "other";
  told: Told;
  /** In the dialect's own shape: what goes back with the next turn. */
  said: unknown;
};

export type ToldRefusal = {
  /** Which of the package's error classes it becomes. */
  kind: "rate limit" | "bad request" | "other";
  /** The contract's word, where the dialect carries it. */
  errorType: string;
  message: string;
};

export type DialectClient = {
  name: string;
  path: string;
  body: (question: Question) => object;
  /** @throws when the answer is not in the dialect's grammar. */
  whole: (body: string, question: Question) => Answer;
  /** @throws when a stream is not in the dialect's grammar, by our rules or the package's own accumulator. */
  stream: (bytes: string, question: Question) => Promise<Answer>;
  refusal: (status: number, body: string, question: Question) => Promise<ToldRefusal>;
  /** A stream that broke: what it says of it, after the package's own accumulator has refused it. @throws when it looks whole. */
  broken: (bytes: string, question: Question) => Promise<ToldRefusal>;
};

export type Json = Record<string, unknown>;
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
export const listOf = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
export const countOf = (value: unknown): number => (typeof value === "number" ? value : 0);

export type ServerEvent = { name: string | null; data: string };

/** All events of a stream; comments are left out. @throws when a line is none of the format's. */
export function eventsOf(bytes: string): ServerEvent[] {
  const events: ServerEvent[] = [];
  for (const block of bytes.split("\n\n")) {
    if (block === "") continue;
    let name: string | null = null;
    const data: string[] = [];
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) continue;
      const [, field, value = ""] = /^(event|data|id): ?(.*)$/s.exec(line) ?? [];
      if (field === undefined) throw new Error(`no line of a stream: ${JSON.stringify(line)}`);
      if (field === "event") name = value;
      if (field === "data") data.push(value);
    }
    if (data.length > 0) events.push({ name, data: data.join("\n") });
  }
  return events;
}

/** A `fetch` that answers with what has come already, so that a package reads it as if it had asked. */
export const replay = (status: number, body: string) => async (): Promise<Response> =>
  new Response(body, {
    status,
    headers: {
      "content-type": /^(event|data|:)/.test(body) ? "text/event-stream" : "application/json",
    },
  });

/** What a call throws. @throws when it does not. */
export async function thrownBy(call: Promise<unknown>): Promise<Error> {
  const thrown: unknown = await call.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (thrown instanceof Error) return thrown;
  throw new Error(`expected to be refused, and got ${String(thrown)}`);
}
