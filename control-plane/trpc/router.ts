/** Every command, `room.verb`. */
import { configurationRouter } from "./configuration-router.ts";
import { creditsRouter } from "./credits-router.ts";
import { keysRouter } from "./keys-router.ts";
import { modelsRouter } from "./models-router.ts";
import { organizationsRouter } from "./organizations-router.ts";
import { pricesRouter } from "./prices-router.ts";
import { router } from "./procedures.ts";
import { providersRouter } from "./providers-router.ts";

export const appRouter = router({
  configuration: configurationRouter,
  credits: creditsRouter,
  keys: keysRouter,
  models: modelsRouter,
  organizations: organizationsRouter,
  prices: pricesRouter,
  providers: providersRouter,
});
export type AppRouter = typeof appRouter;
