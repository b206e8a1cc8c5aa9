import type { z } from "zod";
import type { Actor } from "../actor.ts";
import type { Runtime } from "../runtime.ts";
import type { Catalogue } from "./read-catalogue.ts";
import type { GenerationWaiters } from "./await-generation.ts";

export type Call = {
  runtime: Runtime;
  /** What the pattern's `{names}` stood for, decoded. */
  parameters: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Aborted when the client has left. */
  signal: AbortSignal;
  /** The catalogue as it stands. */
  catalogue: () => Promise<Catalogue>;
  generations: GenerationWaiters;
};
export type KeyCall = Call & { actor: Actor };

/**
 * One operation below /api/v1. `who` has no default, so that nobody opens a door by forgetting: anyone needs no key, key
 * needs one of either kind, management one of that kind. What changes something takes a management key of the role admin
 * or above (`administers`).
 */
export type Route =
  | { method: "GET"; path: string; who: "anyone"; answer: (call: Call) => Promise<object> }
  | {
      method: "GET";
      path: string;
      who: "key" | "management";
      answer: (call: KeyCall) => Promise<object>;
    }
  | {
      method: "DELETE";
      path: string;
      who: "management";
      administers: boolean;
      answer: (call: KeyCall) => Promise<object>;
    }
  | {
      method: "POST" | "PATCH" | "PUT";
      path: string;
      who: "management";
      administers: boolean;
      status: 200 | 201;
      body: z.ZodType;
      answer: (call: KeyCall, body: never) => Promise<object>;
    };
export type Method = Route["method"];

/** A GET that needs no key. */
export const open = (path: string, answer: (call: Call) => Promise<object>): Route => ({
  method: "GET",
  path,
  who: "anyone",
  answer,
});

/** A GET that needs a key. */
export const read = (
  who: "key" | "management",
  path: string,
  answer: (call: KeyCall) => Promise<object>,
): Route => ({ method: "GET", path, who, answer });

/** What changes something, or asks by a body. The body is parsed by `body` before `answer` sees it. */
export const write = <Shape>(
  method: "POST" | "PATCH" | "PUT",
  path: string,
  {
    body,
    status = 200,
    administers = true,
    answer,
  }: {
    body: z.ZodType<Shape>;
    status?: 200 | 201;
    administers?: boolean;
    answer: (call: KeyCall, body: Shape) => Promise<object>;
  },
): Route => ({ method, path, who: "management", administers, status, body, answer });

export const remove = (path: string, answer: (call: KeyCall) => Promise<object>): Route => ({
  method: "DELETE",
  path,
  who: "management",
  administers: true,
  answer,
});
