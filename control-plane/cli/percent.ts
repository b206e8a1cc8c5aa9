import { UsageError } from "./context.ts";

/** "12.5%" to basis points, hundredths of a percent: 1,250. @throws {UsageError} for anything else. */
export function parsePercent(text: string): number {
  const [, whole = "", hundredths = ""] = /^(\d{1,5})(?:\.(\d{1,2}))?%?$/.exec(text.trim()) ?? [];
  if (whole === "")
    throw new UsageError(
      `expected a percentage with at most two decimals, such as 12.5%; got "${text}"`,
    );
  return Number(whole) * 100 + Number(hundredths.padEnd(2, "0"));
}

/** Basis points as a percentage: 1,250 is "12.5%". */
export const showPercent = (basisPoints: number): string =>
  `${Math.floor(basisPoints / 100)}${`.${String(basisPoints % 100).padStart(2, "0")}`.replace(/\.?0+$/, "")}%`;
