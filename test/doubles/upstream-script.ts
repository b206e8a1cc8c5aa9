// How the double behaves, spelled in the upstream model's name. Words are joined with "-", in any
// order: "ok-p11-c7", "status-429-retry-7", "slow-50-cut-3". A name with none of these words
// ("big-1") is answered as "ok".
//
//   ok                 a good answer                  tool-call        calls the tool get_weather
//   p<N> c<N> k<N> r<N>  reported prompt, completion, cached and reasoning tokens
//   chunks-<N>         content chunks (4)             slow-<N>         N ms between chunks
//   wait-<N>           N ms before the head           no-usage         usage is never reported
//   empty-completion   no content, 0 tokens           length           finish_reason "length"
//   status-<N>         an error with that status      retry-<N>        with Retry-After: N
//   html               a web page instead of JSON     reset            RST before the head
//   hang               never answers                  refusal          a content_filter finish
//   cut-<N>            FIN after N chunks (unstreamed: half of the body)
//   cutrst-<N>         the same, with RST             stall-<N>        silence after N chunks
//   error-first        200, then an error event       error-event-<N>  the same after N chunks
//   garbage-<N>        broken JSON after N chunks     ping             comments between chunks
//   no-done            ends without [DONE]

export type UpstreamScript = {
  status: number;
  retryAfterSeconds: number | null;
  html: boolean;
  waitMs: number;
  gapMs: number;
  ping: boolean;
  done: boolean;
  words: readonly string[];
  toolCall: { name: string; arguments: string } | null;
  finishReason: string;
  usage: { prompt: number; completion: number; cached: number; reasoning: number } | null;
  /** What goes wrong, and after how many content chunks. */
  end: { kind: "complete" | "fin" | "rst" | "stall" | "error" | "garbage"; afterChunks: number };
};

const chunksDefault = 4;

/** The script a model name spells. @throws {Error} on a word it does not know beside words it does. */
export function parseUpstreamScript(model: string): UpstreamScript {
  const script: UpstreamScript = {
    status: 200,
    retryAfterSeconds: null,
    html: false,
    waitMs: 0,
    gapMs: 0,
    ping: false,
    done: true,
    words: wordsOf(chunksDefault),
    toolCall: null,
    finishReason: "stop",
    usage: { prompt: 9, completion: chunksDefault, cached: 0, reasoning: 0 },
    end: { kind: "complete", afterChunks: 0 },
  };
  const usage = { prompt: 9, completion: -1, cached: 0, reasoning: 0 };
  let known = false;
  const unknown: string[] = [];

  let rest = model;
  while (rest !== "") {
    const word = grammar.exec(rest);
    if (word === null) {
      const [skipped = ""] = rest.split("-", 1);
      unknown.push(skipped);
      rest = rest.slice(skipped.length + 1);
      continue;
    }
    known = true;
    rest = rest.slice(word[0].length);
    apply(script, usage, word.groups?.["name"] ?? "", Number(word.groups?.["number"] ?? 0));
  }
  if (known && unknown.length > 0) {
    throw new Error(
      `The upstream double does not know "${unknown.join("-")}" in the model name "${model}".`,
    );
  }

  if (usage.completion < 0) usage.completion = script.words.length;
  if (script.usage !== null) script.usage = usage;
  return script;
}

const grammar = new RegExp(
  "^(?<name>error-event-|error-first|empty-completion|no-usage|no-done|tool-call|status-|retry-|chunks-" +
    "|slow-|wait-|cutrst-|cut-|stall-|garbage-|html|reset|hang|ok|ping|length|refusal|p(?=\\d)|c(?=\\d)|k(?=\\d)|r(?=\\d))" +
    "(?<number>\\d+)?(?:-|$)",
);

function apply(
  script: UpstreamScript,
  usage: { prompt: number; completion: number; cached: number; reasoning: number },
  name: string,
  number: number,
): void {
  switch (name) {
    case "ok":
      return;
    case "p":
      usage.prompt = number;
      return;
    case "c":
      usage.completion = number;
      return;
    case "k":
      usage.cached = number;
      return;
    case "r":
      usage.reasoning = number;
      return;
    case "chunks-":
      script.words = wordsOf(number);
      return;
    case "slow-":
      script.gapMs = number;
      return;
    case "wait-":
      script.waitMs = number;
      return;
    case "status-":
      script.status = number;
      return;
    case "retry-":
      script.retryAfterSeconds = number;
      return;
    case "html":
      script.html = true;
      return;
    case "ping":
      script.ping = true;
      return;
    case "no-done":
      script.done = false;
      return;
    case "no-usage":
      script.usage = null;
      return;
    case "empty-completion":
      script.words = [];
      return;
    case "length":
      script.finishReason = "length";
      return;
    case "refusal":
      script.finishReason = "content_filter";
      return;
    case "tool-call":
      script.words = [];
      script.toolCall = { name: "get_weather", arguments: '{"city":"Paris"}' };
      script.finishReason = "tool_calls";
      usage.completion = usage.completion < 0 ? 12 : usage.completion;
      return;
    case "reset":
      script.end = { kind: "rst", afterChunks: -1 };
      return;
    case "hang":
      script.end = { kind: "stall", afterChunks: -1 };
      return;
    case "cut-":
      script.end = { kind: "fin", afterChunks: number };
      return;
    case "cutrst-":
      script.end = { kind: "rst", afterChunks: number };
      return;
    case "stall-":
      script.end = { kind: "stall", afterChunks: number };
      return;
    case "error-first":
      script.end = { kind: "error", afterChunks: 0 };
      return;
    case "error-event-":
      script.end = { kind: "error", afterChunks: number };
      return;
    case "garbage-":
      script.end = { kind: "garbage", afterChunks: number };
      return;
    default:
      throw new Error(`The upstream double has a word it does not act on: "${name}".`);
  }
}

function wordsOf(count: number): string[] {
  const sentence = ["Hello", " from", " the", " upstream"];
  return Array.from({ length: count }, (_, index) => sentence[index] ?? ` word${index}`);
}
