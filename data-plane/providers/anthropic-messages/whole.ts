/** A whole answer of Anthropic's to the middle language. */
import type { ChatAsk, Failure, ReasoningDetail, Usage, Whole } from "../../operations/chat.ts";
import { garbled } from "../failures.ts";
import type { Upstream } from "../wire-protocol.ts";
import { annotationOf } from "./annotations.ts";
import { failureOfError } from "./failure.ts";
import { flagsOf } from "./flags.ts";
import { finishReasonOf } from "./stop-reason.ts";
import { format } from "./thoughts.ts";
import { answerToolName } from "./tools.ts";
import { unbilled, usageOf } from "./usage.ts";
import { isObject, parseObject } from "../../operations/json-value.ts";

/** `native` holds the answer's own text: numbers and the order of members survive only there. */
export function decodeWhole(
  body: string,
  ask: ChatAsk,
  upstream: Upstream,
): { whole: Whole; usage: Usage | null; native?: { text: string } } | Failure {
  const answer = parseObject(body);
  if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
  if (answer["type"] === "error" || isObject(answer["error"])) return failureOfError(answer);
  if (!Array.isArray(answer["content"])) return garbled("the provider's answer has no content");
  const blocks = answer["content"].filter(isObject);
  const said = messageOf(
    blocks,
    answerToolName(ask, flagsOf(upstream)),
    ask.reasoning?.exclude === true,
  );
  const reason = typeof answer["stop_reason"] === "string" ? answer["stop_reason"] : null;
  const details = answer["stop_details"];
  const refused = reason === "refusal";
  const usage = usageOf(answer["usage"]);
  const tier = isObject(answer["usage"]) ? answer["usage"]["service_tier"] : null;
  const finish =
    reason === null
      ? null
      : said.onlyAnswer && reason === "tool_use"
        ? "stop"
        : finishReasonOf(reason);
  return {
    whole: {
      id: answer["id"],
      ...(typeof tier === "string" && tier !== "standard" ? { service_tier: tier } : {}),
      choices: [
        {
          index: 0,
          message: said.message,
          finish_reason: finish ?? "stop",
          native_finish_reason: reason,
          // Why it refuses is no text of the answer, and nobody is billed for it.
          ...(isObject(details) ? { stop_details: details } : {}),
        },
      ],
    },
    usage: refused && blocks.length === 0 ? unbilled(answer["usage"]) : usage,
    ...(ask.dialect === "anthropic-messages" ? { native: { text: body } } : {}),
  };
}

function messageOf(
  blocks: readonly Record<string, unknown>[],
  answerTool: string | null,
  exclude: boolean,
): { message: Record<string, unknown>; onlyAnswer: boolean } {
  let text: string | null = null;
  let reasoning = "";
  let answered = false;
  const details: ReasoningDetail[] = [];
  const calls: object[] = [];
  const annotations: unknown[] = [];
  for (const block of blocks) {
    switch (block["type"]) {
      case "text": {
        if (typeof block["text"] !== "string") break;
        const start = text?.length ?? 0;
        text = (text ?? "") + block["text"];
        const end = text.length;
        const citations: unknown[] = Array.isArray(block["citations"]) ? block["citations"] : [];
        annotations.push(
          ...citations
            .map((citation) => annotationOf(citation, start, end))
            .filter((annotation) => annotation !== null),
        );
        break;
      }
      case "thinking": {
        const thought = typeof block["thinking"] === "string" ? block["thinking"] : "";
        if (exclude && thought !== "") break; // without its text a signature is good for nothing
        reasoning += thought;
        const { signature } = block;
        details.push({
          type: "reasoning.text",
          text: thought,
          ...(typeof signature === "string" && signature !== "" ? { signature } : {}),
          format,
          index: details.length,
        });
        break;
      }
      case "redacted_thinking":
        if (typeof block["data"] === "string")
          details.push({
            type: "reasoning.encrypted",
            data: block["data"],
            format,
            index: details.length,
          });
        break;
      case "tool_use": {
        const input = JSON.stringify(isObject(block["input"]) ? block["input"] : {});
        if (answerTool !== null && block["name"] === answerTool) {
          answered = true;
          text = (text ?? "") + input;
        } else
          calls.push({
            id: textOr(block["id"]),
            type: "function",
            function: { name: textOr(block["name"]), arguments: input },
          });
        break;
      }
      default: // the provider's own tools, and what there will be
    }
  }
  return {
    message: {
      role: "assistant",
      content: text,
      ...(reasoning === "" ? {} : { reasoning }),
      ...(details.length > 0 ? { reasoning_details: details } : {}),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(annotations.length > 0 ? { annotations } : {}),
    },
    onlyAnswer: answered && calls.length === 0,
  };
}

/** Text, or none where something else came. */
const textOr = (value: unknown): string => (typeof value === "string" ? value : "");
