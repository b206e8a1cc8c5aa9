// What an upstream says it has served: the witness that a bill is held against.

export type UpstreamCounts = {
  requests: number;
  /** Answered whole. */
  answers: number;
  streams: number;
  chunks: number;
  /** The peer went away while an answer was under way. */
  aborted: number;
  promptTokens: number;
  completionTokens: number;
};

/** @throws when nothing answers there. */
export async function readUpstreamCounts(port: number): Promise<UpstreamCounts> {
  const response = await fetch(`http://127.0.0.1:${port}/stats`);
  return (await response.json()) as UpstreamCounts;
}
