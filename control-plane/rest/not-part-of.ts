/**
 * Paths of OpenRouter's API that are not answered here, with what to use instead. 404 and not 501: its SDK asks again for up
 * to an hour after any 5xx (openrouter-api.md 7.3).
 */
import { Refusal } from "./refusal.ts";

/** `path` is a beginning: whole words of a path below /api/v1, or a whole path that begins with a slash. */
export type Missing = { path: string; kind: "not built" | "not part"; instead: string };

const notPart = (path: string, instead: string): Missing => ({ path, kind: "not part", instead });
const notBuilt = (path: string, instead: string): Missing => ({ path, kind: "not built", instead });

export const missing: readonly Missing[] = [
  notBuilt("presets", "send the settings with each request"),
  notBuilt(
    "guardrails",
    "limits of keys and workspaces bound spend, and provider preferences of a request bound routing",
  ),
  notBuilt("auth/keys", "make keys with POST /api/v1/keys or `turnpike keys mint`"),
  notBuilt("oauth", "make keys with POST /api/v1/keys or `turnpike keys mint`"),
  notBuilt("generation/feedback", "keep it with the generation's id on your side"),
  notBuilt("audio", "ask a chat model that takes or gives audio"),
  notBuilt("images", "ask a chat model whose output_modalities have image"),
  notBuilt(
    "datasets",
    "GET /api/v1/activity and POST /api/v1/analytics/query tell what this installation was used for",
  ),
  notBuilt("benchmarks", "none is measured here; GET /api/v1/models tells prices and abilities"),
  notBuilt(
    "classifications",
    "nothing is classified here; POST /api/v1/analytics/query groups usage",
  ),
  notPart("videos", "ask the provider itself"),
  notPart("credits/coinbase", "an operator grants credit with `turnpike credits grant`"),
  notPart("observability", "gateways tell metrics at their control port; docs/operating.md"),
  notPart("scim", "members are kept with the `turnpike` command line"),
  notPart("files", "send a file within the request, as a data URL or an address"),
  notPart("containers", "run the tools on your side and send their results"),
  notPart("interns", "ask a model by POST /api/v1/chat/completions"),
  notPart("vault", "an operator keeps providers' keys with `turnpike providers`"),
  notPart("cursor", "POST /api/v1/chat/completions"),
  notPart("systemone", "POST /api/v1/chat/completions"),
  notPart("batches", "send the requests one by one"),
  notPart("/api/beta/batches", "send the requests one by one"),
  notPart("/api/alpha/decisions", "POST /api/v1/chat/completions"),
  // Members of a workspace: behind a name, so it is looked for by its end.
  notBuilt(
    "workspaces/*/members",
    "members belong to the organization; GET /api/v1/organization/members",
  ),
];

/** The refusal for a path of OpenRouter's that is not answered here; null for what is no path of its either. */
export function notPartOf(pathname: string): Refusal | null {
  const below = /^\/(?:api\/)?v1\/(.+?)\/?$/.exec(pathname)?.[1];
  const found = missing.find(({ path }) =>
    path.startsWith("/") ? begins(pathname, path) : below !== undefined && begins(below, path),
  );
  if (!found) return null;
  const { path, kind, instead } = found;
  const named = path.startsWith("/") ? path : `/api/v1/${path}`;
  return new Refusal(
    404,
    "not_found",
    kind === "not part"
      ? `${named} is not part of Turnpike; instead: ${instead}`
      : `${named} is not built in Turnpike yet; instead: ${instead}`,
  );
}

/** Whole words of a path; a star stands for any one. */
function begins(path: string, beginning: string): boolean {
  const words = path.split("/");
  return beginning.split("/").every((word, at) => word === "*" || word === words[at]);
}
