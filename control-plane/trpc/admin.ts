/** `turnpike/admin`: every command of an installation, typed. The CLI and the dashboard use this client too. */
import { createTRPCClient, httpBatchLink, type TRPCClient } from "@trpc/client";
import type { AppRouter } from "./router.ts";

export type { AppRouter };
export type AdminClient = TRPCClient<AppRouter>;

/**
 * A client for the installation at `origin` (`http://127.0.0.1:4000`, with or without a slash at its end).
 * Money and prices are decimal strings in USD, instants ISO 8601 strings. A refusal is a `TRPCClientError` whose
 * `data.code` says which, and `data.zod.fieldErrors` which fields.
 * @param options.key a management key, `sk-tp-mgmt-…`.
 */
export function createAdminClient(options: { origin: string; key: string }): AdminClient {
  return createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${options.origin.replace(/\/+$/, "")}/trpc`,
        maxItems: 10, // the control plane refuses more
        maxURLLength: 4_000,
        headers: { authorization: `Bearer ${options.key}` },
      }),
    ],
  });
}
