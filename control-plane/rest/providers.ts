/** GET /providers. */
import type { z } from "zod";
import type { Call } from "./route.ts";
import type { providersAnswer } from "./shapes/model.ts";

export async function answerProviders({
  catalogue,
}: Call): Promise<z.infer<typeof providersAnswer>> {
  const { providers } = await catalogue();
  return {
    data: providers.map(({ name, slug }) => ({
      name,
      slug,
      // Not kept; null is the contract's word for not known.
      privacy_policy_url: null,
      terms_of_service_url: null,
      status_page_url: null,
      headquarters: null,
      datacenters: null,
    })),
  };
}
