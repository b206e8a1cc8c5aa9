/** What some bytes are, by how they begin; servers' own words are often wrong, and sometimes meant to be. */

type Signature = { type: string; at: number; bytes: string };

const signatures: readonly Signature[] = [
  { type: "image/png", at: 0, bytes: "\x89PNG\r\n\x1a\n" },
  { type: "image/jpeg", at: 0, bytes: "\xff\xd8\xff" },
  { type: "image/gif", at: 0, bytes: "GIF8" },
  { type: "image/webp", at: 8, bytes: "WEBP" },
  { type: "image/avif", at: 4, bytes: "ftypavif" },
  { type: "image/heic", at: 4, bytes: "ftypheic" },
  { type: "image/heic", at: 4, bytes: "ftypmif1" },
  { type: "image/tiff", at: 0, bytes: "II*\0" },
  { type: "image/tiff", at: 0, bytes: "MM\0*" },
  { type: "application/pdf", at: 0, bytes: "%PDF-" },
  { type: "audio/wav", at: 8, bytes: "WAVE" },
  { type: "audio/mpeg", at: 0, bytes: "ID3" },
  { type: "audio/mpeg", at: 0, bytes: "\xff\xfb" },
  { type: "audio/flac", at: 0, bytes: "fLaC" },
  { type: "audio/ogg", at: 0, bytes: "OggS" },
  { type: "video/quicktime", at: 4, bytes: "ftypqt" },
  { type: "video/mp4", at: 4, bytes: "ftyp" },
  { type: "video/webm", at: 0, bytes: "\x1aE\xdf\xa3" },
];

/** What has no signature of its own is believed when it is one of these, and is text or a zip as it says. */
const texts: ReadonlySet<string> = new Set([
  "text/plain",
  "text/csv",
  "text/markdown",
  "text/html",
  "application/json",
]);
const zips: ReadonlySet<string> = new Set([
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
]);

/**
 * The media type of some bytes, or null when they are nothing that a model reads.
 * @param said the server's content type.
 */
export function sniffMediaType(bytes: Buffer, said: string): string | null {
  const head = bytes.subarray(0, 16).toString("latin1");
  const found = signatures.find((one) => head.startsWith(one.bytes, one.at));
  if (found) return found.type;
  const type = (said.split(";", 1)[0] ?? "").trim().toLowerCase();
  if (zips.has(type)) return head.startsWith("PK\x03\x04") ? type : null;
  return texts.has(type) && !bytes.subarray(0, 4_096).includes(0) ? type : null;
}
