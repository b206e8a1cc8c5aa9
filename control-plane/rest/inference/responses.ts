/** POST /responses: OpenAI's Responses, stateless (openrouter-api.md 1.1). */
import { z } from "zod";
import { usdNumber } from "../shapes/numbers.ts";
import { reasoning, requestBody, sampling, stream, tier, tokens } from "./routing.ts";

const text = z.looseObject({
  type: z.enum(["input_text", "output_text", "text"]),
  text: z.string(),
});
const content = z.union([
  z.string(),
  z.array(
    z.union([
      text,
      z.looseObject({ type: z.literal("input_image"), image_url: z.string() }),
      z.looseObject({ type: z.literal("input_file"), file_data: z.string() }),
      z.looseObject({ type: z.literal("input_file"), file_url: z.string() }),
      z.looseObject({ type: z.literal("input_audio"), input_audio: z.looseObject({}) }),
    ]),
  ),
]);
const thought = z.looseObject({ text: z.string() });
const type = z.literal("message").optional();

const item = z
  .union([
    z.looseObject({ type, role: z.enum(["user", "system", "developer"]), content }),
    z.looseObject({
      type,
      role: z.literal("assistant"),
      content: z
        .union([
          z.string(),
          z.array(
            z.union([text, z.looseObject({ type: z.literal("refusal"), refusal: z.string() })]),
          ),
        ])
        .nullable(),
    }),
    z.looseObject({
      type: z.literal("function_call"),
      call_id: z.string().min(1),
      name: z.string().min(1),
      arguments: z.string().describe("JSON as text"),
    }),
    z.looseObject({
      type: z.literal("function_call_output"),
      call_id: z.string().min(1),
      output: content,
    }),
    z.looseObject({
      type: z.literal("reasoning"),
      summary: z.array(thought).nullable().optional(),
      content: z.array(thought).nullable().optional(),
      encrypted_content: z.string().nullable().optional(),
    }),
  ])
  .meta({ id: "ResponsesItem" });

const tool = z.union([
  z.looseObject({
    type: z.literal("function"),
    name: z.string().min(1),
    description: z.string().nullable().optional(),
    parameters: z.looseObject({}).nullable().optional(),
    strict: z.boolean().nullable().optional(),
  }),
  z.looseObject({ type: z.enum(["web_search", "web_search_preview"]) }),
]);
/** Nothing is kept, so what would need an earlier answer is refused. */
const nothing = (meaning: string) => z.null().optional().describe(meaning);
const no = (meaning: string) => z.literal(false).nullable().optional().describe(meaning);

export const responsesRequest = requestBody("ResponsesRequest", {
  input: z.union([z.string().min(1), z.array(item).min(1).max(10_000)]),
  instructions: z.string().nullable().optional(),
  stream,
  max_output_tokens: tokens("Bounds the answer, and what is held for it"),
  ...sampling,
  reasoning: reasoning.nullable().optional(),
  tools: z.array(tool).nullable().optional(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.looseObject({ type: z.literal("function"), name: z.string() }),
    ])
    .nullable()
    .optional(),
  text: z
    .looseObject({
      format: z
        .union([
          z.looseObject({ type: z.enum(["text", "json_object"]) }),
          z.looseObject({
            type: z.literal("json_schema"),
            name: z.string(),
            schema: z.looseObject({}),
          }),
        ])
        .nullable()
        .optional(),
    })
    .nullable()
    .optional(),
  truncation: z.enum(["auto", "disabled"]).nullable().optional(),
  include: z.array(z.string()).nullable().optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, { message: "expected at most 16 pairs" })
    .meta({ maxProperties: 16 })
    .nullable()
    .optional(),
  service_tier: tier,
  store: no("Nothing is stored"),
  background: no("Every response is answered at once"),
  previous_response_id: nothing("Send the whole conversation in `input`"),
  conversation: nothing("Send the whole conversation in `input`"),
  prompt: nothing("Send `instructions` and `input`"),
});

export const responsesAnswer = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    created_at: z.int(),
    model: z.string(),
    status: z.enum(["completed", "incomplete", "failed"]),
    output: z.array(z.looseObject({ type: z.string() })),
    usage: z
      .looseObject({
        input_tokens: z.int(),
        output_tokens: z.int(),
        total_tokens: z.int(),
        cost: usdNumber,
      })
      .nullable(),
  })
  .meta({ id: "ResponsesAnswer" });
