import type { RequestListener } from "node:http";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { Runtime } from "../runtime.ts";
import { appRouter } from "./router.ts";

/** What the client sends together at most (`admin.ts` keeps to it); each one may hold a connection to the database. */
export const batchMax = 10;

/** The door `/trpc`: the key is read from the Authorization header, by each procedure. */
export function trpcHandler(
  runtime: Runtime,
  { bodyBytesMax }: { bodyBytesMax: number },
): RequestListener {
  return createHTTPHandler({
    router: appRouter,
    basePath: "/trpc/",
    createContext: ({ req }) => ({ runtime, authorization: req.headers.authorization }),
    maxBatchSize: batchMax,
    maxBodySize: bodyBytesMax,
  });
}
