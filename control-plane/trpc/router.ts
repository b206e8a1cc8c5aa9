/** Every command, `room.verb`. */
import { budgetsRouter } from "./budgets-router.ts";
import { catalogueRouter } from "./catalogue-router.ts";
import { configurationRouter } from "./configuration-router.ts";
import { credentialsRouter } from "./credentials-router.ts";
import { creditsRouter } from "./credits-router.ts";
import { deadLettersRouter } from "./dead-letters-router.ts";
import { gatewaysRouter } from "./gateways-router.ts";
import { keysRouter } from "./keys-router.ts";
import { ledgerRouter } from "./ledger-router.ts";
import { limitsRouter } from "./limits-router.ts";
import { modelsRouter } from "./models-router.ts";
import { organizationsRouter } from "./organizations-router.ts";
import { pricesRouter } from "./prices-router.ts";
import { pricingRouter } from "./pricing-router.ts";
import { router } from "./procedures.ts";
import { providersRouter } from "./providers-router.ts";
import { rateTiersRouter } from "./rate-tiers-router.ts";
import { spoolRouter } from "./spool-router.ts";
import { workspacesRouter } from "./workspaces-router.ts";

export const appRouter = router({
  budgets: budgetsRouter,
  catalogue: catalogueRouter,
  configuration: configurationRouter,
  credentials: credentialsRouter,
  credits: creditsRouter,
  deadLetters: deadLettersRouter,
  gateways: gatewaysRouter,
  keys: keysRouter,
  ledger: ledgerRouter,
  limits: limitsRouter,
  models: modelsRouter,
  organizations: organizationsRouter,
  prices: pricesRouter,
  pricing: pricingRouter,
  providers: providersRouter,
  rateTiers: rateTiersRouter,
  spool: spoolRouter,
  workspaces: workspacesRouter,
});
export type AppRouter = typeof appRouter;
