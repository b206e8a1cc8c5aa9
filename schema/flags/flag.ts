/**
 * What a flag of a provider or endpoint is: a fact about one upstream API that differs between those who speak it. Each
 * protocol has one list (a file here), which the config file, the API, the docs and the gateway all go by.
 */
export type Flag<Value = unknown> = {
  /** What may stand there, as the docs and an error show it. */
  values: string;
  /** What holds when the flag is not there. */
  absent: Value;
  /** One sentence, or part of one, for the docs. */
  meaning: string;
  /** The value, or undefined when it is not one of this flag's. */
  parse: (value: unknown) => Value | undefined;
};
export type FlagList = Readonly<Record<string, Flag>>;
/** What a protocol reads: every flag of the list by its name, absent ones filled in. */
export type FlagValues<List extends FlagList> = {
  readonly [Name in keyof List]: List[Name]["absent"];
};

/** One of some words. */
export const word = <const Values extends readonly string[], Absent extends Values[number] | null>(
  values: Values,
  absent: Absent,
  meaning: string,
): Flag<Values[number] | Absent> => ({
  values: values.map((value) => `\`${value}\``).join(", "),
  absent,
  meaning,
  parse: (value) => values.find((one) => one === value),
});

/** A list of some words, each once. */
export const words = <
  const Values extends readonly string[],
  Absent extends readonly Values[number][] | null,
>(
  values: Values,
  absent: Absent & (readonly Values[number][] | (Absent extends null ? null : never)),
  meaning: string,
): Flag<readonly Values[number][] | (Absent extends null ? null : never)> => ({
  values: `a list of ${values.map((value) => `\`${value}\``).join(", ")}`,
  absent,
  meaning,
  parse(value) {
    if (!Array.isArray(value) || new Set(value).size !== value.length) return undefined;
    const known = value.flatMap((one) => values.filter((each) => each === one));
    return known.length === value.length ? known : undefined;
  },
});

/** @param absent null where "not said" is something else than both. */
export const boolean = <Absent extends boolean | null>(
  absent: Absent,
  meaning: string,
): Flag<boolean | Absent> => ({
  values: "`true`, `false`",
  absent,
  meaning,
  parse: (value) => (typeof value === "boolean" ? value : undefined),
});

/** A number within bounds, both of them allowed. */
export const number = <Absent extends number | null>(
  { least, most, whole = true }: { least: number; most: number; whole?: boolean },
  absent: Absent,
  meaning: string,
): Flag<number | Absent> => ({
  values: `a ${whole ? "whole " : ""}number from ${least.toLocaleString("en-US")} to ${most.toLocaleString("en-US")}`,
  absent,
  meaning,
  parse: (value) =>
    typeof value === "number" &&
    value >= least &&
    value <= most &&
    (!whole || Number.isInteger(value))
      ? value
      : undefined,
});

/** Text that all of a pattern describes. @param like an example, as the docs show it. */
export const text = <Absent extends string | null>(
  { pattern, like }: { pattern: RegExp; like: string },
  absent: Absent,
  meaning: string,
): Flag<string | Absent> => ({
  values: `text such as \`${like}\``,
  absent,
  meaning,
  parse: (value) =>
    typeof value === "string" && value.length <= 500 && pattern.test(value) ? value : undefined,
});

/** A list of texts that all of a pattern describes. */
export const texts = <const Absent extends readonly string[] | null>(
  { pattern, like }: { pattern: RegExp; like: string },
  absent: Absent,
  meaning: string,
): Flag<readonly string[] | (Absent extends null ? null : never)> => ({
  values: `a list of texts such as \`${like}\``,
  absent: absent as readonly string[] | (Absent extends null ? null : never),
  meaning,
  parse: (value) =>
    Array.isArray(value) &&
    value.length <= 100 &&
    value.every((one) => typeof one === "string" && pattern.test(one))
      ? (value as string[])
      : undefined,
});

/** JSON members. @param like an example, as the docs show it. */
export const members = (
  like: string,
  meaning: string,
  accepts: (name: string, value: unknown) => boolean = () => true,
): Flag<Readonly<Record<string, unknown>> | null> => ({
  values: `members such as \`${like}\``,
  absent: null,
  meaning,
  parse: (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, member]) => accepts(name, member))
      ? (value as Record<string, unknown>)
      : undefined,
});

/**
 * Reads all flags of a list at once, the same object for the same row. A value that is none of its flag's (an older row)
 * counts as absent: `checkFlags` refuses it where it is written.
 */
export function flagReader<List extends FlagList>(
  list: List,
): (flags: Readonly<Record<string, unknown>>) => FlagValues<List> {
  const known = new WeakMap<object, FlagValues<List>>();
  return (flags) => {
    const before = known.get(flags);
    if (before) return before;
    const values = Object.fromEntries(
      Object.entries(list).map(([name, flag]) => [name, flag.parse(flags[name]) ?? flag.absent]),
    ) as FlagValues<List>;
    known.set(flags, values);
    return values;
  };
}
