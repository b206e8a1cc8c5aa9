/** A request to `generateContent` out of the middle language (contract/providers.md 4.3). */
import type { ChatAsk } from "../../operations/chat.ts";
import { CannotEncode, type Upstream } from "../wire-protocol.ts";
import { contentsOf } from "./contents.ts";
import { withoutConst } from "./schema.ts";
import { thinkingOf } from "./thinking.ts";
import type { Traits } from "./traits.ts";
import {
  listOf,
  textOf,
  type Body,
  type FunctionCallingConfig,
  type GenerationConfig,
} from "./wire.ts";
import { isObject } from "../../operations/json-value.ts";

/**
 * The body as Google's API takes it; what it does not know is left out (contract P-9).
 * @throws {CannotEncode} when there is no word for what is asked, with the field as the client would write it.
 */
export function requestOf(ask: ChatAsk, upstream: Upstream, traits: Traits): Body {
  const { contents, system } = contentsOf(ask, upstream, traits);
  const tools = toolsOf(ask, traits);
  const calling = tools.functions ? callingOf(ask.body["tool_choice"], tools.strict, traits) : null;
  const generationConfig = generationOf(ask, upstream, traits, {
    functions: tools.functions !== null,
    forced: calling?.mode === "ANY",
  });
  const list: NonNullable<Body["tools"]> = [];
  if (tools.functions) list.push({ functionDeclarations: tools.functions });
  if (tools.search) list.push({ googleSearch: {} });
  return {
    ...(system.length > 0 ? { systemInstruction: { parts: system } } : {}),
    contents,
    ...(list.length > 0 ? { tools: list } : {}),
    ...(calling ? { toolConfig: { functionCallingConfig: calling } } : {}),
    ...(traits.safetySettings.length > 0 ? { safetySettings: traits.safetySettings } : {}),
    ...(Object.keys(generationConfig).length > 0 ? { generationConfig } : {}),
  };
}

type Functions = NonNullable<NonNullable<Body["tools"]>[number]["functionDeclarations"]>;

function toolsOf(
  ask: ChatAsk,
  traits: Traits,
): { functions: Functions | null; strict: boolean; search: boolean } {
  const functions: Functions = [];
  let strict = false;
  // Only where one was held for, and where it is sold: or nobody would pay for it.
  const search = ask.searchesBound > 0 && traits.webSearch;
  for (const [index, tool] of listOf(ask.body["tools"]).entries()) {
    const field = `tools[${index}]`;
    if (!isObject(tool)) throw new CannotEncode(field, "expected an object");
    const type = textOf(tool["type"]);
    if (type.startsWith("web_search") && search) continue;
    if (type !== "function")
      throw new CannotEncode(
        `${field}.type`,
        `expected function; Gemini has no tool of the type ${JSON.stringify(type)}`,
      );
    const declared = isObject(tool["function"]) ? tool["function"] : {};
    const name = textOf(declared["name"]);
    if (name === "") throw new CannotEncode(`${field}.function.name`, "expected a name");
    const description = textOf(declared["description"]);
    strict ||= declared["strict"] === true;
    functions.push({
      name,
      ...(description === "" ? {} : { description }),
      ...(isObject(declared["parameters"])
        ? { parametersJsonSchema: withoutConst(declared["parameters"]) }
        : {}),
    });
  }
  if (functions.length > 0 && search)
    throw new CannotEncode(
      "tools",
      "Google's search and the client's own functions cannot be asked for in one request here",
    );
  return {
    functions: functions.length > 0 ? functions : null,
    strict: strict && traits.validatedCalls,
    search,
  };
}

/** Null: as Gemini does by itself, which is AUTO. */
function callingOf(choice: unknown, strict: boolean, traits: Traits): FunctionCallingConfig | null {
  const auto: FunctionCallingConfig | null = strict ? { mode: "VALIDATED" } : null;
  if (choice === undefined || choice === null || choice === "auto") return auto;
  if (choice === "none") return { mode: "NONE" };
  if (choice === "required" || choice === "any") return { mode: "ANY" };
  if (isObject(choice)) {
    const named = isObject(choice["function"]) ? textOf(choice["function"]["name"]) : "";
    if (choice["type"] === "function" && named !== "")
      return { mode: "ANY", allowedFunctionNames: [named] };
    const allowed = isObject(choice["allowed_tools"]) ? choice["allowed_tools"] : {};
    const names = listOf(allowed["tools"]).flatMap((tool) =>
      isObject(tool) && isObject(tool["function"]) ? [textOf(tool["function"]["name"])] : [],
    );
    if (choice["type"] === "allowed_tools" && names.length > 0) {
      if (allowed["mode"] === "required") return { mode: "ANY", allowedFunctionNames: names };
      // AUTO takes no names; VALIDATED is AUTO that does.
      if (traits.validatedCalls) return { mode: "VALIDATED", allowedFunctionNames: names };
    }
  }
  throw new CannotEncode(
    "tool_choice",
    'expected auto, none, required or {"type":"function","function":{"name":…}}',
  );
}

const signed32 = 2 ** 31;

function generationOf(
  ask: ChatAsk,
  upstream: Upstream,
  traits: Traits,
  { functions, forced }: { functions: boolean; forced: boolean },
): GenerationConfig {
  const { body } = ask;
  const number = (field: string): number | null =>
    typeof body[field] === "number" ? body[field] : null;
  const config: GenerationConfig = {};
  const limit = upstream.outputTokensMax ?? ask.outputTokensMax;
  if (limit !== null) config.maxOutputTokens = limit; // thoughts included
  const temperature = number("temperature");
  if (temperature !== null) config.temperature = temperature;
  const topP = number("top_p");
  if (topP !== null) config.topP = topP;
  const topK = number("top_k");
  if (topK !== null && topK > 0) config.topK = topK; // 0 is OpenRouter's word for none
  const seed = number("seed");
  // An int32 here; a larger one, which others take, becomes one that is as good, always the same.
  if (seed !== null && Number.isInteger(seed))
    config.seed = seed >= -signed32 && seed < signed32 ? seed : Math.abs(seed) % signed32;
  const { stop } = body;
  const stops = (Array.isArray(stop) ? stop : [stop]).filter(
    (one): one is string => typeof one === "string" && one !== "",
  );
  if (stops.length > 0) config.stopSequences = stops;
  if (traits.penalties) {
    // From -2 to below 2 (generateContent's reference), where others take 2.
    const presence = number("presence_penalty");
    if (presence !== null) config.presencePenalty = Math.min(presence, 1.99);
    const frequency = number("frequency_penalty");
    if (frequency !== null) config.frequencyPenalty = Math.min(frequency, 1.99);
  }
  if (traits.logprobs && body["logprobs"] === true) {
    config.responseLogprobs = true;
    const top = number("top_logprobs");
    if (top !== null && top > 0) config.logprobs = top;
  }
  const thinking = thinkingOf(ask, upstream, traits);
  if (thinking) config.thinkingConfig = thinking;
  addFormat(config, body["response_format"], traits, { functions, forced });
  addModalities(config, body);
  return config;
}

function addFormat(
  config: GenerationConfig,
  format: unknown,
  traits: Traits,
  { functions, forced }: { functions: boolean; forced: boolean },
): void {
  if (!isObject(format) || format["type"] === "text") return;
  const { type } = format;
  if (type !== "json_object" && type !== "json_schema")
    throw new CannotEncode(
      "response_format.type",
      `expected text, json_object or json_schema, got ${JSON.stringify(type)}`,
    );
  if (functions && !traits.schemaWithTools)
    throw new CannotEncode(
      "response_format",
      "this model gives no JSON in a fixed form while it has tools; send one of the two",
    );
  if (functions && forced) return; // the answer is a call, and Gemini refuses a form beside it
  config.responseMimeType = "application/json";
  if (type === "json_object") return;
  const described = isObject(format["json_schema"]) ? format["json_schema"] : {};
  if (isObject(described["schema"])) config.responseJsonSchema = withoutConst(described["schema"]);
}

const modalities = { text: "TEXT", image: "IMAGE", audio: "AUDIO" } as const;

function addModalities(config: GenerationConfig, body: Readonly<Record<string, unknown>>): void {
  const asked = listOf(body["modalities"]);
  if (asked.length > 0 && !(asked.length === 1 && asked[0] === "text"))
    config.responseModalities = asked.map((word, index) => {
      if (word === "text" || word === "image" || word === "audio") return modalities[word];
      throw new CannotEncode(
        `modalities[${index}]`,
        `expected text, image or audio, got ${JSON.stringify(word)}`,
      );
    });
  const image = isObject(body["image_config"]) ? body["image_config"] : {};
  const aspectRatio = textOf(image["aspect_ratio"]);
  const imageSize = textOf(image["image_size"]);
  if (aspectRatio !== "" || imageSize !== "")
    config.imageConfig = {
      ...(aspectRatio === "" ? {} : { aspectRatio }),
      ...(imageSize === "" ? {} : { imageSize }),
    };
  if (!asked.includes("audio")) return;
  const audio = isObject(body["audio"]) ? body["audio"] : {};
  const format = textOf(audio["format"]);
  if (format !== "" && format !== "pcm16")
    throw new CannotEncode("audio.format", `expected pcm16, which Gemini speaks, got "${format}"`);
  const voiceName = textOf(audio["voice"]);
  if (voiceName !== "")
    config.speechConfig = { voiceConfig: { prebuiltVoiceConfig: { voiceName } } };
}
