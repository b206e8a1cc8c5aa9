/** POST /messages and /messages/count_tokens: Anthropic's Messages (openrouter-api.md 1.1). */
import { z } from "zod";
import { textOrNull } from "../shapes/numbers.ts";
import { range, requestBody, stream, tokens } from "./routing.ts";

const source = z.union([
  z.looseObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() }),
  z.looseObject({ type: z.literal("url"), url: z.string() }),
]);
const text = z.looseObject({ type: z.literal("text"), text: z.string() });
const shown = z.union([
  text,
  z.looseObject({ type: z.literal("image"), source }),
  z.looseObject({ type: z.literal("document"), source }),
]);
const message = z
  .union([
    z.looseObject({
      role: z.literal("user"),
      content: z.union([
        z.string(),
        z.array(
          z.union([
            shown,
            z.looseObject({
              type: z.literal("tool_result"),
              tool_use_id: z.string().min(1),
              content: z
                .union([z.string(), z.array(shown)])
                .nullable()
                .optional(),
              is_error: z.boolean().optional(),
            }),
          ]),
        ),
      ]),
    }),
    z.looseObject({
      role: z.literal("assistant"),
      content: z.union([
        z.string(),
        z.array(
          z.union([
            text,
            z.looseObject({
              type: z.literal("tool_use"),
              id: z.string().min(1),
              name: z.string().min(1),
              input: z.looseObject({}),
            }),
            z.looseObject({
              type: z.literal("thinking"),
              thinking: z.string(),
              signature: z.string(),
            }),
            z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() }),
          ]),
        ),
      ]),
    }),
  ])
  .meta({ id: "AnthropicMessage" });

const asked = {
  messages: z.array(message).min(1).max(10_000),
  system: z
    .union([z.string(), z.array(text)])
    .nullable()
    .optional(),
  tools: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        description: z.string().optional(),
        input_schema: z.looseObject({}),
      }),
    )
    .nullable()
    .optional(),
  tool_choice: z
    .union([
      z.looseObject({
        type: z.enum(["auto", "any"]),
        disable_parallel_tool_use: z.boolean().optional(),
      }),
      z.looseObject({ type: z.literal("none") }),
      z.looseObject({ type: z.literal("tool"), name: z.string() }),
    ])
    .nullable()
    .optional(),
  thinking: z
    .union([
      z.looseObject({ type: z.literal("disabled") }),
      z.looseObject({ type: z.literal("adaptive") }),
      z.looseObject({
        type: z.literal("enabled"),
        budget_tokens: z.int().min(1).max(100_000_000),
      }),
    ])
    .nullable()
    .optional(),
  max_tokens: tokens("Anthropic demands it; here the model's own limit holds without it"),
  stop_sequences: z.array(z.string()).nullable().optional(),
  temperature: range(0, 1),
  top_p: range(0, 1),
  top_k: range(0, 100_000_000),
  metadata: z
    .looseObject({ user_id: z.string().max(256).nullable().optional() })
    .nullable()
    .optional(),
  stream,
  service_tier: z.enum(["auto", "standard_only", "flex", "priority"]).nullable().optional(),
};

export const messagesRequest = requestBody("MessagesRequest", asked);

export const messagesAnswer = z
  .looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.literal("assistant"),
    model: z.string(),
    content: z.array(z.looseObject({ type: z.string() })),
    stop_reason: textOrNull,
    stop_sequence: textOrNull,
    usage: z.looseObject({ input_tokens: z.int(), output_tokens: z.int() }),
  })
  .meta({ id: "MessagesAnswer" });
export const tokensCounted = z.object({ input_tokens: z.int().min(1) });
/** How Anthropic's clients are told a refusal. */
export const messagesRefused = z
  .looseObject({
    type: z.literal("error"),
    error: z.looseObject({ type: z.string(), message: z.string() }),
  })
  .meta({ id: "MessagesError" });
