// Google's Gemini API, as AI Studio serves it.
import { geminiKey, startGeminiApi } from "#test/doubles/gemini-api.ts";
import type { Conformance } from "./conformance.ts";
import { geminiCells } from "./gemini-cells.ts";

export const conformance: Conformance = {
  protocol: "gemini-generate-content",
  start: () => startGeminiApi(),
  basePath: "/v1beta",
  key: geminiKey,
  cells: geminiCells((script) => `gemini-3.8-flash--${script}`),
};
