/** JSON Schema as Gemini takes it: all of it but `const`, which it refuses or overlooks, and which an enum of one value says too. */
import { isObject } from "../../operations/json-value.ts";

/** Under these stand schemas by name; everything in `properties` called "const" is a property and not the keyword. */
const named = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
const single = new Set([
  "items",
  "additionalProperties",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const lists = new Set(["anyOf", "oneOf", "allOf", "prefixItems", "items"]);

/** The same schema with an enum for each `const`. What is no schema (true, false) stays. The ask's depth is bounded by then. */
export function withoutConst(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name === "const") {
      if (!Array.isArray(schema["enum"])) result["enum"] = [value];
    } else if (named.has(name) && isObject(value))
      result[name] = Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, withoutConst(one)]),
      );
    else if (lists.has(name) && Array.isArray(value)) result[name] = value.map(withoutConst);
    else if (single.has(name)) result[name] = withoutConst(value);
    else result[name] = value;
  }
  return result;
}
