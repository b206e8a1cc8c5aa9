/** How long a prompt is, before any provider says. */

/** A picture or file in a data URL is not billed by its bytes; this is more than any provider bills for one (providers.md 5.4). */
const tokensPerAttachment = 5_000;

/** In tokens. `bound` is never fewer than there are; `estimate` is about how many. */
export type PromptSize = { bound: number; estimate: number };

/** Bytes bound tokens from above; what stands in data URLs is taken out and counted by the piece. */
export function promptSize(text: string, bytes: number, attachments: number): PromptSize {
  let attached = 0;
  let pieces = 0;
  for (let at = text.indexOf('"data:'); at !== -1; at = text.indexOf('"data:', at + 1)) {
    const end = text.indexOf('"', at + 1);
    if (end === -1) break;
    attached += end - at;
    pieces++;
    at = end;
  }
  // Those that are named by an address are not in the text.
  return sizeOf(bytes - attached, Math.max(pieces, attachments));
}

/** The same, where a dialect knows how many bytes are not attachments, and how many attachments there are. */
export const sizeOf = (written: number, attachments: number): PromptSize => ({
  bound: written + attachments * tokensPerAttachment,
  estimate: Math.ceil(written / 4) + attachments * 1_500,
});
