import { Option } from "commander";

/** One of a closed list of words. */
export type Choice<Words extends readonly string[]> = Words[number];

/** An option that takes one word of a list, and says which when it gets another. */
export const choice = (flags: string, description: string, words: readonly string[]): Option =>
  new Option(flags, description).choices(words);
