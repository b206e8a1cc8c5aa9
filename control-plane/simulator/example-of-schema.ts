// The smallest value that a JSON Schema accepts, near enough to show that a tool call arrives whole.

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const depthMax = 16; // a schema may refer to itself; nobody reads further down than this

/** An object with the required fields only; `{}` when there are none or the schema is unreadable. */
export function exampleOfSchema(schema: unknown, depth = 0): Json {
  if (depth > depthMax || !isRecord(schema)) return {};
  const given = firstGiven(schema);
  if (given !== undefined) return given as Json;

  for (const choices of [schema["anyOf"], schema["oneOf"], schema["allOf"]]) {
    if (Array.isArray(choices) && choices.length > 0) return exampleOfSchema(choices[0], depth + 1);
  }

  const type: unknown = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  switch (type) {
    case "string":
      return "example";
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" ? schema["minimum"] : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return exampleItems(schema, depth);
    default:
      return exampleFields(schema, depth);
  }
}

function firstGiven(schema: Record<string, unknown>): unknown {
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) return schema["enum"][0];
  return schema["default"];
}

function exampleItems(schema: Record<string, unknown>, depth: number): Json[] {
  const itemsMin = schema["minItems"];
  if (typeof itemsMin !== "number" || itemsMin < 1) return [];
  // One is enough to be seen, and a hostile minItems must not fill the memory.
  return Array.from({ length: Math.min(itemsMin, 8) }, () =>
    exampleOfSchema(schema["items"], depth + 1),
  );
}

function exampleFields(schema: Record<string, unknown>, depth: number): { [name: string]: Json } {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const required: unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  const names = required.filter((name) => typeof name === "string");
  return Object.fromEntries(
    names.map((name) => [name, exampleOfSchema(properties[name], depth + 1)]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
