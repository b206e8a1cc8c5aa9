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
 * One GET operation below /api/v1. `who` has no default, so that nobody opens a door by forgetting: anyone needs no
 * key, key needs one of either kind, management one of that kind.
 */
export type Route =
  | { path: string; who: "anyone"; answer: (call: Call) => Promise<object> }
  | { path: string; who: "key" | "management"; answer: (call: KeyCall) => Promise<object> };
