/**
 * What differs between Gemini models: the endpoint's flags, and for what they do not say, the model's name as Google forms
 * it. A wrong guess is corrected by a flag of the endpoint's row. Every flag stands in docs/providers/gemini-generate-content.md.
 */
import type { Flags } from "../wire-protocol.ts";
import { isObject, type SafetySetting } from "./wire.ts";

export const thinkingLevels = ["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"] as const;
export type ThinkingLevel = (typeof thinkingLevels)[number];

export type Traits = {
  /** How the model is told how much to think. */
  thinking: "level" | "budget" | "none";
  /** What it takes, weakest first. */
  thinkingLevels: readonly ThinkingLevel[];
  /** Tokens; a least budget above 0 means that thinking cannot be switched off. */
  thinkingBudgetMin: number;
  thinkingBudgetMax: number;
  /** Whether it thinks when nothing is said about it; only then may thoughts be asked for without asking to think. */
  thinksByDefault: boolean;
  /** Function calls and their answers carry ids. */
  functionCallIds: boolean;
  /** A function call of the current turn without its signature is refused. */
  signaturesRequired: boolean;
  /** Pictures and files may stand inside a function response. */
  functionResponseParts: boolean;
  /** A schema for the answer may be asked for beside functions. */
  schemaWithTools: boolean;
  /** Strict functions: calls are held to their schemas (mode VALIDATED). */
  validatedCalls: boolean;
  systemInstruction: boolean;
  penalties: boolean;
  logprobs: boolean;
  /** A search of Google's is billed for each query, or once for each prompt that was searched for. */
  searchBilling: "query" | "prompt";
  /** Null: Google's own. */
  safetySettings: readonly SafetySetting[] | null;
};

/** The four that can be set (ai.google.dev/gemini-api/docs/safety-settings, November 2026). */
const safetyCategories = [
  "HARM_CATEGORY_HARASSMENT",
  "HARM_CATEGORY_HATE_SPEECH",
  "HARM_CATEGORY_SEXUALLY_EXPLICIT",
  "HARM_CATEGORY_DANGEROUS_CONTENT",
] as const;

/** @param host who serves it: Vertex knows no ids of function calls, and takes penalties with 2.5 */
export function traitsOf(model: string, flags: Flags, host: "ai-studio" | "vertex"): Traits {
  const name = (model.split("/").at(-1) ?? model).toLowerCase();
  const gemma = name.startsWith("gemma-");
  const old = /^(gemini-(1|2)([.-]|$)|gemini-pro(-vision)?$|gemma-[123])/.test(name);
  const two5 = name.startsWith("gemini-2.5");
  const pro = /(^|-)pro(-|$)/.test(name);
  const plain = /-(tts|image)(-|$)|nano-banana|-embedding/.test(name); // speak or draw, and do not think by levels
  const flag = (field: string, otherwise: boolean): boolean => {
    const value = flags[field];
    return typeof value === "boolean" ? value : otherwise;
  };
  const tokens = (field: string, otherwise: number): number => {
    const value = flags[field];
    return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : otherwise;
  };
  const thinking = flags["thinking"];
  return {
    thinking:
      thinking === "level" || thinking === "budget" || thinking === "none"
        ? thinking
        : plain
          ? "none"
          : two5
            ? "budget"
            : old
              ? "none"
              : "level",
    thinkingLevels:
      levelsOf(flags["thinkingLevels"]) ??
      (lacksMinimal(name, pro) ? ["LOW", "MEDIUM", "HIGH"] : ["MINIMAL", "LOW", "MEDIUM", "HIGH"]),
    thinkingBudgetMin: tokens("thinkingBudgetMin", two5 && pro ? 128 : 0),
    thinkingBudgetMax: tokens("thinkingBudgetMax", two5 && pro ? 32_768 : 24_576),
    thinksByDefault: flag("thinksByDefault", !name.includes("flash-lite") && !gemma),
    functionCallIds: flag("functionCallIds", host === "ai-studio"),
    signaturesRequired: flag("signaturesRequired", !old && !gemma),
    functionResponseParts: flag("functionResponseParts", !old && !gemma),
    schemaWithTools: flag("schemaWithTools", !old && !gemma),
    validatedCalls: flag("validatedCalls", !gemma),
    systemInstruction: flag("systemInstruction", !/^gemma-[123]/.test(name)),
    penalties: flag("penalties", host === "vertex" || !two5),
    logprobs: flag("logprobs", false),
    searchBilling:
      flags["searchBilling"] === "query" || flags["searchBilling"] === "prompt"
        ? flags["searchBilling"]
        : old
          ? "prompt"
          : "query",
    safetySettings: safetyOf(flags["safetySettings"]),
  };
}

/** Pro models from 3 on and flash models from 3.7 on begin at LOW (catalogue of @ai-sdk/google 4.0.121, November 2026). */
function lacksMinimal(name: string, pro: boolean): boolean {
  if (pro) return true;
  const [, major = "0", minor = "0"] = /^gemini-(\d+)\.(\d+)-flash(?!-lite)/.exec(name) ?? [];
  return +major > 3 || (+major === 3 && +minor >= 7) || name === "gemini-flash-latest";
}

function levelsOf(value: unknown): ThinkingLevel[] | null {
  if (!Array.isArray(value)) return null;
  const given = new Set(value.map((one) => String(one).toUpperCase()));
  const levels = thinkingLevels.filter((level) => given.has(level));
  return levels.length > 0 ? levels : null;
}

/** One threshold for all categories, or the API's own list. */
function safetyOf(value: unknown): SafetySetting[] | null {
  if (typeof value === "string")
    return safetyCategories.map((category) => ({ category, threshold: value as "OFF" }));
  return Array.isArray(value) ? (value.filter(isObject) as SafetySetting[]) : null;
}
