/**
 * How clients of the legacy `/completions` speak to us (openrouter-api.md 1.1): a prompt instead of messages, text instead of
 * a message. Every model is asked by chat, with the prompt as what the user says.
 */
import type { ChatAsk, ChunkChoice, WholeChoice } from "../operations/chat.ts";
import { invalid, Refusal } from "../refusal.ts";
import { parseBody } from "./ask/body.ts";
import { bounded, optionalText, wholeNumber } from "./ask/fields.ts";
import { modelsOf } from "./ask/models.ts";
import { parametersOf } from "./ask/parameters.ts";
import { preferencesOf } from "./ask/preferences.ts";
import { promptSize } from "./ask/prompt-size.ts";
import { reasoningOf } from "./ask/reasoning.ts";
import { searchesBound } from "./ask/searches.ts";
import { serviceTierOf } from "./ask/service-tier.ts";
import type { Bill, Dialect, Face, StreamEncoder } from "./dialect.ts";
import { finishReasonOf, usage } from "./openai-chat.ts";
import { openaiRefusal } from "./openai-refusal.ts";
import { isObject } from "../operations/json-value.ts";

type Json = Record<string, unknown>;

/** @throws {Refusal} 400 that names the field, what was expected and what came. */
function decode(bytes: Buffer): ChatAsk {
  const { text, body, members } = parseBody(bytes);
  refuseWhatChatLacks(body);
  const stream = body["stream"] ?? false;
  if (typeof stream !== "boolean") throw invalid("stream", "true or false", stream);
  bounded(body, "temperature", 0, 2);
  bounded(body, "top_p", 0, 1);
  bounded(body, "frequency_penalty", -2, 2);
  bounded(body, "presence_penalty", -2, 2);
  const {
    prompt: _prompt,
    suffix: _suffix,
    echo: _echo,
    best_of: _bestOf,
    logprobs: _logprobs,
    n: _n,
    ...rest
  } = body;
  const middle: Json = { ...rest, messages: [{ role: "user", content: promptOf(body["prompt"]) }] };
  const outputTokensMax =
    wholeNumber(body, "max_completion_tokens") ?? wholeNumber(body, "max_tokens");
  const { bound, estimate } = promptSize(text, bytes.length, 0);
  return {
    operation: "chat",
    dialect: "openai-completions",
    text,
    members,
    body: middle,
    models: modelsOf(body),
    stream,
    outputTokensMax,
    promptTokensBound: bound,
    promptTokensEstimate: estimate,
    images: 0,
    searchesBound: searchesBound(middle),
    reasoning: reasoningOf(middle),
    serviceTier: serviceTierOf(body),
    preferences: preferencesOf(body["provider"]),
    parameters: parametersOf(middle),
    user: optionalText(body, "user", 256),
    session: optionalText(body, "session_id", 256),
  };
}

function promptOf(prompt: unknown): string {
  if (typeof prompt === "string" && prompt !== "") return prompt;
  if (
    Array.isArray(prompt) &&
    prompt.length === 1 &&
    typeof prompt[0] === "string" &&
    prompt[0] !== ""
  )
    return prompt[0];
  const { message, metadata } = invalid(
    "prompt",
    "one text, or a list of one; several prompts are several requests here, and tokens are not read",
    prompt,
  );
  throw new Refusal({ status: 400, type: "invalid_prompt", message, metadata });
}

/** What only a model that continues a text can do. */
function refuseWhatChatLacks(body: Json): void {
  const without = (field: string, harmless: readonly unknown[]): void => {
    const value = body[field] ?? null;
    if (value !== null && !harmless.includes(value))
      throw invalid(field, "nothing: models are asked by chat here, which does not have it", value);
  };
  without("suffix", [""]);
  without("echo", [false]);
  without("best_of", [1]);
  without("logprobs", [false]);
  without("n", [1]);
}

const begun = (face: Face): Json => ({
  id: face.id,
  object: "text_completion",
  created: face.created,
  model: face.model,
  provider: face.provider,
});

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** What of a message is text: a refusal is what the model says too. */
function textOf(said: unknown, exclude: boolean): { text: string; reasoning?: string } {
  if (!isObject(said)) return { text: "" };
  const { content, refusal, reasoning } = said;
  return {
    text: typeof content === "string" ? content : typeof refusal === "string" ? refusal : "",
    ...(typeof reasoning === "string" && reasoning !== "" && !exclude ? { reasoning } : {}),
  };
}

const choiceOf = (choice: ChunkChoice | WholeChoice, said: unknown, ask: ChatAsk): Json => ({
  ...textOf(said, ask.reasoning?.exclude === true),
  index: 0,
  logprobs: null,
  finish_reason: finishReasonOf(choice.finish_reason ?? null),
  native_finish_reason: choice.native_finish_reason ?? choice.finish_reason ?? null,
});

function encoder(face: Face, ask: ChatAsk): StreamEncoder {
  const base = begun(face);
  const textChoice = {
    text: "",
    index: 0,
    logprobs: null,
    finish_reason: null,
    native_finish_reason: null,
  };
  const [before = "", after = ""] = JSON.stringify({ ...base, choices: [textChoice] }).split(
    '"text":""',
  );
  return {
    event(event_) {
      if (event_.kind === "text") return `data: ${before}"text":"${event_.text}"${after}\n\n`;
      if (event_.kind !== "chunk") return "";
      const [choice] = event_.chunk.choices ?? [];
      if (!choice) return "";
      const said = choiceOf(choice, choice.delta, ask);
      const silent = said["text"] === "" && said["reasoning"] === undefined;
      return silent && said["finish_reason"] === null ? "" : event({ ...base, choices: [said] });
    },
    end: (bill) => `${event({ ...base, choices: [], usage: usage(bill) })}data: [DONE]\n\n`,
    broken(refusal) {
      const { error } = refusal.body();
      return event({ ...base, error, choices: [{ ...textChoice, finish_reason: "error" }] });
    },
  };
}

export const openaiCompletions: Dialect = {
  name: "openai-completions",
  decode,
  encoder,
  encodeWhole(face: Face, ask, whole, bill: Bill) {
    const choices = (whole.choices ?? [])
      .slice(0, 1)
      .map((choice) => choiceOf(choice, choice.message, ask));
    return JSON.stringify({
      ...begun(face),
      system_fingerprint: null,
      choices,
      usage: usage(bill),
    });
  },
  encodeRefusal: openaiRefusal,
  heartbeat: ": TURNPIKE PROCESSING\n\n",
};
