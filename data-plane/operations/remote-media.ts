/** Pictures and files that a request names by their address, for endpoints that want the bytes. Pure. */
import { isObject } from "./json-value.ts";

export type RemoteMedia = {
  /** As the client would write it, such as `messages[3].content[0].image_url.url`. */
  field: string;
  url: string;
};

/** Each address once, in order. `data:` URLs, file ids and what is no http address are not among them. */
export function remoteMediaOf(body: Readonly<Record<string, unknown>>): RemoteMedia[] {
  const found = new Map<string, RemoteMedia>();
  const { messages } = body;
  if (!Array.isArray(messages)) return [];
  for (const [at, message] of messages.entries()) {
    if (!isObject(message) || !Array.isArray(message["content"])) continue;
    for (const [place, part] of message["content"].entries()) {
      if (!isObject(part)) continue;
      const named = addressIn(part);
      if (named === null || !/^https?:\/\//i.test(named.url) || found.has(named.url)) continue;
      const field = `messages[${at}].content[${place}].${named.member}`;
      found.set(named.url, { field, url: named.url });
    }
  }
  return [...found.values()];
}

function addressIn(part: Record<string, unknown>): { member: string; url: string } | null {
  switch (part["type"]) {
    case "image_url":
    case "video_url": {
      const { type } = part;
      const value = part[type];
      if (typeof value === "string") return { member: type, url: value };
      const url = isObject(value) ? value["url"] : null;
      return typeof url === "string" ? { member: `${type}.url`, url } : null;
    }
    case "file": {
      const data = isObject(part["file"]) ? part["file"]["file_data"] : null;
      return typeof data === "string" ? { member: "file.file_data", url: data } : null;
    }
    default:
      return null;
  }
}
