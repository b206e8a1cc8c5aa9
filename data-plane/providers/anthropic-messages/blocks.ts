/** Parts of a message in the middle language to Anthropic's blocks: text, pictures, documents. */
import type {
  Base64ImageSource,
  DocumentBlockParam,
  ImageBlockParam,
  TextBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { CannotEncode, type Media } from "../wire-protocol.ts";
import { cacheControlOf } from "./cache-marks.ts";
import { isObject } from "../../operations/json-value.ts";

export type PartBlock = TextBlockParam | ImageBlockParam | DocumentBlockParam;

const imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;

/** Null for an empty text, which the API refuses. @throws {CannotEncode} for what Claude cannot be shown. */
export function blockOf(
  part: unknown,
  field: string,
  media: ReadonlyMap<string, Media>,
): PartBlock | null {
  if (!isObject(part)) throw new CannotEncode(field, "expected a part with a type");
  const mark = cacheControlOf(part["cache_control"], field);
  const marked = mark ? { cache_control: mark } : {};
  switch (part["type"]) {
    case "text":
    case "refusal": {
      const text = part[part["type"]];
      if (typeof text !== "string")
        throw new CannotEncode(`${field}.${part["type"]}`, "expected text");
      // A mark on nothing would move to nowhere; white space alone is refused as nothing is.
      return text.trim() === "" ? null : { type: "text", text, ...marked };
    }
    case "image_url":
      return { ...imageOf(part["image_url"], `${field}.image_url`, media), ...marked };
    case "file":
      return { ...documentOf(part["file"], `${field}.file`, media), ...marked };
    case "input_audio":
    case "video_url":
      throw new CannotEncode(field, "this API takes neither sound nor video");
    default:
      throw new CannotEncode(
        `${field}.type`,
        `expected text, image_url or file, got ${JSON.stringify(part["type"])?.slice(0, 60)}`,
      );
  }
}

function imageOf(
  value: unknown,
  field: string,
  media: ReadonlyMap<string, Media>,
): ImageBlockParam {
  const url = isObject(value) ? value["url"] : value;
  if (typeof url !== "string")
    throw new CannotEncode(`${field}.url`, "expected an address or data URL");
  const inline = url.startsWith("data:") ? parseDataUrl(url, `${field}.url`) : media.get(url);
  if (!inline) return { type: "image", source: { type: "url", url } };
  return {
    type: "image",
    source: {
      type: "base64",
      media_type: imageType(inline.mediaType, `${field}.url`),
      data: inline.base64,
    },
  };
}

function imageType(mediaType: string, field: string): Base64ImageSource["media_type"] {
  const wanted = mediaType === "image/jpg" ? "image/jpeg" : mediaType;
  const known = imageTypes.find((type) => type === wanted);
  if (!known)
    throw new CannotEncode(
      field,
      `expected ${imageTypes.join(", ")}, got ${mediaType.slice(0, 60)}`,
    );
  return known;
}

function documentOf(
  value: unknown,
  field: string,
  media: ReadonlyMap<string, Media>,
): DocumentBlockParam | ImageBlockParam {
  const file = isObject(value) ? value : {};
  const { file_data: data, filename } = file;
  if (typeof data !== "string")
    throw new CannotEncode(
      `${field}.file_data`,
      file["file_id"] === undefined
        ? "expected an address or data URL"
        : "expected an address or data URL: a file_id names a file at another provider",
    );
  const title = typeof filename === "string" && filename !== "" ? { title: filename } : {};
  const inline = data.startsWith("data:")
    ? parseDataUrl(data, `${field}.file_data`)
    : media.get(data);
  if (!inline) return { type: "document", source: { type: "url", url: data }, ...title };
  const { mediaType, base64 } = inline;
  if (mediaType === "application/pdf")
    return {
      type: "document",
      source: { type: "base64", media_type: mediaType, data: base64 },
      ...title,
    };
  if (mediaType.startsWith("text/") || mediaType === "application/json")
    return {
      type: "document",
      source: {
        type: "text",
        media_type: "text/plain",
        data: Buffer.from(base64, "base64").toString("utf8"),
      },
      ...title,
    };
  if (mediaType.startsWith("image/"))
    return {
      type: "image",
      source: { type: "base64", media_type: imageType(mediaType, field), data: base64 },
    };
  throw new CannotEncode(
    `${field}.file_data`,
    `expected a PDF, a text or a picture, got ${mediaType.slice(0, 60)}`,
  );
}

/** `data:<type>[;parameters][;base64],<data>`; what is not base64 is made so. */
function parseDataUrl(url: string, field: string): Media {
  const comma = url.indexOf(",");
  if (comma === -1) throw new CannotEncode(field, "a data URL without data");
  const [mediaType = "", ...parameters] = url.slice("data:".length, comma).split(";");
  const data = url.slice(comma + 1);
  if (parameters.at(-1)?.trim() === "base64")
    return { mediaType: mediaType.trim().toLowerCase(), base64: data.trim() };
  let text: string;
  try {
    text = decodeURIComponent(data);
  } catch {
    throw new CannotEncode(field, "a data URL that is neither base64 nor percent-encoded");
  }
  return {
    mediaType: mediaType.trim().toLowerCase() || "text/plain",
    base64: Buffer.from(text, "utf8").toString("base64"),
  };
}
