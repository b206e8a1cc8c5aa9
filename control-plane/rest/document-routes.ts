/** The description of this API, for programs and for people: both made once, from the table of routes. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { openApiDocument } from "./openapi-document.ts";
import { referencePage } from "./reference-page.ts";
import { open, Page, type Route } from "./route.ts";

// Revalidated by its ETag after this; it changes only with the version that runs.
const keptSeconds = 300;

/** /openapi.json and /docs, about `routes` and themselves. */
export function documentRoutes(routes: readonly Route[]): readonly Route[] {
  let made: { json: Page; html: Page } | null = null;
  const make = (): { json: Page; html: Page } => {
    const document = openApiDocument([...routes, ...own]);
    const { html, contentSecurityPolicy } = referencePage(document);
    return {
      json: keptPage("application/json; charset=utf-8", JSON.stringify(document)),
      html: keptPage("text/html; charset=utf-8", html, {
        "content-security-policy": contentSecurityPolicy,
        "referrer-policy": "no-referrer",
      }),
    };
  };
  const own: readonly Route[] = [
    open("openapi.json", {
      summary: "This description, as OpenAPI 3.1",
      response: z.looseObject({ openapi: z.string() }),
      answer: () => Promise.resolve((made ??= make()).json),
    }),
    open("docs", {
      summary: "This description, to read",
      response: z.string().meta({ contentMediaType: "text/html" }),
      answer: () => Promise.resolve((made ??= make()).html),
    }),
  ];
  return own;
}

function keptPage(
  contentType: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Page {
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
  return new Page(contentType, text, {
    ...headers,
    etag,
    "cache-control": `public, max-age=${keptSeconds}`,
  });
}
