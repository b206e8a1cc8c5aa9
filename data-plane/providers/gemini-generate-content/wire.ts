/** What goes over the wire to `generateContent` and comes back: the SDK's types, their enums as the words they are. */
import type * as sdk from "@google/genai";

/** Enums of the SDK are types that no text fits; on the wire they are text. */
type Wire<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Name in keyof T]: Wire<T[Name]> }
      : T;

export type Part = Pick<
  Wire<sdk.Part>,
  | "text"
  | "thought"
  | "thoughtSignature"
  | "inlineData"
  | "fileData"
  | "functionCall"
  | "functionResponse"
>;
export type Content = { role: "user" | "model"; parts: Part[] };
export type FunctionResponse = {
  id?: string;
  name: string;
  response: { output: string } | { error: string };
  parts?: { inlineData: { mimeType: string; data: string } }[];
};
export type GenerationConfig = Omit<Wire<sdk.GenerationConfig>, "responseJsonSchema"> & {
  responseJsonSchema?: unknown;
  /** Part of it on the wire; the SDK moves it there. */
  imageConfig?: Pick<Wire<sdk.ImageConfig>, "aspectRatio" | "imageSize">;
};
export type ThinkingConfig = Wire<sdk.ThinkingConfig>;
export type SafetySetting = Wire<sdk.SafetySetting>;
export type FunctionCallingConfig = Wire<sdk.FunctionCallingConfig>;
export type FinishReason = `${sdk.FinishReason}`;

/** The body of a request; the SDK has no type of its own for it. */
export type Body = {
  contents: Content[];
  systemInstruction?: { parts: Part[] };
  tools?: { functionDeclarations?: Wire<sdk.FunctionDeclaration>[]; googleSearch?: object }[];
  toolConfig?: { functionCallingConfig: FunctionCallingConfig };
  safetySettings?: SafetySetting[];
  generationConfig?: GenerationConfig;
  serviceTier?: "flex" | "priority";
};

export type UsageMetadata = Wire<sdk.GenerateContentResponseUsageMetadata>;
export type GroundingMetadata = Wire<
  Pick<sdk.GroundingMetadata, "webSearchQueries" | "groundingChunks" | "groundingSupports">
>;

/** Who can read the reasoning details that Gemini gives (contract/openrouter-api.md 3.1). */
export const reasoningFormat = "google-gemini-v1";

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
