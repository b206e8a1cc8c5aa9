import { z } from "zod";
import type { Actor } from "../actor.ts";
import type { Runtime } from "../runtime.ts";
import type { Catalogue } from "./read-catalogue.ts";
import type { GenerationWaiters } from "./await-generation.ts";

export type Call = {
  runtime: Runtime;
  /** What the pattern's `{names}` stood for, decoded. */
  parameters: Readonly<Record<string, string>>;
  /** The query string as it came, for writing it again in a link. What it says reaches `answer` parsed. */
  search: URLSearchParams;
  /** Aborted when the client has left. */
  signal: AbortSignal;
  /** The catalogue as it stands. */
  catalogue: () => Promise<Catalogue>;
  generations: GenerationWaiters;
};
export type KeyCall = Call & { actor: Actor };

/** Answered instead of JSON. `etag` and `cache-control` make it one that clients may keep. */
export class Page {
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  constructor(contentType: string, text: string, headers: Readonly<Record<string, string>>) {
    this.contentType = contentType;
    this.bytes = Buffer.from(text);
    this.headers = headers;
  }
}

/** What the OpenAPI document says of an operation, and what a request is parsed by. */
type About = {
  path: string;
  /** One line: what it is for. */
  summary: string;
  /** The query parameters: a name that is not in it does not reach `answer`. An empty value is an absent one. */
  query: z.ZodObject;
  /** The whole answer. Its members are a promise: more of them may come, none goes. */
  response: z.ZodType;
};

/**
 * One operation below /api/v1. `who` has no default, so that nobody opens a door by forgetting: anyone needs no key, key
 * needs one of either kind, management one of that kind. What changes something takes a management key of the role admin
 * or above (`administers`).
 */
export type Route = About &
  (
    | { method: "GET"; who: "anyone"; answer: (call: Call, query: never) => Promise<object> }
    | {
        method: "GET";
        who: "key" | "management";
        answer: (call: KeyCall, query: never) => Promise<object>;
      }
    | {
        method: "DELETE";
        who: "management";
        administers: boolean;
        answer: (call: KeyCall) => Promise<object>;
      }
    | {
        method: "POST" | "PATCH" | "PUT";
        who: "management";
        administers: boolean;
        status: 200 | 201;
        body: z.ZodType;
        answer: (call: KeyCall, body: never) => Promise<object>;
      }
  );
export type Method = Route["method"];

const noQuery: z.ZodObject = z.object({});

/** A GET that needs no key. */
export const open = <Query>(path: string, { query, ...rest }: Reading<Call, Query>): Route => ({
  method: "GET",
  path,
  who: "anyone",
  query: query ?? noQuery,
  ...rest,
});

/** A GET that needs a key. The query is parsed by `query` before `answer` sees it. */
export const read = <Query>(
  who: "key" | "management",
  path: string,
  { query, ...rest }: Reading<KeyCall, Query>,
): Route => ({ method: "GET", path, who, query: query ?? noQuery, ...rest });

type Reading<Called, Query> = {
  summary: string;
  response: z.ZodType;
  query?: z.ZodObject & z.ZodType<Query>;
  answer: (call: Called, query: Query) => Promise<object>;
};

/** What changes something, or asks by a body. The body is parsed by `body` before `answer` sees it. */
export const write = <Shape>(
  method: "POST" | "PATCH" | "PUT",
  path: string,
  {
    status = 200,
    administers = true,
    ...rest
  }: {
    summary: string;
    response: z.ZodType;
    body: z.ZodType<Shape>;
    status?: 200 | 201;
    administers?: boolean;
    answer: (call: KeyCall, body: Shape) => Promise<object>;
  },
): Route => ({ method, path, who: "management", administers, status, query: noQuery, ...rest });

export const remove = (
  path: string,
  rest: Pick<About, "summary" | "response"> & { answer: (call: KeyCall) => Promise<object> },
): Route => ({
  method: "DELETE",
  path,
  who: "management",
  administers: true,
  query: noQuery,
  ...rest,
});
