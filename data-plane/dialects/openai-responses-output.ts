/** The output of a response, item by item, with the events that tell it (openrouter-api.md 3.3, "Responses stream"). Pure. */
import type { Delta, ReasoningDetail, ToolCallDelta } from "../operations/chat.ts";
import { isObject } from "../operations/json-value.ts";
import { shownThoughts } from "./shown-thoughts.ts";

type Json = Record<string, unknown>;
/** Tells one event; its number is the caller's to give. */
type Tell = (type: string, members: Json) => void;

type TextPart = {
  kind: "output_text" | "refusal";
  text: string;
  annotations: Json[];
  logprobs: unknown[];
};
type OpenMessage = {
  kind: "message";
  item: Json;
  index: number;
  parts: Json[];
  part: TextPart | null;
};
type ThoughtPart = { kind: "summary" | "text"; text: string; of: number | undefined };
type OpenThought = {
  kind: "thought";
  item: Json;
  index: number;
  /** The provider's own id of it, if it has one. */
  id: string | null;
  of: number | undefined;
  summary: Json[];
  content: Json[];
  part: ThoughtPart | null;
};
type Call = { item: Json; index: number; arguments: string };

export type Output = {
  /** What one piece of an answer adds. `logprobs` in chat's shape. */
  add: (delta: Delta, logprobs: unknown) => void;
  addText: (text: string) => void;
  /** Ends what is open. The items, in order. */
  close: (cut: boolean) => Json[];
  /** Where text goes now, if the next piece of text needs nothing told before it. */
  textPlace: () => { itemId: unknown; outputIndex: number; add: (text: string) => void } | null;
};

/**
 * @param id of the response: those of its items begin with it
 * @param options `exclude`: thoughts are not shown
 */
export function responseOutput(id: string, tell: Tell, { exclude }: { exclude: boolean }): Output {
  const shown = shownThoughts(exclude);
  const items: Json[] = [];
  const calls = new Map<number, Call>();
  let open: OpenMessage | OpenThought | null = null;

  const begin = (item: Json): number => {
    tell("response.output_item.added", { output_index: items.length, item });
    return items.push(item) - 1;
  };
  const finish = (index: number, item: Json): void => {
    items[index] = item;
    tell("response.output_item.done", { output_index: index, item });
  };
  const minted = (kind: string): string => `${kind}_${id}-${items.length}`;

  // Messages.

  const message = (): OpenMessage => {
    if (open?.kind === "message") return open;
    closeOpen(false);
    const item = {
      id: minted("msg"),
      type: "message",
      status: "in_progress",
      role: "assistant",
      content: [],
    };
    open = { kind: "message", item, index: begin(item), parts: [], part: null };
    return open;
  };
  const placeOf = (at: OpenMessage): Json => ({
    item_id: at.item["id"],
    output_index: at.index,
    content_index: at.parts.length,
  });
  const textPart = (at: OpenMessage, kind: TextPart["kind"]): TextPart => {
    if (at.part?.kind === kind) return at.part;
    closeTextPart(at);
    at.part = { kind, text: "", annotations: [], logprobs: [] };
    tell("response.content_part.added", { ...placeOf(at), part: asPart(at.part) });
    return at.part;
  };
  const closeTextPart = (at: OpenMessage): void => {
    const { part } = at;
    if (!part) return;
    const place = placeOf(at);
    if (part.kind === "refusal") tell("response.refusal.done", { ...place, refusal: part.text });
    else tell("response.output_text.done", { ...place, text: part.text, logprobs: part.logprobs });
    tell("response.content_part.done", { ...place, part: asPart(part) });
    at.parts.push(asPart(part));
    at.part = null;
  };
  const addText = (text: string, logprobs: unknown[] = []): void => {
    const at = message();
    const part = textPart(at, "output_text");
    part.text += text;
    part.logprobs.push(...logprobs);
    tell("response.output_text.delta", { ...placeOf(at), delta: text, logprobs });
  };
  const addRefusal = (text: string): void => {
    const at = message();
    textPart(at, "refusal").text += text;
    tell("response.refusal.delta", { ...placeOf(at), delta: text });
  };
  const addAnnotation = (value: unknown): void => {
    if (!isObject(value) || !isObject(value["url_citation"])) return; // files have no place here
    const { title, start_index: start, end_index: end, ...rest } = value["url_citation"];
    const annotation = {
      type: "url_citation",
      ...rest,
      title: typeof title === "string" ? title : "",
      start_index: wholeOf(start),
      end_index: wholeOf(end),
    };
    const at = message();
    const part = textPart(at, "output_text");
    tell("response.output_text.annotation.added", {
      ...placeOf(at),
      annotation_index: part.annotations.push(annotation) - 1,
      annotation,
    });
  };

  // Thoughts.

  const thought = (detail: ReasoningDetail): OpenThought => {
    const id = typeof detail.id === "string" && detail.id !== "" ? detail.id : null;
    if (open?.kind === "thought") {
      const sameId = id === null || id === open.id;
      const samePlace =
        detail.index === undefined || open.of === undefined || detail.index === open.of;
      if (sameId && (samePlace || id !== null)) return open;
    }
    closeOpen(false);
    const format = typeof detail.format === "string" ? { format: detail.format } : {};
    const item = { id: id ?? minted("rs"), type: "reasoning", summary: [], ...format };
    open = {
      kind: "thought",
      item,
      index: begin(item),
      id,
      of: detail.index,
      summary: [],
      content: [],
      part: null,
    };
    return open;
  };
  const thoughtPlace = (at: OpenThought, kind: ThoughtPart["kind"]): Json => ({
    item_id: at.item["id"],
    output_index: at.index,
    ...(kind === "summary"
      ? { summary_index: at.summary.length }
      : { content_index: at.content.length }),
  });
  const addThoughtText = (
    at: OpenThought,
    kind: ThoughtPart["kind"],
    text: string,
    of: number | undefined,
  ): void => {
    const summed = kind === "summary";
    if (at.part && (at.part.kind !== kind || at.part.of !== of)) closeThoughtPart(at);
    if (!at.part) {
      at.part = { kind, text: "", of };
      tell(summed ? "response.reasoning_summary_part.added" : "response.content_part.added", {
        ...thoughtPlace(at, kind),
        part: { type: summed ? "summary_text" : "reasoning_text", text: "" },
      });
    }
    at.part.text += text;
    tell(summed ? "response.reasoning_summary_text.delta" : "response.reasoning_text.delta", {
      ...thoughtPlace(at, kind),
      delta: text,
    });
  };
  const closeThoughtPart = (at: OpenThought): void => {
    if (!at.part) return;
    const { kind, text } = at.part;
    const summed = kind === "summary";
    const place = thoughtPlace(at, kind);
    const part = { type: summed ? "summary_text" : "reasoning_text", text };
    tell(summed ? "response.reasoning_summary_text.done" : "response.reasoning_text.done", {
      ...place,
      text,
    });
    tell(summed ? "response.reasoning_summary_part.done" : "response.content_part.done", {
      ...place,
      part,
    });
    (summed ? at.summary : at.content).push(part);
    at.part = null;
  };
  const addThought = (detail: ReasoningDetail): void => {
    // Gemini signs text as it goes: an item of its own beside the message, which stays in one piece.
    if (open?.kind === "message" && detail.type === "reasoning.encrypted") {
      const id = typeof detail.id === "string" && detail.id !== "" ? detail.id : minted("rs");
      const format = typeof detail.format === "string" ? { format: detail.format } : {};
      const item = { id, type: "reasoning", summary: [], ...format };
      const data = typeof detail.data === "string" ? { encrypted_content: detail.data } : {};
      return finish(begin(item), { ...item, ...data });
    }
    const at = thought(detail);
    const { summary, text, data, signature } = detail;
    if (detail.type === "reasoning.summary" && typeof summary === "string" && summary !== "")
      addThoughtText(at, "summary", summary, detail.index);
    else if (detail.type === "reasoning.text" && typeof text === "string" && text !== "")
      addThoughtText(at, "text", text, detail.index);
    if (typeof signature === "string" && signature !== "") at.item = { ...at.item, signature };
    if (detail.type === "reasoning.encrypted" && typeof data === "string")
      at.item = { ...at.item, encrypted_content: data };
  };

  // Calls stay open until the end: pieces of several may come in turn.

  const addCall = (piece: ToolCallDelta): void => {
    let call = calls.get(piece.index);
    if (!call) {
      closeOpen(false);
      const item = {
        id: minted("fc"),
        type: "function_call",
        status: "in_progress",
        call_id: piece.id ?? `call_${id}-${items.length}`,
        name: piece.function?.name ?? "",
        arguments: "",
      };
      calls.set(piece.index, (call = { item, index: begin(item), arguments: "" }));
    }
    const text = piece.function?.arguments ?? "";
    if (text === "") return;
    call.arguments += text;
    tell("response.function_call_arguments.delta", {
      item_id: call.item["id"],
      output_index: call.index,
      delta: text,
    });
  };

  const addImage = (image: unknown): void => {
    const url = isObject(image) && isObject(image["image_url"]) ? image["image_url"]["url"] : null;
    const [, kind, data] =
      typeof url === "string" ? (/^data:image\/(\w+);base64,(.*)$/s.exec(url) ?? []) : [];
    if (kind === undefined || data === undefined) return;
    closeOpen(false);
    const item = {
      id: minted("ig"),
      type: "image_generation_call",
      status: "in_progress",
      result: null,
    };
    const index = begin(item);
    const place = { item_id: item.id, output_index: index };
    tell("response.image_generation_call.in_progress", place);
    tell("response.image_generation_call.completed", place);
    finish(index, { ...item, status: "completed", result: data, output_format: kind });
  };

  const closeOpen = (cut: boolean): void => {
    const at = open;
    open = null;
    if (at?.kind === "message") {
      closeTextPart(at);
      finish(at.index, { ...at.item, status: cut ? "incomplete" : "completed", content: at.parts });
    } else if (at?.kind === "thought") {
      closeThoughtPart(at);
      finish(at.index, {
        ...at.item,
        summary: at.summary,
        ...(at.content.length > 0 ? { content: at.content } : {}),
      });
    }
  };

  return {
    add(delta, logprobs) {
      const details = delta.reasoning_details ?? [];
      for (const detail of details) if (shown(detail)) addThought(detail);
      if (
        !exclude &&
        details.length === 0 &&
        typeof delta.reasoning === "string" &&
        delta.reasoning !== ""
      )
        addThought({ type: "reasoning.text", text: delta.reasoning, format: "unknown" });
      const { content } = delta;
      if (typeof content === "string" && content !== "") addText(content, measuredOf(logprobs));
      if (typeof delta.refusal === "string" && delta.refusal !== "") addRefusal(delta.refusal);
      for (const annotation of delta.annotations ?? []) addAnnotation(annotation);
      for (const image of delta.images ?? []) addImage(image);
      for (const piece of delta.tool_calls ?? []) addCall(piece);
    },
    addText,
    close(cut) {
      closeOpen(cut);
      for (const { item, index, arguments: text } of calls.values()) {
        tell("response.function_call_arguments.done", {
          item_id: item["id"],
          output_index: index,
          name: item["name"],
          arguments: text,
        });
        finish(index, { ...item, status: cut ? "incomplete" : "completed", arguments: text });
      }
      calls.clear();
      return items;
    },
    textPlace() {
      if (open?.kind !== "message" || open.part?.kind !== "output_text" || open.parts.length > 0)
        return null;
      const { part } = open;
      return {
        itemId: open.item["id"],
        outputIndex: open.index,
        add: (text) => {
          part.text += text;
        },
      };
    },
  };
}

const asPart = ({ kind, text, annotations, logprobs }: TextPart): Json =>
  kind === "refusal"
    ? { type: "refusal", refusal: text }
    : { type: "output_text", text, annotations: [...annotations], logprobs: [...logprobs] };

const measuredOf = (logprobs: unknown): unknown[] =>
  isObject(logprobs) && Array.isArray(logprobs["content"]) ? logprobs["content"] : [];
const wholeOf = (value: unknown): number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : 0;
