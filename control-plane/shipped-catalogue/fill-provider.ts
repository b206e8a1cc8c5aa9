import type { ShippedProvider } from "./providers.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What becomes part of a host or path may hold nothing that ends one or begins another; a header's value no line break. */
const safe = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9])?$/;

export type Filled =
  | { baseUrl: string; flags: Record<string, unknown> }
  /** Variables that have to be set first, or say what cannot stand there; a sentence each. */
  | { missing: string[] };

/** A shipped provider's address and flags with what this account has of its own in them. */
export function fillProvider(provider: ShippedProvider, environment: Environment): Filled {
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, { variable, example, absent }] of Object.entries(provider.variables)) {
    const value = environment[variable]?.trim() || absent;
    if (value === undefined) missing.push(`${variable}, such as ${example}`);
    else if (!safe.test(value) || value.includes("..") || value.includes("//"))
      missing.push(`${variable} of letters, digits, dots and dashes, such as ${example}`);
    else values[name] = value;
  }
  if (missing.length > 0) return { missing };
  const { location } = values;
  if (location !== undefined) values["vertex-host"] = vertexHostOf(location);
  const filled = (text: string): string =>
    text.replace(/\{([a-z-]+)\}/g, (whole, name: string) => values[name] ?? whole);
  const { headers } = provider.flags;
  return {
    baseUrl: filled(provider.baseUrl),
    flags: {
      ...provider.flags,
      ...(typeof headers === "object" && headers !== null
        ? {
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, value]) => [name, filled(String(value))]),
            ),
          }
        : {}),
    },
  };
}

/** contract/providers.md 4.6: the regions have hosts of their own, `global` and the two continents have others. */
function vertexHostOf(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}

/** The key that the environment holds for a provider, and the variable that it is in; null when there is none. */
export function keyIn(
  { keyVariable, otherKeyVariables = [] }: ShippedProvider,
  environment: Environment,
): { variable: string; key: string } | null {
  for (const variable of [keyVariable, ...otherKeyVariables]) {
    const key = environment[variable]?.trim();
    if (key) return { variable, key };
  }
  return null;
}
