/** Pictures, documents, sound and video of a message as Converse's blocks: always their bytes, for it reads no address. */
import type { Media } from "../wire-protocol.ts";
import { CannotEncode } from "../wire-protocol.ts";
import { isObject } from "../../operations/json-value.ts";
import type { ContentBlock, DocumentFormat, ImageFormat } from "./wire.ts";

type Fetched = ReadonlyMap<string, Media>;
/** Of which only pictures and documents may stand in a tool's result. */
export type MediaBlock = Extract<
  ContentBlock,
  { image: object } | { document: object } | { audio: object } | { video: object }
>;

const imageFormats: Readonly<Record<string, ImageFormat>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
  "image/gif": "gif",
  "image/webp": "webp",
};
const documentFormats: Readonly<Record<string, DocumentFormat>> = {
  "application/pdf": "pdf",
  "text/csv": "csv",
  "application/csv": "csv",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/html": "html",
  "text/plain": "txt",
  "text/markdown": "md",
};
const endings: ReadonlySet<string> = new Set(Object.values(documentFormats));
const videoFormats: Readonly<Record<string, string>> = {
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
  "video/x-matroska": "mkv",
  "video/mpeg": "mpeg",
  "video/x-flv": "flv",
  "video/x-ms-wmv": "wmv",
  "video/3gpp": "three_gp",
};
const audioFormats: ReadonlySet<string> = new Set(
  "mp3 wav flac ogg opus aac m4a mp4 webm pcm mpeg mpga mka mkv x-aac".split(" "),
);

/**
 * A part of a message's `content` that is not text.
 * @param field where it stands, such as `messages[3].content[0]`
 * @throws {CannotEncode} for a part or format that Converse has no word for, and for an address that nobody fetched.
 */
export function mediaBlock(
  part: Record<string, unknown>,
  field: string,
  fetched: Fetched,
  names: DocumentNames,
): MediaBlock {
  switch (part["type"]) {
    case "image_url": {
      const at = `${field}.image_url.url`;
      const { mediaType, base64 } = bytesOf(urlOf(part["image_url"]), at, fetched);
      const format = imageFormats[mediaType];
      if (format === undefined)
        throw new CannotEncode(at, `expected a PNG, JPEG, GIF or WebP, got ${said(mediaType)}`);
      return { image: { format, source: { bytes: base64 } } };
    }
    case "file":
      return documentBlock(isObject(part["file"]) ? part["file"] : {}, field, fetched, names);
    case "input_audio": {
      const audio = isObject(part["input_audio"]) ? part["input_audio"] : {};
      const { data, format } = audio;
      if (typeof data !== "string" || data === "")
        throw new CannotEncode(`${field}.input_audio.data`, "expected the sound as base64 text");
      if (typeof format !== "string" || !audioFormats.has(format))
        throw new CannotEncode(
          `${field}.input_audio.format`,
          `expected one of ${[...audioFormats].join(", ")}, got ${said(format)}`,
        );
      return { audio: { format: format as "mp3", source: { bytes: data } } };
    }
    case "video_url": {
      const at = `${field}.video_url.url`;
      const { mediaType, base64 } = bytesOf(urlOf(part["video_url"]), at, fetched);
      const format = videoFormats[mediaType];
      if (format === undefined)
        throw new CannotEncode(
          at,
          `expected one of ${Object.keys(videoFormats).join(", ")}, got ${said(mediaType)}`,
        );
      return { video: { format: format as "mp4", source: { bytes: base64 } } };
    }
    default:
      throw new CannotEncode(
        `${field}.type`,
        `expected text, image_url, file, input_audio or video_url, got ${said(part["type"])}`,
      );
  }
}

function documentBlock(
  file: Record<string, unknown>,
  field: string,
  fetched: Fetched,
  names: DocumentNames,
): MediaBlock {
  const data = file["file_data"];
  const filename = typeof file["filename"] === "string" ? file["filename"] : "";
  if (typeof data !== "string" || data === "")
    throw new CannotEncode(
      `${field}.file.file_data`,
      "expected the document as a data URL or its address; Bedrock keeps no files to name by file_id",
    );
  const at = `${field}.file.file_data`;
  const bare = !/^(data|https?):/i.test(data);
  const { mediaType, base64 } = bare ? { mediaType: "", base64: data } : bytesOf(data, at, fetched);
  const image = imageFormats[mediaType];
  if (image !== undefined) return { image: { format: image, source: { bytes: base64 } } };
  const [, ending = ""] = /\.([a-z]{2,4})$/i.exec(filename) ?? [];
  const byName = endings.has(ending.toLowerCase())
    ? (ending.toLowerCase() as DocumentFormat)
    : undefined;
  // "text/plain" and "application/octet-stream" are what clients say when they do not know.
  const format =
    mediaType === "text/plain"
      ? (byName ?? "txt")
      : (documentFormats[mediaType] ?? byName ?? (bare ? "pdf" : undefined));
  if (format === undefined)
    throw new CannotEncode(
      at,
      `expected a document of one of the kinds ${[...endings].join(", ")}, got ${said(mediaType)}`,
    );
  return { document: { format, name: names.nameFor(filename), source: { bytes: base64 } } };
}

const documentNameCharactersMax = 200;

/** Names as Converse takes them: letters, digits, hyphens, parentheses and brackets, single spaces, and none twice. */
export class DocumentNames {
  readonly #taken = new Set<string>();
  readonly #timesTaken = new Map<string, number>();

  nameFor(filename: string): string {
    const clean = filename
      .replace(/[^A-Za-z0-9\-()[\]]+/g, " ")
      .trim()
      .slice(0, documentNameCharactersMax - 10)
      .trim();
    const base = clean === "" ? "document" : clean;
    let times = this.#timesTaken.get(base.toLowerCase()) ?? 0;
    let name: string;
    do {
      times++;
      name = times === 1 ? base : `${base} ${times}`;
    } while (this.#taken.has(name.toLowerCase()));
    this.#timesTaken.set(base.toLowerCase(), times);
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

const urlOf = (value: unknown): string => {
  const url = isObject(value) ? value["url"] : value;
  return typeof url === "string" ? url : "";
};

/** `data:image/png;base64,…`, or an address that the gateway has fetched. */
function bytesOf(url: string, field: string, fetched: Fetched): Media {
  const media = fetched.get(url);
  if (media) return { ...media, mediaType: plainType(media.mediaType) };
  if (/^https?:/i.test(url))
    throw new CannotEncode(field, "the address was not fetched, and Bedrock takes bytes only");
  const comma = url.indexOf(",");
  if (!url.startsWith("data:") || comma === -1 || comma > 500)
    throw new CannotEncode(field, "expected a data URL, or an address that starts with https://");
  const head = url.slice("data:".length, comma);
  const data = url.slice(comma + 1);
  if (data === "") throw new CannotEncode(field, "the data URL is empty");
  if (/;\s*base64$/i.test(head)) return { mediaType: plainType(head), base64: data };
  try {
    const text = decodeURIComponent(data);
    return { mediaType: plainType(head), base64: Buffer.from(text, "utf8").toString("base64") };
  } catch {
    throw new CannotEncode(field, "the data URL is neither base64 nor percent-encoded text");
  }
}

/** `Image/PNG; charset=x` is image/png; nothing is text/plain, as RFC 2397 has it. */
const plainType = (type: string): string => {
  const [plain = ""] = type.split(";", 1);
  return plain.trim().toLowerCase() || "text/plain";
};

const said = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 80);
