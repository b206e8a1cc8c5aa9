/** What lies at a dotted path in parsed JSON ("data.0.id"), or undefined. */
export function readPath(json: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (at, name) => (at as Record<string, unknown> | null | undefined)?.[name],
      json,
    );
}
