// Gemini's wire protocol by itself: what is asked in which words, what an answer means, and every trap in its usage.
// How it holds before a whole gateway is in the conformance table.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat } from "#data/dialects/openai-chat.ts";
import type { Chunk, StreamEvent } from "#data/operations/chat.ts";
import { geminiGenerateContent as gemini } from "#data/providers/gemini-generate-content.ts";
import { failureOfGoogle } from "#data/providers/gemini-generate-content/failure.ts";
import { usageOf } from "#data/providers/gemini-generate-content/usage.ts";
import { CannotEncode, type Media, type Upstream } from "#data/providers/wire-protocol.ts";
import { sseParser } from "#data/upstream/sse.ts";
import { sum, completionMeters, promptMeters } from "#schema/meters.ts";
import { seeded, slices } from "#test/doubles/strict-server.ts";

type Json = Record<string, unknown>;
const askOf = (body: Json) =>
  openaiChat.decode(Buffer.from(JSON.stringify({ model: "google/g", messages: [hi], ...body })));
const hi = { role: "user", content: "Hi" };
const upstreamOf = (model = "gemini-3.5-flash", more: Partial<Upstream> = {}): Upstream => ({
  model,
  flags: {},
  outputTokensMax: null,
  outputTokensLimit: 65_536,
  serviceTier: null,
  media: new Map<string, Media>(),
  ...more,
});
const encoded = (body: Json, model?: string, more?: Partial<Upstream>): Json =>
  JSON.parse(String(gemini.encode(askOf(body), upstreamOf(model, more)).body)) as Json;
const configOf = (body: Json, model?: string, more?: Partial<Upstream>): Json =>
  (encoded(body, model, more)["generationConfig"] ?? {}) as Json;
const contents = (messages: Json[], model?: string, more?: Partial<Upstream>): unknown =>
  encoded({ messages }, model, more)["contents"];
const refused = (body: Json, model?: string, more?: Partial<Upstream>): string => {
  try {
    encoded(body, model, more);
  } catch (cause) {
    if (cause instanceof CannotEncode) return `${cause.field} | ${cause.message}`;
    throw cause;
  }
  return "";
};

// --- Messages.

const messages = suite("gemini messages");

for (const { name, given, model = "gemini-3.5-flash", flags = {}, wanted } of [
  {
    name: "neighbours of one role are one turn",
    given: [hi, { role: "user", content: "there" }, { role: "assistant", content: "Yes?" }],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }, { text: "there" }] },
      { role: "model", parts: [{ text: "Yes?" }] },
    ],
  },
  {
    name: "a conversation that the assistant begins gets a user's turn before it",
    given: [{ role: "assistant", content: "Welcome" }, hi],
    wanted: [
      { role: "user", parts: [{ text: " " }] },
      { role: "model", parts: [{ text: "Welcome" }] },
      { role: "user", parts: [{ text: "Hi" }] },
    ],
  },
  {
    name: "a later instruction stays where it was said",
    given: [hi, { role: "assistant", content: "A" }, { role: "system", content: "Be brief" }],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [{ text: "A" }] },
      { role: "user", parts: [{ text: "Be brief" }] },
    ],
  },
  {
    name: "an instruction alone is what the user says",
    given: [{ role: "system", content: "Tell a joke" }],
    wanted: [{ role: "user", parts: [{ text: "Tell a joke" }] }],
  },
  {
    name: "Gemma, which refuses an instruction, hears it from the user",
    model: "gemma-3-27b-it",
    given: [{ role: "system", content: "Be brief" }, hi],
    wanted: [{ role: "user", parts: [{ text: "Be brief" }, { text: "Hi" }] }],
  },
  {
    name: "of several who speak each is named",
    given: [
      { role: "user", name: "Ada", content: "Hi" },
      { role: "user", name: "Bob", content: "Ho" },
    ],
    wanted: [{ role: "user", parts: [{ text: "Ada: Hi" }, { text: "Bob: Ho" }] }],
  },
  {
    name: "answers to calls are one turn, in the order of the calls, and what is said then another",
    given: [
      hi,
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "" } },
          { id: "b!", type: "function", function: { name: "g", arguments: '{"x":1}' } },
        ],
      },
      { role: "tool", tool_call_id: "b!", content: "2" },
      { role: "tool", tool_call_id: "a", content: "1" },
      hi,
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      {
        role: "model",
        parts: [
          { functionCall: { id: "a", name: "f", args: {} } },
          { functionCall: { id: "b_", name: "g", args: { x: 1 } } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "f", response: { output: "1" } } },
          { functionResponse: { id: "b_", name: "g", response: { output: "2" } } },
        ],
      },
      { role: "user", parts: [{ text: "Hi" }] },
    ],
  },
  {
    name: "a call of the current turn that nobody signed gets the documented stand-in, the first of its answer only",
    given: [
      hi,
      {
        role: "assistant",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
          { id: "b", type: "function", function: { name: "f", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: "2" },
    ],
    flags: { functionCallIds: false },
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      {
        role: "model",
        parts: [
          {
            functionCall: { name: "f", args: {} },
            thoughtSignature: "skip_thought_signature_validator",
          },
          { functionCall: { name: "f", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { name: "f", response: { output: "1" } } },
          { functionResponse: { name: "f", response: { output: "2" } } },
        ],
      },
    ],
  },
  {
    name: "2.5 asks for no signature and gets no stand-in",
    model: "gemini-2.5-flash",
    given: [
      hi,
      {
        role: "assistant",
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "1" },
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [{ functionCall: { id: "a", name: "f", args: {} } }] },
      {
        role: "user",
        parts: [{ functionResponse: { id: "a", name: "f", response: { output: "1" } } }],
      },
    ],
  },
  {
    name: "signatures go on the parts they stood on: a thought, a stretch of text, its empty end, a call",
    given: [
      hi,
      {
        role: "assistant",
        content: "Now an answer",
        reasoning_details: [
          { type: "reasoning.text", text: "Hm", format: "google-gemini-v1", index: 0 },
          { type: "reasoning.text", text: "m", format: "google-gemini-v1", index: 0 },
          { type: "reasoning.text", signature: "S0", format: "google-gemini-v1", index: 0 },
          { type: "reasoning.text", text: "unsigned", format: "google-gemini-v1", index: 1 },
          {
            type: "reasoning.encrypted",
            data: "S1",
            id: "gemini-text-4-9",
            format: "google-gemini-v1",
          },
          {
            type: "reasoning.encrypted",
            data: "S2",
            id: "gemini-text-13-0",
            format: "google-gemini-v1",
          },
          { type: "reasoning.encrypted", data: "S3", id: "a", format: "google-gemini-v1" },
          { type: "reasoning.encrypted", data: "not ours", id: "a", format: "openai-responses-v1" },
        ],
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "1" },
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      {
        role: "model",
        parts: [
          { text: "Hmm", thought: true, thoughtSignature: "S0" },
          { text: "Now " },
          { text: "an answer", thoughtSignature: "S1" },
          { text: "", thoughtSignature: "S2" },
          { functionCall: { id: "a", name: "f", args: {} }, thoughtSignature: "S3" },
        ],
      },
      {
        role: "user",
        parts: [{ functionResponse: { id: "a", name: "f", response: { output: "1" } } }],
      },
    ],
  },
  {
    name: "an answer that comes back in blocks, as clients of Messages have it, is signed where it was",
    given: [
      hi,
      {
        role: "assistant",
        content: [
          { type: "text", text: "Now " },
          { type: "text", text: "an answer" },
        ],
        reasoning_details: [
          {
            type: "reasoning.encrypted",
            data: "S",
            id: "gemini-text-4-9",
            format: "google-gemini-v1",
          },
        ],
      },
      hi,
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [{ text: "Now " }, { text: "an answer", thoughtSignature: "S" }] },
      { role: "user", parts: [{ text: "Hi" }] },
    ],
  },
  {
    name: "a signature whose text was shortened stands on an empty part behind it",
    given: [
      hi,
      {
        role: "assistant",
        content: "Short",
        reasoning_details: [
          {
            type: "reasoning.encrypted",
            data: "S",
            id: "gemini-text-4-9",
            format: "google-gemini-v1",
          },
        ],
      },
      hi,
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [{ text: "Short" }, { text: "", thoughtSignature: "S" }] },
      { role: "user", parts: [{ text: "Hi" }] },
    ],
  },
  {
    name: "a picture that was made goes back with its signature",
    given: [
      hi,
      {
        role: "assistant",
        content: "Here:",
        images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
        reasoning_details: [
          {
            type: "reasoning.encrypted",
            data: "S",
            id: "gemini-image-0",
            format: "google-gemini-v1",
          },
        ],
      },
      hi,
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      {
        role: "model",
        parts: [
          { text: "Here:" },
          { inlineData: { mimeType: "image/png", data: "AAAA" }, thoughtSignature: "S" },
        ],
      },
      { role: "user", parts: [{ text: "Hi" }] },
    ],
  },
  {
    name: "sound, video and text files are part of the request",
    given: [
      {
        role: "user",
        content: [
          { type: "input_audio", input_audio: { data: "UklG", format: "wav" } },
          { type: "video_url", video_url: { url: "data:video/mp4;base64,AAAA" } },
          { type: "file", file: { filename: "a.txt", file_data: "data:text/plain,caf%C3%A9" } },
        ],
      },
    ],
    wanted: [
      {
        role: "user",
        parts: [
          { inlineData: { mimeType: "audio/wav", data: "UklG" } },
          { inlineData: { mimeType: "video/mp4", data: "AAAA" } },
          { inlineData: { mimeType: "text/plain", data: Buffer.from("café").toString("base64") } },
        ],
      },
    ],
  },
  {
    name: "what Google reads by itself stays an address",
    given: [
      {
        role: "user",
        content: [
          { type: "video_url", video_url: { url: "https://www.youtube.com/watch?v=9hE5-98ZeCg" } },
          { type: "image_url", image_url: { url: "gs://acme/a.png" } },
          {
            type: "file",
            file: { file_id: "https://generativelanguage.googleapis.com/v1beta/files/abc" },
          },
        ],
      },
    ],
    wanted: [
      {
        role: "user",
        parts: [
          { fileData: { fileUri: "https://www.youtube.com/watch?v=9hE5-98ZeCg" } },
          { fileData: { fileUri: "gs://acme/a.png", mimeType: "image/png" } },
          { fileData: { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/abc" } },
        ],
      },
    ],
  },
  {
    name: "with remoteMedia fetch an address is Google's to fetch",
    flags: { remoteMedia: "fetch" },
    given: [
      {
        role: "user",
        content: [{ type: "image_url", image_url: { url: "https://example.com/a.webp?x=1" } }],
      },
    ],
    wanted: [
      {
        role: "user",
        parts: [
          { fileData: { fileUri: "https://example.com/a.webp?x=1", mimeType: "image/webp" } },
        ],
      },
    ],
  },
  {
    name: "a picture that a tool gave stands inside its response from 3 on",
    flags: { signaturesRequired: false },
    given: [
      hi,
      {
        role: "assistant",
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      {
        role: "tool",
        tool_call_id: "a",
        content: [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [{ functionCall: { id: "a", name: "f", args: {} } }] },
      {
        role: "user",
        parts: [
          {
            functionResponse: {
              id: "a",
              name: "f",
              response: { output: "see" },
              parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }],
            },
          },
        ],
      },
    ],
  },
  {
    name: "and behind it before",
    model: "gemini-2.5-pro",
    given: [
      hi,
      {
        role: "assistant",
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      {
        role: "tool",
        tool_call_id: "a",
        is_error: true,
        content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
      },
    ],
    wanted: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [{ functionCall: { id: "a", name: "f", args: {} } }] },
      {
        role: "user",
        parts: [{ functionResponse: { id: "a", name: "f", response: { error: "" } } }],
      },
      {
        role: "user",
        parts: [{ text: "What f gave:" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }],
      },
    ],
  },
] as { name: string; given: Json[]; model?: string; flags?: Json; wanted: unknown }[])
  messages(name, () => assert.equal(contents(given, model, { flags }), wanted));

messages("leading instructions are the system instruction", () => {
  const body = encoded({
    messages: [
      { role: "system", content: "A" },
      { role: "developer", content: [{ type: "text", text: "B" }] },
      hi,
    ],
  });
  assert.equal(body["systemInstruction"], { parts: [{ text: "A" }, { text: "B" }] });
});

messages("an earlier turn is left alone: only the current one has to be signed", () => {
  const call = (id: string) => ({
    role: "assistant",
    tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }],
  });
  const answer = (id: string) => ({ role: "tool", tool_call_id: id, content: "1" });
  const said = contents([hi, call("a"), answer("a"), hi, call("b"), answer("b")]) as {
    parts: Json[];
  }[];
  assert.equal(
    said.map(({ parts }) => parts[0]?.["thoughtSignature"]),
    [undefined, undefined, undefined, undefined, "skip_thought_signature_validator", undefined],
  );
});

messages("what was fetched is part of the request, by its address", () => {
  const url = "https://example.com/cat";
  const media = new Map([[url, { mediaType: "image/webp", base64: "AAAA" }]]);
  const asked = [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }];
  assert.equal(contents(asked, undefined, { media }), [
    { role: "user", parts: [{ inlineData: { mimeType: "image/webp", data: "AAAA" } }] },
  ]);
  assert.match(refused({ messages: asked }), "messages[0].content[0].image_url.url |");
});

for (const { name, body, model, field } of [
  {
    name: "arguments that are no object",
    body: {
      messages: [
        hi,
        {
          role: "assistant",
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "[1" } }],
        },
      ],
    },
    field: "messages[1].tool_calls[0].function.arguments",
  },
  {
    name: "an answer to a call that was never made",
    body: { messages: [hi, { role: "tool", tool_call_id: "x", content: "1" }] },
    field: "messages[1].tool_call_id",
  },
  {
    name: "a format of sound that Gemini does not know",
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "input_audio", input_audio: { data: "AA", format: "midi" } }],
        },
      ],
    },
    field: "messages[0].content[0].input_audio.format",
  },
  {
    name: "a part of an unknown type",
    body: { messages: [{ role: "user", content: [{ type: "hologram" }] }] },
    field: "messages[0].content[0].type",
  },
  {
    name: "a file of somebody else's store",
    body: {
      messages: [{ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }],
    },
    field: "messages[0].content[0].file",
  },
  {
    name: "nothing that was said",
    body: { messages: [{ role: "user", content: "" }] },
    field: "messages",
  },
  {
    name: "a form of the answer beside tools at 2.5",
    model: "gemini-2.5-flash",
    body: {
      response_format: { type: "json_object" },
      tools: [{ type: "function", function: { name: "f" } }],
    },
    field: "response_format",
  },
  {
    name: "a grammar",
    body: { response_format: { type: "grammar", grammar: "x" } },
    field: "response_format.type",
  },
  { name: "a tool of OpenAI's", body: { tools: [{ type: "custom" }] }, field: "tools[0].type" },
  {
    name: "no thinking from a model that always thinks",
    model: "gemini-3.1-pro-preview",
    body: { reasoning: { enabled: false } },
    field: "reasoning",
  },
  {
    name: "no thinking from 2.5 Pro",
    model: "gemini-2.5-pro",
    body: { reasoning: { effort: "none" } },
    field: "reasoning",
  },
  { name: "a modality of its own", body: { modalities: ["smell"] }, field: "modalities[0]" },
  {
    name: "sound in a form it does not speak",
    body: { modalities: ["audio"], audio: { voice: "Kore", format: "mp3" } },
    field: "audio.format",
  },
  { name: "a model's name that leaves its place", model: "../x", body: {}, field: "model" },
] as { name: string; body: Json; model?: string; field: string }[])
  messages(`what Gemini has no word for is refused by its field: ${name}`, () => {
    const said = refused(body, model);
    assert.is(said.split(" | ")[0], field, said);
  });

messages.run();

// --- Tools and settings.

const settings = suite("gemini settings");
const functions = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];

for (const { name, choice, strict = false, wanted } of [
  { name: "nothing is said for auto", choice: "auto", wanted: undefined },
  { name: "none", choice: "none", wanted: { mode: "NONE" } },
  { name: "required", choice: "required", wanted: { mode: "ANY" } },
  {
    name: "a named function",
    choice: { type: "function", function: { name: "f" } },
    wanted: { mode: "ANY", allowedFunctionNames: ["f"] },
  },
  {
    name: "some that are allowed",
    choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "f" } }] },
    },
    wanted: { mode: "VALIDATED", allowedFunctionNames: ["f"] },
  },
  { name: "strict functions", choice: undefined, strict: true, wanted: { mode: "VALIDATED" } },
] as { name: string; choice: unknown; strict?: boolean; wanted: unknown }[])
  settings(`tool_choice in Gemini's words: ${name}`, () => {
    const tools = [{ type: "function", function: { name: "f", ...(strict ? { strict } : {}) } }];
    const { toolConfig } = encoded({ tools, ...(choice ? { tool_choice: choice } : {}) }) as {
      toolConfig?: Json;
    };
    assert.equal(toolConfig?.["functionCallingConfig"], wanted);
  });

settings(
  "a schema is sent as it is, with an enum for every const, and a property may be called const",
  () => {
    const parameters = {
      type: "object",
      properties: { const: { const: 1 }, kind: { anyOf: [{ const: "a" }, { type: "null" }] } },
      $defs: { x: { items: { const: null } } },
      additionalProperties: false,
    };
    const { tools } = encoded({
      tools: [{ type: "function", function: { name: "f", parameters } }],
    });
    assert.equal(tools, [
      {
        functionDeclarations: [
          {
            name: "f",
            parametersJsonSchema: {
              type: "object",
              properties: {
                const: { enum: [1] },
                kind: { anyOf: [{ enum: ["a"] }, { type: "null" }] },
              },
              $defs: { x: { items: { enum: [null] } } },
              additionalProperties: false,
            },
          },
        ],
      },
    ]);
  },
);

for (const { name, body, model, more = {}, wanted } of [
  {
    name: "settings by their names",
    model: "gemini-2.0-flash",
    body: {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      seed: 7,
      stop: "END",
      presence_penalty: 2,
      frequency_penalty: -1,
      max_tokens: 100,
    },
    wanted: {
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      seed: 7,
      stopSequences: ["END"],
      presencePenalty: 1.99,
      frequencyPenalty: -1,
    },
  },
  {
    name: "a seed beyond 32 bits is one within, always the same",
    model: "gemini-2.0-flash",
    body: { seed: 2 ** 31 + 5, top_k: 0 },
    wanted: { seed: 5 },
  },
  {
    name: "penalties are left out where 2.5 refuses them",
    model: "gemini-2.5-flash",
    body: { presence_penalty: 1 },
    wanted: { thinkingConfig: { includeThoughts: true } },
  },
  {
    name: "our clamp before the client's limit",
    model: "gemini-2.0-flash",
    body: { max_tokens: 100 },
    more: { outputTokensMax: 50 },
    wanted: { maxOutputTokens: 50 },
  },
  {
    name: "logprobs are asked for where the row has them",
    model: "gemini-2.0-flash",
    body: { logprobs: true, top_logprobs: 3 },
    more: { flags: { logprobs: true } },
    wanted: { responseLogprobs: true, logprobs: 3 },
  },
  {
    name: "and nowhere else",
    model: "gemini-2.0-flash",
    body: { logprobs: true },
    wanted: {},
  },
  {
    name: "pictures",
    model: "gemini-3-pro-image",
    body: {
      modalities: ["image", "text"],
      image_config: { aspect_ratio: "16:9", image_size: "2K" },
    },
    wanted: {
      responseModalities: ["IMAGE", "TEXT"],
      imageConfig: { aspectRatio: "16:9", imageSize: "2K" },
    },
  },
  {
    name: "speech",
    model: "gemini-2.5-flash-preview-tts",
    body: { modalities: ["audio"], audio: { voice: "Kore", format: "pcm16" } },
    wanted: {
      responseModalities: ["AUDIO"],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
    },
  },
  {
    name: "a forced call and a form of the answer: the call",
    model: "gemini-3.5-flash",
    body: { tools: functions, tool_choice: "required", response_format: { type: "json_object" } },
    wanted: { thinkingConfig: { includeThoughts: true } },
  },
  {
    name: "thoughts are shown by a model that thinks anyway",
    model: "gemini-3.5-flash",
    body: {},
    wanted: { thinkingConfig: { includeThoughts: true } },
  },
  {
    name: "and not asked of one that does not",
    model: "gemini-2.5-flash-lite",
    body: {},
    wanted: {},
  },
  {
    name: "excluded thoughts are thought and not shown",
    model: "gemini-3.5-flash",
    body: { reasoning: { effort: "low", exclude: true } },
    wanted: { thinkingConfig: { includeThoughts: false, thinkingLevel: "LOW" } },
  },
  {
    name: "an effort is a level from 3 on",
    model: "gemini-3.5-flash",
    body: { reasoning_effort: "xhigh" },
    wanted: { thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" } },
  },
  {
    name: "the nearest level that the model has",
    model: "gemini-3.1-pro-preview",
    body: { reasoning: { effort: "minimal" } },
    wanted: { thinkingConfig: { includeThoughts: true, thinkingLevel: "LOW" } },
  },
  {
    name: "a budget is the nearest effort from 3 on",
    model: "gemini-3.5-flash",
    body: { max_tokens: 10_000, reasoning: { max_tokens: 4_500 } },
    wanted: {
      maxOutputTokens: 10_000,
      thinkingConfig: { includeThoughts: true, thinkingLevel: "MEDIUM" },
    },
  },
  {
    name: "an effort is a share of the limit before",
    model: "gemini-2.5-flash",
    body: { max_tokens: 10_000, reasoning: { effort: "low" } },
    wanted: {
      maxOutputTokens: 10_000,
      thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 },
    },
  },
  {
    name: "a budget within what the model takes",
    model: "gemini-2.5-pro",
    body: { reasoning: { max_tokens: 10 } },
    wanted: { thinkingConfig: { includeThoughts: true, thinkingBudget: 128 } },
  },
  {
    name: "and not above it",
    model: "gemini-2.5-flash",
    body: { reasoning: { effort: "high" } },
    wanted: { thinkingConfig: { includeThoughts: true, thinkingBudget: 24_576 } },
  },
  {
    name: "thinking as much as it takes",
    model: "gemini-2.5-flash-lite",
    body: { reasoning: { enabled: true } },
    wanted: { thinkingConfig: { includeThoughts: true, thinkingBudget: -1 } },
  },
  {
    name: "no thinking, without asking for thoughts",
    model: "gemini-2.5-flash",
    body: { reasoning: { effort: "none" } },
    wanted: { thinkingConfig: { thinkingBudget: 0 } },
  },
  {
    name: "the least that 3 Flash can",
    model: "gemini-3.5-flash",
    body: { reasoning: { enabled: false } },
    wanted: { thinkingConfig: { thinkingLevel: "MINIMAL" } },
  },
  {
    name: "a row's word on thinking wins over the name",
    model: "gemini-9-flash",
    body: { reasoning: { effort: "high" } },
    more: { flags: { thinking: "none" } },
    wanted: {},
  },
] as {
  name: string;
  body: Json;
  model: string;
  more?: Partial<Upstream>;
  wanted: unknown;
}[])
  settings(name, () => assert.equal(configOf(body, model, more), wanted));

settings(
  "a tier is asked for only where it is sold, and safety settings where the row has them",
  () => {
    const tiered = { service_tier: "flex" };
    assert.is(encoded(tiered, undefined, { serviceTier: "flex" })["serviceTier"], "flex");
    assert.is(encoded(tiered)["serviceTier"], undefined);
    const flags = { safetySettings: { HARM_CATEGORY_HARASSMENT: "OFF" } };
    assert.equal(encoded({}, undefined, { flags })["safetySettings"], [
      { category: "HARM_CATEGORY_HARASSMENT", threshold: "OFF" },
    ]);
  },
);

settings("a model's name is one step of the path, or more where it says so", () => {
  const path = (model: string, stream = false): string =>
    gemini.encode(askOf({ stream }), upstreamOf(model)).path;
  assert.is(path("gemini-3.5-flash"), "/models/gemini-3.5-flash:generateContent");
  assert.is(path("g?x#y", true), "/models/g%3Fx%23y:streamGenerateContent?alt=sse");
  assert.is(path("tunedModels/a"), "/tunedModels/a:generateContent");
});

settings("a search is asked for where it is sold", () => {
  const flags = { webSearch: true };
  for (const body of [{ web_search_options: {} }, { tools: [{ type: "web_search_preview" }] }])
    assert.equal(encoded(body, undefined, { flags })["tools"], [{ googleSearch: {} }]);
  assert.is(encoded({ web_search_options: {} })["tools"], undefined);
  assert.match(refused({ tools: [{ type: "web_search_preview" }] }), "tools[0].type |");
  const both = { web_search_options: {}, tools: functions };
  assert.match(refused(both, undefined, { flags }), "tools |");
});

settings.run();

// --- Answers.

const answers = suite("gemini answers");
const read = (responses: unknown[], body: Json = {}, model?: string): StreamEvent[] => {
  const decode = gemini.decoder(askOf({ stream: true, ...body }), upstreamOf(model));
  return responses.flatMap((one) =>
    decode(typeof one === "string" ? one : JSON.stringify(one), ""),
  );
};
const response = (parts: Json[], more: Json = {}): Json => ({
  responseId: "r-1",
  candidates: [{ content: { role: "model", parts }, ...more }],
});
const stop = { finishReason: "STOP" };
const chunksOf = (events: StreamEvent[]): Chunk[] =>
  events.flatMap((event) => (event.kind === "chunk" ? [event.chunk] : []));
const lastFinish = (events: StreamEvent[]): unknown => {
  const choice = chunksOf(events).at(-1)?.choices?.[0];
  return [choice?.finish_reason, choice?.native_finish_reason];
};
const failureIn = (events: StreamEvent[]) =>
  events.flatMap((event) => (event.kind === "failure" ? [event.failure] : []))[0];

for (const [word, finish] of Object.entries({
  STOP: "stop",
  OTHER: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  LANGUAGE: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  MODEL_ARMOR: "content_filter",
  SOMETHING_NEW: "stop",
}))
  answers(`finish ${word} is ${finish}, and Google's word beside it`, () => {
    const events = read([response([{ text: "Hi" }]), response([], { finishReason: word })]);
    assert.equal(lastFinish(events), [finish, word]);
  });

for (const word of [
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MALFORMED_RESPONSE",
  "MISSING_THOUGHT_SIGNATURE",
  "NO_IMAGE",
  "IMAGE_OTHER",
])
  answers(`finish ${word} is a failure that is asked again elsewhere`, () => {
    const failure = failureIn(read([response([], { finishReason: word, finishMessage: "m" })]));
    assert.is(failure?.kind, "server");
    assert.match(failure?.text ?? "", word);
  });

answers("a STOP without any part is no answer, and nobody pays for it", () => {
  for (const parts of [[], [{ text: "" }], [{ text: "", thoughtSignature: "S" }]])
    assert.is(failureIn(read([response(parts, stop)]))?.kind, "server");
  const whole = gemini.decodeWhole(JSON.stringify(response([], stop)), askOf({}), upstreamOf());
  assert.ok("kind" in whole && whole.kind === "server");
});

answers("MAX_TOKENS without any part is an answer: all of it was thought", () => {
  const events = read([response([], { finishReason: "MAX_TOKENS" })]);
  assert.equal(lastFinish(events), ["length", "MAX_TOKENS"]);
});

answers("a refused prompt is content policy, with Google's reason", () => {
  const failure = failureIn(read([{ promptFeedback: { blockReason: "SAFETY" } }]));
  assert.is(failure?.kind, "content-policy");
  assert.match(failure?.text ?? "", "SAFETY");
  assert.is(failureIn(read([{ promptFeedback: { safetyRatings: [] } }])), undefined);
});

answers("more text goes the short way, unless JSON would escape it", () => {
  const events = read([
    response([{ text: "One" }]),
    response([{ text: " two" }]),
    response([{ text: ' "three"' }]),
    response([{ text: " four" }]),
  ]);
  assert.equal(
    events.map(({ kind }) => kind),
    ["chunk", "text", "chunk", "text"],
  );
  const likes = events.flatMap((event) => (event.kind === "text" ? [event.like] : []));
  assert.is(likes[0], likes[1]);
});

answers(
  "calls get ids where Google gave none or the same twice, not the same in two answers",
  () => {
    const call = (more: Json) => ({ functionCall: { name: "f", args: { a: 1 }, ...more } });
    const events = read([response([call({ id: "x" }), call({ id: "x" }), call({})], stop)]);
    const calls = chunksOf(events).flatMap(({ choices }) => choices?.[0]?.delta?.tool_calls ?? []);
    assert.equal(
      calls.map(({ id, index }) => [id, index]),
      [
        ["x", 0],
        ["call_r-1_1", 1],
        ["call_r-1_2", 2],
      ],
    );
    assert.is(calls[0]?.function?.arguments, '{"a":1}');
    assert.equal(lastFinish(events), ["tool_calls", "STOP"]);
  },
);

answers("thoughts, signatures on every kind of part, text and a picture of a whole answer", () => {
  const decoded = gemini.decodeWhole(
    JSON.stringify({
      ...response(
        [
          { text: "Hm", thought: true },
          { text: "m", thought: true, thoughtSignature: "S0" },
          { text: "more", thought: true },
          { text: "Now " },
          { text: "this", thoughtSignature: "S1" },
          { inlineData: { mimeType: "image/png", data: "AAAA" }, thoughtSignature: "S2" },
          { functionCall: { name: "f", id: "a" }, thoughtSignature: "S3" },
          { text: "", thoughtSignature: "S4" },
        ],
        stop,
      ),
      usageMetadata: { promptTokenCount: 1, serviceTier: "flex" },
    }),
    askOf({}),
    upstreamOf(),
  );
  if ("kind" in decoded) throw new Error(decoded.text);
  const format = "google-gemini-v1";
  assert.is(decoded.whole["service_tier"], "flex");
  assert.equal(decoded.whole.choices?.[0]?.message, {
    role: "assistant",
    content: "Now this",
    reasoning: "Hmmmore",
    reasoning_details: [
      { type: "reasoning.text", text: "Hmm", format, index: 0, signature: "S0" },
      { type: "reasoning.text", text: "more", format, index: 1 },
      { type: "reasoning.encrypted", data: "S1", id: "gemini-text-4-4", format, index: 2 },
      { type: "reasoning.encrypted", data: "S2", id: "gemini-image-0", format, index: 3 },
      { type: "reasoning.encrypted", data: "S3", id: "a", format, index: 4 },
      { type: "reasoning.encrypted", data: "S4", id: "gemini-text-8-0", format, index: 5 },
    ],
    tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
    images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
  });
});

answers("excluded thoughts are not shown, though Google sends them", () => {
  const thoughts = [
    { text: "Hm", thought: true },
    { text: "m", thought: true, thoughtSignature: "S" },
  ];
  assert.equal(read([response(thoughts)], { reasoning: { exclude: true } }), []);
});

answers("what a search found is cited by characters, and each query is billed", () => {
  const groundingMetadata = {
    webSearchQueries: ["a", "b"],
    groundingChunks: [
      { web: { uri: "https://example.com/1", title: "One" } },
      { web: { uri: "https://example.com/2", title: "Two" } },
    ],
    groundingSupports: [
      {
        segment: { startIndex: 7, endIndex: 15, text: "a letter" },
        groundingChunkIndices: [0, 7],
      },
    ],
  };
  const answered = [
    response([{ text: "Ö is " }]),
    {
      ...response([{ text: " a letter" }], { ...stop, groundingMetadata }),
      usageMetadata: { promptTokenCount: 1 },
    },
  ];
  const body = { web_search_options: {} };
  const events = read(answered, body);
  const annotations = chunksOf(events).flatMap(
    ({ choices }) => choices?.[0]?.delta?.annotations ?? [],
  );
  assert.equal(annotations, [
    {
      type: "url_citation",
      url_citation: {
        url: "https://example.com/1",
        title: "One",
        content: "a letter",
        start_index: 6,
        end_index: 14,
      },
    },
    {
      type: "url_citation",
      url_citation: { url: "https://example.com/2", title: "Two", start_index: 0, end_index: 0 },
    },
  ]);
  const searches = (model: string): unknown => {
    const usage = read(answered, body, model).findLast((event) => event.kind === "usage");
    return usage?.kind === "usage" ? usage.usage.counts?.web_search : null;
  };
  assert.is(searches("gemini-3.5-flash"), 2n);
  assert.is(searches("gemini-2.5-flash"), 1n);
});

answers("speech comes as sound", () => {
  const events = read([
    response([{ inlineData: { mimeType: "audio/L16;rate=24000", data: "AAAA" } }]),
  ]);
  assert.equal(chunksOf(events)[0]?.choices?.[0]?.delta?.["audio"], { data: "AAAA" });
});

answers("logprobs are OpenAI's", () => {
  const logprobsResult = {
    chosenCandidates: [{ token: "Hi", logProbability: -0.1 }],
    topCandidates: [{ candidates: [{ token: "Hi", logProbability: -0.1 }] }],
  };
  const events = read([response([{ text: "Hi" }], { ...stop, logprobsResult })]);
  assert.equal(chunksOf(events).at(-1)?.choices?.[0]?.["logprobs"], {
    content: [
      {
        token: "Hi",
        logprob: -0.1,
        bytes: null,
        top_logprobs: [{ token: "Hi", logprob: -0.1, bytes: null }],
      },
    ],
  });
});

answers("an error inside a stream is what it would be as an answer", () => {
  const failure = failureIn(
    read([{ error: { code: 429, message: "slow", status: "RESOURCE_EXHAUSTED" } }]),
  );
  assert.is(failure?.kind, "rate-limit");
  assert.is(failureIn(read(["{"]))?.kind, "server");
  assert.is(failureIn(read(["7"]))?.kind, "server");
});

answers.run();

// --- Usage.

const usage = suite("gemini usage");

for (const { name, raw, searches = 0, counts } of [
  {
    name: "plain counts",
    raw: { promptTokenCount: 9, candidatesTokenCount: 4, totalTokenCount: 13 },
    counts: { input: 9n, output: 4n, request: 1n },
  },
  {
    name: "thoughts stand outside of the candidates",
    raw: {
      promptTokenCount: 9,
      candidatesTokenCount: 4,
      thoughtsTokenCount: 30,
      totalTokenCount: 43,
    },
    counts: { input: 9n, output: 4n, reasoning: 30n, request: 1n },
  },
  {
    name: "thoughts inside of the candidates, which shows in the total",
    raw: {
      promptTokenCount: 9,
      candidatesTokenCount: 34,
      thoughtsTokenCount: 30,
      totalTokenCount: 43,
    },
    counts: { input: 9n, output: 4n, reasoning: 30n, request: 1n },
  },
  {
    name: "all was thought, and the candidates are left out",
    raw: { promptTokenCount: 9, thoughtsTokenCount: 30, totalTokenCount: 39 },
    counts: { input: 9n, output: 0n, reasoning: 30n, request: 1n },
  },
  {
    name: "cached tokens inside of the prompt",
    raw: {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 4,
      totalTokenCount: 104,
    },
    counts: { input: 40n, cache_read: 60n, output: 4n, request: 1n },
  },
  {
    name: "more cached than there was prompt is all of the prompt",
    raw: { promptTokenCount: 10, cachedContentTokenCount: 60, candidatesTokenCount: 4 },
    counts: { input: 0n, cache_read: 10n, output: 4n, request: 1n },
  },
  {
    name: "what tools read stands beside the prompt",
    raw: {
      promptTokenCount: 9,
      toolUsePromptTokenCount: 500,
      candidatesTokenCount: 4,
      totalTokenCount: 513,
    },
    counts: { input: 509n, output: 4n, request: 1n },
  },
  {
    name: "sound in the prompt has its own price, as far as it was not cached",
    raw: {
      promptTokenCount: 100,
      cachedContentTokenCount: 30,
      candidatesTokenCount: 4,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 40 },
        { modality: "AUDIO", tokenCount: 60 },
      ],
      cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 30 }],
    },
    counts: { input: 40n, cache_read: 30n, audio_input: 30n, output: 4n, request: 1n },
  },
  {
    name: "pictures and video in the prompt are input like text",
    raw: {
      promptTokenCount: 300,
      candidatesTokenCount: 4,
      promptTokensDetails: [
        { modality: "IMAGE", tokenCount: 258 },
        { modality: "VIDEO", tokenCount: 33 },
        { modality: "TEXT", tokenCount: 9 },
      ],
    },
    counts: { input: 300n, output: 4n, request: 1n },
  },
  {
    name: "a picture that was made is counted in tokens and apart",
    raw: {
      promptTokenCount: 9,
      candidatesTokenCount: 1_294,
      candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
    },
    counts: { input: 9n, output: 4n, image_output: 1_290n, request: 1n },
  },
  {
    name: "speech is counted apart",
    raw: {
      promptTokenCount: 9,
      candidatesTokenCount: 50,
      candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: 50 }],
    },
    counts: { input: 9n, output: 0n, audio_output: 50n, request: 1n },
  },
  {
    name: "details of more than there is are cut to it",
    raw: {
      promptTokenCount: 9,
      candidatesTokenCount: 5,
      candidatesTokensDetails: [
        { modality: "IMAGE", tokenCount: 4 },
        { modality: "AUDIO", tokenCount: 4 },
      ],
    },
    counts: { input: 9n, output: 0n, image_output: 4n, audio_output: 1n, request: 1n },
  },
  {
    name: "searches",
    raw: { promptTokenCount: 9 },
    searches: 3,
    counts: { input: 9n, output: 0n, web_search: 3n, request: 1n },
  },
  { name: "no prompt is no usage", raw: { candidatesTokenCount: 4 }, counts: null },
  { name: "a negative count", raw: { promptTokenCount: -1 }, counts: null },
  { name: "a fraction", raw: { promptTokenCount: 1, thoughtsTokenCount: 0.5 }, counts: null },
  { name: "text for a count", raw: { promptTokenCount: "9" }, counts: null },
  { name: "more than any window holds", raw: { promptTokenCount: 1e12 }, counts: null },
] as { name: string; raw: Json; searches?: number; counts: unknown }[])
  usage(name, () => assert.equal(usageOf(raw, searches).counts, counts));

usage("of a stream's sums the last holds, also when it comes after the end", () => {
  const events = read([
    { ...response([{ text: "Hi" }]), usageMetadata: { promptTokenCount: 9 } },
    { ...response([], stop), usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2 } },
    { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4 } },
  ]);
  const last = events.findLast((event) => event.kind === "usage");
  assert.equal(last?.kind === "usage" && last.usage.counts, { input: 9n, output: 4n, request: 1n });
});

usage("every token is counted by one meter, whatever is said", () => {
  const tokens = fc.nat(10_000);
  const details = fc.array(
    fc.record({ modality: fc.constantFrom("TEXT", "IMAGE", "AUDIO"), tokenCount: tokens }),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(
      fc.record(
        {
          promptTokenCount: tokens,
          candidatesTokenCount: tokens,
          thoughtsTokenCount: tokens,
          toolUsePromptTokenCount: tokens,
          cachedContentTokenCount: tokens,
          promptTokensDetails: details,
          cacheTokensDetails: details,
          candidatesTokensDetails: details,
        },
        { requiredKeys: ["promptTokenCount"] },
      ),
      (raw) => {
        const { counts } = usageOf(raw, 0);
        if (!counts) throw new Error("these are counts");
        assert.ok(Object.values(counts).every((count) => count >= 0n));
        assert.is(
          sum(counts, promptMeters),
          BigInt(raw.promptTokenCount + (raw.toolUsePromptTokenCount ?? 0)),
        );
        assert.is(
          sum(counts, completionMeters),
          BigInt((raw.candidatesTokenCount ?? 0) + (raw.thoughtsTokenCount ?? 0)),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

usage.run();

// --- Refusals.

const refusals = suite("gemini refusals");
const errorOf = (code: number, status: string, message: string, details: Json[] = []): string =>
  JSON.stringify({ error: { code, status, message, details } });

for (const { name, status, body, kind, seconds = null } of [
  {
    name: "a bad key is a 400",
    status: 400,
    body: errorOf(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [
      { reason: "API_KEY_INVALID" },
    ]),
    kind: "auth",
  },
  {
    name: "a rate limit that speaks of plan and billing is one all the same",
    status: 429,
    body: errorOf(
      429,
      "RESOURCE_EXHAUSTED",
      "You exceeded your current quota, please check your plan and billing details.",
      [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "17.2s" }],
    ),
    kind: "rate-limit",
    seconds: 18,
  },
  {
    name: "a quota of the day is not back in seconds",
    status: 429,
    body: errorOf(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", [
      { violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }] },
      { retryDelay: "24s" },
    ]),
    kind: "rate-limit",
    seconds: 3_600,
  },
  {
    name: "prepaid credit that is gone",
    status: 402,
    body: errorOf(402, "RESOURCE_EXHAUSTED", "Your prepaid credit is empty"),
    kind: "billing",
  },
  {
    name: "a project without billing",
    status: 403,
    body: errorOf(403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", [
      { reason: "BILLING_DISABLED" },
    ]),
    kind: "billing",
  },
  {
    name: "a refusal in a list",
    status: 503,
    body: `[${errorOf(503, "UNAVAILABLE", "The model is overloaded.")}\n]`,
    kind: "overloaded",
  },
  {
    name: "a prompt that is too long",
    status: 400,
    body: errorOf(
      400,
      "INVALID_ARGUMENT",
      "The input token count (1200001) exceeds the maximum number of tokens allowed (1048576).",
    ),
    kind: "context-length",
  },
  {
    name: "a request of more than 20 MB",
    status: 400,
    body: errorOf(
      400,
      "INVALID_ARGUMENT",
      "Request payload size exceeds the limit: 20971520 bytes.",
    ),
    kind: "payload-too-large",
  },
  {
    name: "a field that is none",
    status: 400,
    body: errorOf(400, "INVALID_ARGUMENT", 'Unknown name "x": Cannot find field.'),
    kind: "invalid-request",
  },
  {
    name: "a country that is not served",
    status: 400,
    body: errorOf(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    kind: "model-gone",
  },
  {
    name: "a model that is none",
    status: 404,
    body: errorOf(404, "NOT_FOUND", "models/x is not found"),
    kind: "model-gone",
  },
  {
    name: "a token that is none",
    status: 401,
    body: errorOf(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    kind: "auth",
  },
  {
    name: "an accident",
    status: 500,
    body: errorOf(500, "INTERNAL", "An internal error has occurred."),
    kind: "server",
  },
  {
    name: "a deadline",
    status: 504,
    body: errorOf(504, "DEADLINE_EXCEEDED", "Deadline expired"),
    kind: "timeout",
  },
  { name: "a page of somebody's proxy", status: 502, body: "<html>Bad</html>", kind: "server" },
] as { name: string; status: number; body: string; kind: string; seconds?: number | null }[])
  refusals(name, () => {
    const failure = failureOfGoogle(status, {}, body);
    assert.is(failure.kind, kind, failure.text);
    assert.is(failure.retryAfterSeconds, seconds);
    assert.is(failure.status, status);
  });

refusals("a key in a refusal is not passed on", () => {
  const { text } = failureOfGoogle(
    403,
    {},
    errorOf(403, "PERMISSION_DENIED", "Key AIzaSyA1234567890abcdefghij is blocked"),
  );
  assert.not.match(text, "AIzaSy");
});

refusals.run();

// --- Anything at all.

const fuzz = suite("gemini fuzz");
const seed = Number(process.env["SEED"] ?? 20_261_125);

/** Pieces that are real, so that what is broken of them reaches deep. */
const pieces = [
  response([{ text: 'Hello "you" \u2028 🙂' }]),
  response([{ text: "Hm", thought: true, thoughtSignature: "S" }]),
  response([{ functionCall: { name: "f", args: { a: [1, { b: null }] } }, thoughtSignature: "T" }]),
  response([{ inlineData: { mimeType: "image/png", data: "AAAA" } }]),
  {
    ...response([{ text: "" }], {
      ...stop,
      groundingMetadata: { webSearchQueries: ["q"], groundingChunks: [{ web: { uri: "u" } }] },
    }),
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4 },
  },
  { promptFeedback: { blockReason: "SAFETY" } },
  { error: { code: 503, message: "m", status: "UNAVAILABLE" } },
].map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`);

fuzz(
  `100,000 streams that were cut, shuffled and overwritten decode without a throw (seed ${seed})`,
  () => {
    const random = seeded(seed);
    const pick = (below: number): number => Math.floor(random() * below);
    const ask = askOf({ stream: true, web_search_options: {} });
    for (let turn = 0; turn < 100_000; turn++) {
      const bytes = Buffer.from(
        Array.from({ length: 1 + pick(3) }, () => pieces[pick(pieces.length)]).join(""),
      );
      const end = random() < 0.3 ? pick(bytes.length) : bytes.length;
      for (let damage = pick(3); damage > 0; damage--) bytes[pick(bytes.length)] = pick(256);
      const decode = gemini.decoder(ask, upstreamOf());
      const events: StreamEvent[] = [];
      const parser = sseParser((data) => events.push(...decode(data, "")));
      if (turn % 50 === 0)
        for (const slice of slices(bytes.subarray(0, end), random)) parser.feed(slice);
      else parser.feed(bytes.subarray(0, end));
      parser.end();
      for (const event of events)
        if (event.kind === "usage" && event.usage.counts)
          assert.ok(
            Object.values(event.usage.counts).every((count) => count >= 0n),
            `turn ${turn}`,
          );
    }
  },
);

fuzz("any JSON decodes without a throw, as an event and as an answer", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.jsonValue(), (text, parts) => {
      read([text, { candidates: [{ content: { parts }, finishReason: "STOP" }] }]);
      gemini.decodeWhole(text, askOf({}), upstreamOf());
      failureOfGoogle(400, {}, text);
    }),
    { numRuns: 3_000, seed },
  );
});

fuzz("whatever a client sends, it is encoded or refused by a field", () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const message = fc.oneof(
    fc.record({ role: fc.constantFrom("system", "user", "assistant"), content: fc.string() }),
    fc.record({
      role: fc.constant("assistant"),
      content: fc.option(fc.string()),
      tool_calls: value,
      reasoning_details: value,
      images: value,
    }),
    fc.record({ role: fc.constant("tool"), tool_call_id: value, content: fc.string() }),
  );
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      value,
      value,
      value,
      (given, tools, choice, format) => {
        const body = { messages: given, tools, tool_choice: choice, response_format: format };
        let ask;
        try {
          ask = askOf(body);
        } catch {
          return; // the dialect's to refuse
        }
        try {
          const request = gemini.encode(ask, upstreamOf());
          const { contents: said } = JSON.parse(String(request.body)) as {
            contents: { role: string }[];
          };
          assert.is(said[0]?.role, "user");
        } catch (cause) {
          if (!(cause instanceof CannotEncode)) throw cause;
          assert.ok(cause.field.length > 0);
        }
      },
    ),
    { numRuns: 3_000, seed },
  );
});

fuzz.run();
