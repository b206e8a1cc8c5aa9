/** What differs between models and hosts that speak Anthropic's Messages: flags of a provider or endpoint, with what holds without one. */
import type { Flags } from "../wire-protocol.ts";

export const efforts = ["low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof efforts)[number];

/**
 * How a model is told to think. `adaptive`: by effort, and it can be switched off. `always`: by effort, and it cannot.
 * `budget`: by a number of tokens, off unless asked. `none`: it does not think, and is told nothing about it.
 */
export const thinkingStyles = ["adaptive", "always", "budget", "none"] as const;
export type ThinkingStyle = (typeof thinkingStyles)[number];

/** docs/providers/anthropic-messages.md has the table of flags; a default is what most models of Anthropic's own take. */
export const thinkingStyleOf = ({ thinking }: Flags): ThinkingStyle =>
  thinkingStyles.find((style) => style === thinking) ?? "adaptive";

/** Which efforts the model knows, least first. */
export function effortsOf(flags: Flags): readonly Effort[] {
  const named = flags["efforts"];
  if (!Array.isArray(named)) return efforts;
  const known = efforts.filter((effort) => named.includes(effort));
  return known.length > 0 ? known : efforts;
}

/** A flag that holds unless it is set to false. */
export const unlessOff = (flags: Flags, name: string): boolean => flags[name] !== false;

export const textFlag = (flags: Flags, name: string): string | null => {
  const value = flags[name];
  return typeof value === "string" && value !== "" ? value : null;
};

const betaName = /^[a-z0-9][a-z0-9._-]{0,79}$/i;

/** The `anthropic-beta` of a request: what the row always asks for, and of the client's what the row lets through. */
export function betasOf(flags: Flags, asked: readonly string[]): string[] {
  const always: unknown[] = Array.isArray(flags["betas"]) ? flags["betas"] : [];
  const passes = flags["clientBetas"] ?? true;
  const passed = asked.filter(
    (name) => passes === true || (Array.isArray(passes) && passes.includes(name)),
  );
  const names = [...always, ...passed].filter(
    (name): name is string => typeof name === "string" && betaName.test(name),
  );
  return [...new Set(names)];
}
