// The part of JSON Schema 2020-12 that our OpenAPI document is written in: values that fit a schema, by fast-check, and
// what is wrong with one that does not. A keyword that is not known here throws, so that none is passed over in silence.
import fc from "fast-check";

export type Schema = { readonly [name: string]: unknown };
/** By the last word of a `$ref`. */
export type Shared = Readonly<Record<string, Schema>>;

const known = new Set(
  (
    "$ref type enum const anyOf oneOf not properties required additionalProperties propertyNames maxProperties items minItems maxItems " +
    "minimum maximum minLength maxLength pattern format default description contentMediaType"
  ).split(" "),
);
const rowsMax = 4;
const charactersMax = 60;

/** Values that fit. Lists are short, and an object has now and then a member more where it may. */
export function valuesOf(schema: Schema, shared: Shared): fc.Arbitrary<unknown> {
  const { type, anyOf, oneOf, enum: words, properties } = checked(schema);
  if (typeof schema["$ref"] === "string") return valuesOf(resolve(schema, shared), shared);
  if ("const" in schema) return fc.constant(schema["const"]);
  if (Array.isArray(words)) return fc.constantFrom<unknown>(...words);
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (choices && properties === undefined)
    return fc.oneof(...choices.map((choice) => valuesOf(choice, shared)));
  if (Array.isArray(type))
    return fc.oneof(...type.map((one: unknown) => valuesOf({ ...schema, type: one }, shared)));
  switch (type) {
    case "string":
      return textsOf(schema);
    case "integer":
      return fc.integer({
        min: numberOf(schema, "minimum") ?? -1_000_000,
        max: Math.min(numberOf(schema, "maximum") ?? 1_000_000_000, 2 ** 31 - 1),
      });
    case "number":
      return fc
        .double({
          min: numberOf(schema, "minimum") ?? -1e6,
          max: numberOf(schema, "maximum") ?? 1e6,
          noNaN: true,
          noDefaultInfinity: true,
        })
        .map((value) => (Object.is(value, -0) ? 0 : value));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array": {
      const least = numberOf(schema, "minItems") ?? 0;
      return fc.array(valuesOf((schema["items"] ?? {}) as Schema, shared), {
        minLength: least,
        maxLength: Math.min(numberOf(schema, "maxItems") ?? rowsMax, least + rowsMax),
      });
    }
    case "object":
      return objectsOf(schema, shared);
    case undefined:
      return fc.jsonValue({ maxDepth: 2 });
    default:
      throw new Error(`a schema of the type ${JSON.stringify(type)}`);
  }
}

function textsOf(schema: Schema): fc.Arbitrary<string> {
  const { format, pattern } = schema;
  const minLength = numberOf(schema, "minLength") ?? 0;
  const maxLength = Math.min(numberOf(schema, "maxLength") ?? charactersMax, charactersMax);
  const instants = fc.date({
    min: new Date("2020-01-01T00:00:00Z"),
    max: new Date("2040-01-01T00:00:00Z"),
    noInvalidDate: true,
  });
  if (format === "date-time") return instants.map((date) => date.toISOString());
  if (format === "date") return instants.map((date) => date.toISOString().slice(0, 10));
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern));
  const texts = fc
    .string({ unit: "grapheme", minLength, maxLength: Math.max(minLength, maxLength / 4) })
    .filter((text) => text.length <= maxLength);
  // JSON can carry the one character that Postgres cannot.
  return fc.oneof(
    { weight: 15, arbitrary: texts },
    { weight: 1, arbitrary: texts.map((text) => `${text.slice(1)}\u0000`) },
  );
}

function objectsOf(schema: Schema, shared: Shared): fc.Arbitrary<unknown> {
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const required = (schema["required"] ?? []) as string[];
  const possible = Object.entries(properties).filter(([, { not }]) => not === undefined);
  const members = fc.record(
    Object.fromEntries(possible.map(([name, member]) => [name, valuesOf(member, shared)])),
    { requiredKeys: required },
  );
  const alternatives = ((schema["anyOf"] ?? [{}]) as { required?: string[] }[]).map(
    ({ required: names = [] }) => names,
  );
  const more = schema["additionalProperties"];
  const names = (schema["propertyNames"] ?? {}) as Schema;
  const beyond =
    more === false || more === undefined
      ? fc.constant({})
      : fc.dictionary(
          textsOf({ ...names, minLength: 1 }).filter((name) => !(name in properties)),
          valuesOf(more as Schema, shared),
          { maxKeys: 2 },
        );
  return fc.tuple(members, beyond, fc.constantFrom(...alternatives)).chain(([said, extra, musts]) =>
    fc
      .record(
        Object.fromEntries(musts.map((name) => [name, valuesOf(properties[name] ?? {}, shared)])),
      )
      .map((forced) => {
        const whole: Record<string, unknown> = { ...extra, ...said, ...forced };
        const apart = (schema["not"] as { required?: string[] } | undefined)?.required ?? [];
        if (apart.length > 0 && apart.every((name) => name in whole))
          delete whole[apart.at(-1) ?? ""];
        return whole;
      }),
  );
}

/** One line for each thing that does not fit, with where it stands; none when the value fits. */
export function misfits(value: unknown, schema: Schema, shared: Shared, at = ""): string[] {
  const { type, anyOf, oneOf, enum: words, not } = checked(schema);
  if (typeof schema["$ref"] === "string")
    return misfits(value, resolve(schema, shared), shared, at);
  const wrong: string[] = [];
  const say = (text: string): void => void wrong.push(`${at === "" ? "it" : at} ${text}`);
  if ("const" in schema && value !== schema["const"])
    say(`is not ${JSON.stringify(schema["const"])}`);
  if (Array.isArray(words) && !words.includes(value)) say(`is none of ${words.join(", ")}`);
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (choices && !choices.some((choice) => misfits(value, choice, shared, at).length === 0))
    say(
      `fits no alternative: ${choices.map((choice) => misfits(value, choice, shared, at)[0]).join(" / ")}`,
    );
  if (not !== undefined && misfits(value, not as Schema, shared, at).length === 0)
    say("is what it must not be");
  if (type !== undefined && ![type].flat().some((one) => isOf(value, one)))
    say(`is no ${JSON.stringify(type)}: ${(JSON.stringify(value) ?? "nothing").slice(0, 60)}`);
  if (typeof value === "number") {
    if (value < (numberOf(schema, "minimum") ?? -Infinity)) say("is too small");
    if (value > (numberOf(schema, "maximum") ?? Infinity)) say("is too large");
  }
  if (typeof value === "string") {
    if (value.length < (numberOf(schema, "minLength") ?? 0)) say("is too short");
    if (value.length > (numberOf(schema, "maxLength") ?? Infinity)) say("is too long");
    const { pattern, format } = schema;
    if (typeof pattern === "string" && !new RegExp(pattern).test(value))
      say(`does not match ${pattern}`);
    if (format === "date-time" && !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value))
      say("is no instant");
    if (format === "date" && !/^\d{4}-\d\d-\d\d$/.test(value)) say("is no date");
  }
  if (Array.isArray(value)) {
    if (value.length < (numberOf(schema, "minItems") ?? 0)) say("has too few");
    if (value.length > (numberOf(schema, "maxItems") ?? Infinity)) say("has too many");
    const { items } = schema;
    if (items !== undefined)
      for (const [index, one] of value.entries())
        wrong.push(...misfits(one, items as Schema, shared, `${at}[${index}]`));
  } else if (typeof value === "object" && value !== null) {
    const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
    for (const name of (schema["required"] ?? []) as string[])
      if (!Object.hasOwn(value, name)) say(`lacks ${name}`);
    const names = schema["propertyNames"] as Schema | undefined;
    if (Object.keys(value).length > (numberOf(schema, "maxProperties") ?? Infinity))
      say("has too many members");
    for (const [name, member] of Object.entries(value)) {
      if (names) wrong.push(...misfits(name, names, shared, `the name ${name.slice(0, 40)}`));
      const of = Object.hasOwn(properties, name)
        ? properties[name]
        : schema["additionalProperties"];
      if (of === false) say(`has ${name}, which is not described`);
      else if (of !== undefined)
        wrong.push(...misfits(member, of as Schema, shared, at === "" ? name : `${at}.${name}`));
    }
  }
  return wrong;
}

/** The same schema, with nothing allowed beyond what it describes: to find what an answer has and the document has not. */
export function closed(schema: Schema): Schema {
  return JSON.parse(
    JSON.stringify(schema, (_name, value: unknown) =>
      typeof value === "object" && value !== null && "properties" in value
        ? "additionalProperties" in value || "required" in value === false
          ? value
          : { ...value, additionalProperties: false }
        : value,
    ),
  ) as Schema;
}

function isOf(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function checked(schema: Schema): Schema {
  const stranger = Object.keys(schema).find((name) => !known.has(name));
  if (stranger !== undefined) throw new Error(`the keyword ${stranger} is not known here`);
  return schema;
}

function resolve({ $ref }: Schema, shared: Shared): Schema {
  const found = shared[String($ref).split("/").at(-1) ?? ""];
  if (!found) throw new Error(`${String($ref)} leads nowhere`);
  return found;
}

function numberOf(schema: Schema, name: string): number | undefined {
  const value = schema[name];
  return typeof value === "number" ? value : undefined;
}
