/** What the gateways answer themselves, for the document: the control plane only describes it. */
import type { z } from "zod";
import { refused } from "../shapes/refused.ts";
import { chatAnswer, chatRequest, completionAnswer, completionRequest } from "./chat.ts";
import { messagesAnswer, messagesRefused, messagesRequest, tokensCounted } from "./messages.ts";
import { responsesAnswer, responsesRequest } from "./responses.ts";
import { embeddingsAnswer, embeddingsRequest, rerankAnswer, rerankRequest } from "./vectors.ts";

export type InferenceOperation = {
  /** Below /api/v1. */
  path: string;
  summary: string;
  body: z.ZodType;
  response: z.ZodType;
  refused: z.ZodType;
  /** Whether `stream: true` has it answered as server-sent events. */
  streams: boolean;
};

export const inferenceOperations: readonly InferenceOperation[] = [
  {
    path: "chat/completions",
    summary: "Chat, as OpenAI and OpenRouter have it",
    body: chatRequest,
    response: chatAnswer,
    refused,
    streams: true,
  },
  {
    path: "responses",
    summary: "OpenAI's Responses; nothing is stored",
    body: responsesRequest,
    response: responsesAnswer,
    refused,
    streams: true,
  },
  {
    path: "messages",
    summary: "Anthropic's Messages, for any model",
    body: messagesRequest,
    response: messagesAnswer,
    refused: messagesRefused,
    streams: true,
  },
  {
    path: "messages/count_tokens",
    summary: "How long a prompt is, by estimate and for free",
    body: messagesRequest,
    response: tokensCounted,
    refused: messagesRefused,
    streams: false,
  },
  {
    path: "completions",
    summary: "A prompt instead of messages, answered by chat",
    body: completionRequest,
    response: completionAnswer,
    refused,
    streams: true,
  },
  {
    path: "embeddings",
    summary: "Vectors, as floats or base64",
    body: embeddingsRequest,
    response: embeddingsAnswer,
    refused,
    streams: false,
  },
  {
    path: "rerank",
    summary: "Documents in the order of their relevance",
    body: rerankRequest,
    response: rerankAnswer,
    refused,
    streams: false,
  },
];
