/** The OpenAPI 3.1 document of this API, made from the routes and the very schemas that parse their requests. */
import { z } from "zod";
import { budgetIntervals } from "../limits/limit-words.ts";
import { inferenceOperations, type InferenceOperation } from "./inference/operations.ts";
import type { Route } from "./route.ts";
import { refused } from "./shapes/refused.ts";

export type JsonSchema = { [name: string]: unknown };
export type Parameter = {
  name: string;
  in: "query" | "path";
  required: boolean;
  description?: string;
  schema: JsonSchema;
};
type Media = { [type: string]: { schema: JsonSchema } };
export type Operation = {
  tags: readonly [string];
  operationId: string;
  summary: string;
  security: readonly Record<string, readonly string[]>[];
  parameters?: readonly Parameter[];
  requestBody?: { required: true; content: Media };
  responses: Record<string, { description: string; content?: Media }>;
};
export type OpenApiDocument = {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: readonly { url: string; description: string }[];
  tags: readonly { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    securitySchemes: Record<string, JsonSchema>;
    schemas: Record<string, JsonSchema>;
  };
};

/** By the first word of a path. */
const topics: readonly { name: string; description: string; words: readonly string[] }[] = [
  {
    name: "Inference",
    description:
      "What the gateways answer. A refusal comes with its status, in the dialect's own shape.",
    words: ["chat", "responses", "messages", "completions", "rerank"],
  },
  {
    name: "Models",
    description: "What can be called, by whom it is offered, and for how much. No key is needed.",
    words: ["models", "model", "embeddings", "endpoints", "providers"],
  },
  {
    name: "Account",
    description: "The key that asks, its organization's credit, and single requests.",
    words: ["key", "auth", "credits", "generation"],
  },
  { name: "Keys", description: "Inference keys of the organization.", words: ["keys"] },
  {
    name: "Workspaces",
    description: "Environments of the organization, and what each may spend.",
    words: ["workspaces", "organization"],
  },
  {
    name: "Own credentials",
    description: "The organization's own keys at providers.",
    words: ["byok"],
  },
  {
    name: "Usage",
    description: "What was used, when and for what.",
    words: ["activity", "analytics"],
  },
  { name: "Description", description: "This API, described.", words: ["openapi.json", "docs"] },
];

const version = "1";

export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = {};
  const schemaOf = (schema: z.ZodType): JsonSchema => jsonSchemaOf(schema, schemas);
  const paths: OpenApiDocument["paths"] = {};
  const add = (path: string, method: string, operation: Operation): void => {
    (paths[`/${path}`] ??= {})[method.toLowerCase()] = operation;
  };
  for (const operation of inferenceOperations)
    add(operation.path, "post", inferenceOperation(operation, schemaOf));
  for (const route of routes) add(route.path, route.method, restOperation(route, schemaOf));
  return {
    openapi: "3.1.0",
    info: {
      title: "Turnpike",
      version,
      description:
        "One endpoint and one key in front of every LLM provider. It follows OpenRouter's API. Everything that can be asked below /api/v1 is here; administration beyond it is at /trpc, questions at /graphql.",
    },
    servers: [{ url: "/api/v1", description: "This installation" }],
    tags: topics.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        inferenceKey: { type: "http", scheme: "bearer", description: "sk-tp-v1-…" },
        managementKey: { type: "http", scheme: "bearer", description: "sk-tp-mgmt-v1-…" },
      },
      schemas,
    },
  };
}

function restOperation(route: Route, schemaOf: (schema: z.ZodType) => JsonSchema): Operation {
  const parameters = [...pathParameters(route.path), ...queryParameters(route.query, schemaOf)];
  const statuses = [
    ...(parameters.length > 0 || "body" in route ? [400] : []),
    ...(route.who === "anyone" ? [] : [401]),
    ...(route.who === "management" ? [403] : []),
    ...(route.path === "generation/content" ? [403] : []),
    ...(route.path.includes("{") || parameters.length > 0 || "body" in route ? [404] : []),
    ...("body" in route || route.method === "DELETE" ? [409] : []),
    ...("body" in route ? [408, 413, 415] : []),
    503,
  ];
  const answer = schemaOf(route.response);
  const type = typeof answer["contentMediaType"] === "string" ? answer["contentMediaType"] : json;
  return {
    tags: [topicOf(route.path)],
    operationId: operationId(route.method, route.path),
    summary: route.summary,
    security: securityOf(route.who),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...("body" in route
      ? { requestBody: { required: true, content: { [json]: { schema: schemaOf(route.body) } } } }
      : {}),
    responses: {
      ["status" in route ? route.status : 200]: {
        description: "The answer",
        content: { [type]: { schema: answer } },
      },
      ...refusals(statuses, schemaOf(refused)),
    },
  };
}

function inferenceOperation(
  operation: InferenceOperation,
  schemaOf: (schema: z.ZodType) => JsonSchema,
): Operation {
  return {
    tags: ["Inference"],
    operationId: operationId("POST", operation.path),
    summary: operation.summary,
    security: [{ inferenceKey: [] }],
    requestBody: { required: true, content: { [json]: { schema: schemaOf(operation.body) } } },
    responses: {
      200: {
        description: operation.streams
          ? "The answer; with `stream: true` as server-sent events"
          : "The answer",
        content: {
          [json]: { schema: schemaOf(operation.response) },
          ...(operation.streams ? { "text/event-stream": { schema: { type: "string" } } } : {}),
        },
      },
      ...refusals(
        [400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 503, 504, 529],
        schemaOf(operation.refused),
      ),
    },
  };
}

const json = "application/json";
const meanings: Record<number, string> = {
  400: "Something in the request is not what was expected; the message names it",
  401: "No key, or none that is known",
  402: "The credit does not cover what the request may cost",
  403: "The key may not do this",
  404: "There is no such thing",
  408: "The request took too long to arrive, or to be answered",
  409: "It is there already, or something else stands in the way",
  413: "The body is too large",
  415: "The body is compressed",
  429: "Too many requests; come back after `retry-after`",
  500: "Our fault; it has been logged",
  502: "No provider gave an answer",
  503: "Come back after `retry-after`",
  504: "The provider took too long",
  529: "The provider is overloaded",
};
const refusals = (statuses: readonly number[], schema: JsonSchema): Operation["responses"] =>
  Object.fromEntries(
    [...new Set(statuses)].map((status) => [
      status,
      { description: meanings[status] ?? "Refused", content: { [json]: { schema } } },
    ]),
  );

const securityOf = (who: Route["who"]): Operation["security"] => {
  if (who === "anyone") return [];
  return who === "key" ? [{ inferenceKey: [] }, { managementKey: [] }] : [{ managementKey: [] }];
};

const topicOf = (path: string): string =>
  topics.find(({ words }) => words.includes(path.split("/", 1)[0] ?? ""))?.name ?? "Description";

/** `GET keys/{hash}` is getKeysByHash. */
const operationId = (method: string, path: string): string =>
  method.toLowerCase() +
  path
    .split(/[/._]/)
    .map((word) => {
      const name = word.replaceAll(/[{}]/g, "");
      return `${word.startsWith("{") ? "By" : ""}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    })
    .join("");

/** Names in a path that are of a closed list. */
const closedNames: Record<string, JsonSchema> = { interval: { enum: [...budgetIntervals] } };
const pathParameters = (path: string): Parameter[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", ...(closedNames[name] ?? { minLength: 1 }) },
  }));

function queryParameters(
  query: z.ZodObject,
  schemaOf: (schema: z.ZodType) => JsonSchema,
): Parameter[] {
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties)
    .filter(([, { not }]) => not === undefined) // refused with a reason, not offered
    .map(([name, { description, ...schema }]) => ({
      name,
      in: "query",
      required: required.includes(name),
      ...(typeof description === "string" ? { description } : {}),
      schema,
    }));
}

/** What a schema accepts, as JSON Schema 2020-12. What has an id of its own goes to `shared` and is referred to. */
export function jsonSchemaOf(schema: z.ZodType, shared: Record<string, JsonSchema>): JsonSchema {
  // Within a tuple, so that a schema with an id is referred to even where it is the whole.
  const made = z.toJSONSchema(z.tuple([schema]), {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === "undefined") jsonSchema.not = {};
      delete jsonSchema.id;
      // The pattern of zod's instants is a page long, and `format` says the same.
      if (jsonSchema.format === "date-time" || jsonSchema.format === "date")
        delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.description === "") delete jsonSchema.description;
    },
  });
  const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $defs = {}, prefixItems: [whole = {}] = [] } = JSON.parse(text) as {
    $defs?: Record<string, JsonSchema>;
    prefixItems?: JsonSchema[];
  };
  Object.assign(shared, $defs);
  return whole;
}
