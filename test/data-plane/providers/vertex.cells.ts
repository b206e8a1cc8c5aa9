// Gemini on Vertex, with tokens of a service account. Other publishers and ways to show a credential are in vertex.test.ts.
import { serviceAccount, startGeminiApi } from "#test/doubles/gemini-api.ts";
import type { Conformance } from "./conformance.ts";
import { geminiCells } from "./gemini-cells.ts";

const double = await startGeminiApi(); // here, because the key names its own token endpoint

export const conformance: Conformance = {
  protocol: "vertex",
  start: () => Promise.resolve(double),
  basePath: "/v1/projects/acme/locations/global",
  key: serviceAccount(`${double.origin}/token`),
  cells: geminiCells((script) => `google/gemini-3.8-flash--${script}`),
};
