/** How much to think, in Gemini's two notations: a level from 3 on, a budget of tokens before (contract P-1, P-2). */
import {
  geminiThinkingLevels,
  type GeminiThinkingLevel,
} from "#schema/flags/gemini-generate-content.ts";
import type { ChatAsk } from "../../operations/chat.ts";
import { CannotEncode, type Upstream } from "../wire-protocol.ts";
import type { Traits } from "./traits.ts";
import type { ThinkingConfig } from "./wire.ts";

/** Shares of the output limit (contract P-1). */
const shares: Readonly<Record<string, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
};
const levels: Readonly<Record<string, GeminiThinkingLevel>> = {
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "XHIGH",
  max: "XHIGH",
};

/**
 * Null: nothing is said, and the model does as it does by itself. Thoughts are shown unless the client asked for none,
 * as OpenRouter does.
 * @throws {CannotEncode} when it is not to think and cannot be stopped (contract P-2: 400).
 */
export function thinkingOf(
  ask: ChatAsk,
  upstream: Upstream,
  traits: Traits,
): ThinkingConfig | null {
  const { reasoning } = ask;
  if (traits.thinking === "none") return null;
  const shown = !reasoning?.exclude;
  const off = reasoning?.enabled === false || reasoning?.effort === "none";
  if (off) return switchedOff(traits);
  const asked =
    reasoning !== null &&
    (reasoning.effort !== null || reasoning.maxTokens !== null || reasoning.enabled === true);
  if (!asked) return traits.thinksByDefault ? { includeThoughts: shown } : null;
  const { effort, maxTokens } = reasoning;
  const limit = upstream.outputTokensMax ?? ask.outputTokensMax ?? upstream.outputTokensLimit;
  if (traits.thinking === "budget") {
    const budget =
      maxTokens ?? (effort === null ? null : Math.floor(limit * (shares[effort] ?? 0.5)));
    return {
      includeThoughts: shown,
      // -1: as much as it takes.
      thinkingBudget:
        budget === null
          ? -1
          : Math.min(
              Math.max(budget, traits.thinkingBudgetMin, 1),
              Math.max(traits.thinkingBudgetMax, 1),
            ),
    };
  }
  const wanted =
    effort === null
      ? maxTokens === null
        ? null
        : nearestEffort(maxTokens / Math.max(limit, 1))
      : effort;
  const level = wanted === null ? undefined : levels[wanted];
  return {
    includeThoughts: shown,
    ...(level === undefined ? {} : { thinkingLevel: nearestLevel(level, traits.thinkingLevels) }),
  };
}

function switchedOff(traits: Traits): ThinkingConfig {
  if (traits.thinking === "budget" && traits.thinkingBudgetMin === 0) return { thinkingBudget: 0 };
  // The weakest level hardly thinks; the models that lack it always do.
  if (traits.thinking === "level" && traits.thinkingLevels.includes("MINIMAL"))
    return { thinkingLevel: "MINIMAL" };
  throw new CannotEncode(
    "reasoning",
    'this model always thinks; ask for effort "low", or leave reasoning out',
  );
}

function nearestEffort(share: number): string {
  const [[nearest] = ["medium"]] = Object.entries(shares)
    .filter(([effort]) => effort !== "max")
    .toSorted(([, a], [, b]) => Math.abs(a - share) - Math.abs(b - share));
  return nearest;
}

/** Of two that are as near the weaker one, which costs less. */
function nearestLevel(
  wanted: GeminiThinkingLevel,
  known: readonly GeminiThinkingLevel[],
): GeminiThinkingLevel {
  const place = (level: GeminiThinkingLevel): number => geminiThinkingLevels.indexOf(level);
  const distance = (level: GeminiThinkingLevel): number => Math.abs(place(level) - place(wanted));
  const [nearest = wanted] = known.toSorted(
    (a, b) => distance(a) - distance(b) || place(a) - place(b),
  );
  return nearest;
}
