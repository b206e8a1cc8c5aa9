/**
 * What differs between Gemini models: the endpoint's flags, and for what they do not say, the model's name as Google forms
 * it. A wrong guess is corrected by a flag of the endpoint's row (docs/providers/gemini-generate-content.md).
 */
import {
  readGeminiGenerateContentFlags,
  type GeminiThinkingLevel,
} from "#schema/flags/gemini-generate-content.ts";
import type { Flags } from "../wire-protocol.ts";
import type { SafetySetting } from "./wire.ts";

export type Traits = {
  thinking: "level" | "budget" | "none";
  /** Weakest first. */
  thinkingLevels: readonly GeminiThinkingLevel[];
  /** Tokens; a least budget above 0 means that thinking cannot be switched off. */
  thinkingBudgetMin: number;
  thinkingBudgetMax: number;
  /** Only then may thoughts be asked for without asking to think. */
  thinksByDefault: boolean;
  functionCallIds: boolean;
  signaturesRequired: boolean;
  functionResponseParts: boolean;
  schemaWithTools: boolean;
  validatedCalls: boolean;
  systemInstruction: boolean;
  penalties: boolean;
  logprobs: boolean;
  webSearch: boolean;
  searchBilling: "query" | "prompt";
  /** Empty: Google's own. */
  safetySettings: SafetySetting[];
};

/** @param host who serves it: Vertex knows no ids of function calls, and takes penalties with 2.5 */
export function traitsOf(model: string, flags: Flags, host: "ai-studio" | "vertex"): Traits {
  const said = readGeminiGenerateContentFlags(flags);
  const name = (model.split("/").at(-1) ?? model).toLowerCase();
  const gemma = name.startsWith("gemma-");
  const old = /^(gemini-(1|2)([.-]|$)|gemini-pro(-vision)?$|gemini-robotics-er-1|gemma-[123])/.test(
    name,
  );
  const two5 = name.startsWith("gemini-2.5");
  const pro = /(^|-)pro(-|$)/.test(name);
  const speaksOrDraws = /-(tts|image)(-|$)|nano-banana/.test(name); // and takes no level of thinking
  const since3 = !old && !gemma;
  return {
    thinking:
      said.thinking ?? (speaksOrDraws || (old && !two5) ? "none" : two5 ? "budget" : "level"),
    thinkingLevels:
      said.thinkingLevels ??
      (name.startsWith("gemini-4-hydrogen")
        ? ["LOW", "MEDIUM", "HIGH", "XHIGH"]
        : lacksMinimal(name, pro)
          ? ["LOW", "MEDIUM", "HIGH"]
          : ["MINIMAL", "LOW", "MEDIUM", "HIGH"]),
    thinkingBudgetMin: said.thinkingBudgetMin ?? (two5 && pro ? 128 : 0),
    thinkingBudgetMax: said.thinkingBudgetMax ?? (two5 && pro ? 32_768 : 24_576),
    thinksByDefault: said.thinksByDefault ?? (!name.includes("flash-lite") && !gemma),
    functionCallIds: said.functionCallIds ?? host === "ai-studio",
    signaturesRequired: said.signaturesRequired ?? since3,
    functionResponseParts: said.functionResponseParts ?? since3,
    schemaWithTools: said.schemaWithTools ?? since3,
    validatedCalls: said.validatedCalls ?? !gemma,
    systemInstruction: said.systemInstruction ?? !/^gemma-[123]/.test(name),
    penalties: said.penalties ?? (host === "vertex" || !two5),
    logprobs: said.logprobs,
    webSearch: said.webSearch,
    searchBilling: said.searchBilling ?? (old ? "prompt" : "query"),
    safetySettings: Object.entries(said.safetySettings ?? {}).map(
      ([category, threshold]) => ({ category, threshold }) as SafetySetting,
    ),
  };
}

/** Pro models from 3 on and Flash from 3.7 on begin at LOW (the catalogue of @ai-sdk/google 4.0.121, November 2026). */
function lacksMinimal(name: string, pro: boolean): boolean {
  if (pro) return true;
  const [, major = "0", minor = "0"] = /^gemini-(\d+)\.(\d+)-flash(?!-lite)/.exec(name) ?? [];
  return +major > 3 || (+major === 3 && +minor >= 7) || name === "gemini-flash-latest";
}
