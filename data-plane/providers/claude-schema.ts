/** JSON Schema as Claude's structured output takes it, at Anthropic and on Bedrock: it answers 400 to the keywords it does not enforce. */
import { isObject } from "../operations/json-value.ts";

/** Not enforced, hence refused (contract/providers.md 4.2). */
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
const formats: ReadonlySet<unknown> = new Set([
  "date-time",
  "date",
  "time",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);
/** Keywords whose value maps names to schemas: the names are not keywords. */
const maps: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);
/** Keywords whose value is data, not a schema. */
const data: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "required"]);

/** A copy without what is refused; `oneOf` is asked for as `anyOf`, and an object takes no members beyond its own. */
export function schemaSubset(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(schemaSubset);
  if (!isObject(schema)) return schema;
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (refused.has(name) || (name === "format" && !formats.has(value))) continue;
    if (data.has(name)) kept[name] = value;
    else if (maps.has(name) && isObject(value))
      kept[name] = Object.fromEntries(
        // `true` is a schema too, and one that is not taken.
        Object.entries(value).map(([property, one]) => [
          property,
          one === true ? {} : schemaSubset(one),
        ]),
      );
    else kept[name === "oneOf" ? "anyOf" : name] = schemaSubset(value);
  }
  const { type, properties } = kept;
  if (type === "object" || (Array.isArray(type) && type.includes("object")) || isObject(properties))
    kept["additionalProperties"] = false;
  return kept;
}
