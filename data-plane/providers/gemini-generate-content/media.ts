/** Pictures, sound, video and documents of a message as Gemini's parts: in the request, or by an address that Google reads. */
import { CannotEncode, type Upstream } from "../wire-protocol.ts";
import { textOf, type Part } from "./wire.ts";
import { isObject } from "../../operations/json-value.ts";

/**
 * Whether Gemini reads an address by itself: its own Files API, Cloud Storage and YouTube. Anything else has to be in the
 * request (ai.google.dev/gemini-api/docs/file-input-methods, November 2026), so that the gateway fetches it.
 */
export const readByGoogle = (url: string): boolean =>
  url.startsWith("gs://") ||
  /^https:\/\/generativelanguage\.googleapis\.com\/[\w.]+\/files\//.test(url) ||
  /^https:\/\/(www\.)?youtube\.com\/(watch\?|shorts\/|live\/)/.test(url) ||
  url.startsWith("https://youtu.be/");

/** The formats of `input_audio` under the names that Gemini's documentation of audio gives (November 2026). */
const audioTypes: Readonly<Record<string, string>> = {
  wav: "audio/wav",
  mp3: "audio/mp3",
  aiff: "audio/aiff",
  aac: "audio/aac",
  ogg: "audio/ogg",
  flac: "audio/flac",
  m4a: "audio/m4a",
  mp4: "audio/mp4",
  webm: "audio/webm",
  pcm16: "audio/pcm",
  pcm24: "audio/pcm",
};

const typesByEnding: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  heic: "image/heic",
  heif: "image/heif",
  gif: "image/gif",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  mp4: "video/mp4",
  mov: "video/mov",
  webm: "video/webm",
  mpeg: "video/mpeg",
  mpg: "video/mpg",
  avi: "video/avi",
  wmv: "video/wmv",
  flv: "video/x-flv",
  "3gp": "video/3gpp",
  mp3: "audio/mp3",
  wav: "audio/wav",
  ogg: "audio/ogg",
  flac: "audio/flac",
};

/**
 * A part of a message's `content` that is not text, or null when it says nothing.
 * @param field where it stands, such as `messages[3].content[0]`
 * @throws {CannotEncode} for a part Gemini has no word for, and for an address that is not in the request.
 */
export function mediaPart(part: Record<string, unknown>, field: string, upstream: Upstream): Part {
  switch (part["type"]) {
    case "image_url":
      return byAddress(urlOf(part["image_url"]), `${field}.image_url.url`, "image/jpeg", upstream);
    case "video_url":
      return byAddress(urlOf(part["video_url"]), `${field}.video_url.url`, "video/mp4", upstream);
    case "input_audio": {
      const audio = isObject(part["input_audio"]) ? part["input_audio"] : {};
      const data = textOf(audio["data"]);
      const format = textOf(audio["format"]);
      const mimeType = audioTypes[format];
      if (data === "")
        throw new CannotEncode(`${field}.input_audio.data`, "expected the sound as base64 text");
      if (mimeType === undefined)
        throw new CannotEncode(
          `${field}.input_audio.format`,
          `expected one of ${Object.keys(audioTypes).join(", ")}, got ${JSON.stringify(format)}`,
        );
      return { inlineData: { mimeType, data } };
    }
    case "file": {
      const file = isObject(part["file"]) ? part["file"] : {};
      const data = textOf(file["file_data"]);
      const id = textOf(file["file_id"]);
      if (data !== "")
        return byAddress(data, `${field}.file.file_data`, "application/pdf", upstream);
      if (readByGoogle(id)) return { fileData: { fileUri: id } };
      throw new CannotEncode(
        `${field}.file`,
        id === ""
          ? "expected file_data, a data URL or an address"
          : "file_id names no file of Google's: expected a URI of its Files API, or file_data",
      );
    }
    default:
      throw new CannotEncode(
        `${field}.type`,
        `expected text, image_url, input_audio, video_url or file, got ${JSON.stringify(part["type"])}`,
      );
  }
}

const urlOf = (value: unknown): string =>
  typeof value === "string" ? value : isObject(value) ? textOf(value["url"]) : "";

function byAddress(url: string, field: string, likely: string, upstream: Upstream): Part {
  if (url.startsWith("data:")) return { inlineData: inlineOf(url, field) };
  if (readByGoogle(url)) return { fileData: { fileUri: url, ...typeOf(url, null) } };
  const fetched = upstream.media.get(url);
  if (fetched) return { inlineData: { mimeType: fetched.mediaType, data: fetched.base64 } };
  if (upstream.flags["remoteMedia"] === "fetch" && /^https?:\/\//.test(url))
    return { fileData: { fileUri: url, ...typeOf(url, likely) } };
  if (/^https?:\/\//.test(url))
    throw new CannotEncode(field, "the address was not fetched, and Gemini does not fetch it");
  throw new CannotEncode(field, "expected a data URL, or an address that starts with https://");
}

/** `data:image/png;base64,…`; the data is left as it is, and what is not base64 is made so. */
export function inlineOf(url: string, field: string): { mimeType: string; data: string } {
  const comma = url.indexOf(",");
  if (comma === -1 || comma > 500)
    throw new CannotEncode(field, "the data URL has no comma before its data");
  const [mimeType = "", ...parameters] = url.slice("data:".length, comma).split(";");
  const data = url.slice(comma + 1);
  if (data === "") throw new CannotEncode(field, "the data URL is empty");
  if (parameters.includes("base64")) return { mimeType: mimeType || "text/plain", data };
  let text: string;
  try {
    text = decodeURIComponent(data);
  } catch {
    throw new CannotEncode(field, "the data URL is neither base64 nor percent-encoded text");
  }
  return {
    mimeType: mimeType || "text/plain",
    data: Buffer.from(text, "utf8").toString("base64"),
  };
}

/** By the ending of the address; Gemini looks for itself where it is not given one. */
function typeOf(url: string, likely: string | null): { mimeType?: string } {
  const [, ending = ""] = /\.([a-z0-9]{2,4})(?:[?#]|$)/i.exec(url) ?? [];
  const mimeType = typesByEnding[ending.toLowerCase()] ?? likely;
  return mimeType === null ? {} : { mimeType };
}
