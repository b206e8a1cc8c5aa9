/** A JSON schema in the part of the language that Claude's structured output knows (contract/providers.md 4.2). */
import { isObject } from "../../operations/json-value.ts";

/** They bound values, which is refused; the model sees what is left, and the client's own check holds. */
const refused: ReadonlySet<string> = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "contains",
  "minProperties",
  "maxProperties",
  "patternProperties",
  "propertyNames",
]);
const formats: ReadonlySet<unknown> = new Set(
  "date-time date time duration email hostname uri ipv4 ipv6 uuid".split(" "),
);
/** Members that hold schemas by names of the client's own. */
const named: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);
/** Members that hold values, and no schema. */
const literal: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "required"]);

export function plainSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (refused.has(name) || (name === "format" && !formats.has(value))) continue;
    const kept = name === "oneOf" ? "anyOf" : name;
    if (literal.has(name)) plain[kept] = value;
    else if (named.has(name) && isObject(value))
      plain[kept] = Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, inner === true ? {} : plainOf(inner)]),
      );
    else plain[kept] = plainOf(value);
  }
  // Objects have to be closed.
  if (plain["type"] === "object" || isObject(plain["properties"]))
    plain["additionalProperties"] = false;
  return plain;
}

const plainOf = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(plainOf) : isObject(value) ? plainSchema(value) : value;
