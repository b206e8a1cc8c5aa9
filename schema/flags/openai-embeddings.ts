/** Flags of `openai-embeddings`; docs/providers/openai-embeddings.md has the same table. */
import { flagReader, text, word } from "./flag.ts";

const fieldName = { pattern: /^[a-z_]{1,40}$/, like: "output_dimension" };

export const openaiEmbeddingsFlags = {
  dimensionsField: text(fieldName, "dimensions", "the name of the field for the vectors' length"),
  inputTypeField: text(
    fieldName,
    null,
    "the name of the field that tells a query from a document (`input_type` at Voyage, `task` at Jina); the API has none if absent",
  ),
  inputTypes: word(
    ["plain", "voyage", "jina"],
    "plain",
    "the words of that field: as the client wrote it, `query` and `document`, or `retrieval.query` and `retrieval.passage`",
  ),
  base64: word(
    ["encoding_format", "embedding_type", "none"],
    "encoding_format",
    "the field that asks for base64, or `none`: then floats are asked for, and put into base64 here",
  ),
};

export const readOpenaiEmbeddingsFlags = flagReader(openaiEmbeddingsFlags);
