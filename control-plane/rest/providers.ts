/** GET /providers. */
import type { Call } from "./route.ts";

export async function answerProviders({ catalogue }: Call): Promise<object> {
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
