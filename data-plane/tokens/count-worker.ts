/** The thread of `exact-counter.ts`: loading the vocabulary takes 0.1 to 0.3 s and 40 MB, and none of it may stop a request. */
import { parentPort } from "node:worker_threads";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { slices } from "./slices.ts";

parentPort?.on("message", ({ id, text }: { id: number; text: string }) => {
  let tokens = 0;
  for (const piece of slices(text)) tokens += countTokens(piece);
  parentPort?.postMessage({ id, tokens });
});
