/** Flags of `cohere-embed`; docs/providers/cohere-embed.md has the same table. */
import { flagReader, word } from "./flag.ts";

export const cohereEmbedFlags = {
  inputType: word(
    ["search_document", "search_query", "classification", "clustering", "image"],
    "search_document",
    "the `input_type` of a request that names none: Cohere wants one",
  ),
  truncate: word(["NONE", "START", "END"], null, "what it does with input that is too long"),
};

export const readCohereEmbedFlags = flagReader(cohereEmbedFlags);
