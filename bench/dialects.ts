// How a client asks and what it must get, for each dialect that the bench speaks. A scenario names two:
// the client's and the provider's. When Turnpike crosses dialects, a row here and a shape in upstream.c
// are what a crossing scenario needs.

export type Dialect = {
  /** Where a client posts, after the target's base path. */
  path: string;
  /** Where content and completion tokens stand in an answer, and what ends a stream; read by the load generator. */
  contentMember: string;
  usageMember: string;
  done: string;
  /** A request's body. Its prompt is so long that the whole has about `bytes`. */
  body(ask: { model: string; bytes: number; stream: boolean }): string;
};

const sentence =
  "Please summarise the following report about the quarterly results and list the three main risks in order of weight. ";

export const dialects = {
  "openai-chat": {
    path: "/chat/completions",
    contentMember: '"content":"',
    usageMember: '"completion_tokens":',
    done: "[DONE]",
    body({ model, bytes, stream }) {
      const prompt = sentence.repeat(Math.ceil(bytes / sentence.length)).slice(0, bytes);
      return JSON.stringify({
        model,
        ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
        messages: [
          { role: "system", content: "You are a helpful assistant." },
          { role: "user", content: prompt },
        ],
        temperature: 0.7,
        max_tokens: 256,
      });
    },
  },
} satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
