/** Which endpoint is meant; a person need not say what there is only one of. */
import type { AdminClient } from "../trpc/admin.ts";
import { listModels, type Model } from "./catalogue-commands.ts";
import { CliError } from "./context.ts";

/** At which provider, and which of its models, when there are several. */
export type EndpointOptions = { provider?: string; upstreamModel?: string };

/** The id of the one endpoint. @throws {CliError} that names the choices. */
export async function findEndpoint(
  admin: AdminClient,
  id: string,
  options: EndpointOptions,
): Promise<string> {
  const { endpoints } = await findModel(admin, id);
  const found = fitting(endpoints, options);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.id;
  const choices = endpoints.map(
    (endpoint) => `--provider ${endpoint.provider} --upstream-model ${endpoint.upstreamModel}`,
  );
  throw new CliError(
    `${id} has ${found.length === 0 ? "no such endpoint" : `${found.length} endpoints that fit`}; name one of:\n  ${choices.join("\n  ")}`,
  );
}

/** The model, disabled or not. @throws {CliError} when there is none. */
export async function findModel(admin: AdminClient, id: string): Promise<Model> {
  const model = (await listModels(admin, true)).find((each) => each.id === id);
  if (model === undefined) throw new CliError(`there is no model ${id}; see: turnpike models list`);
  return model;
}

/** Those of a model's endpoints that the options leave. */
export const fitting = <E extends { provider: string; upstreamModel: string }>(
  endpoints: readonly E[],
  { provider, upstreamModel }: EndpointOptions,
): E[] =>
  endpoints.filter(
    (endpoint) =>
      (provider === undefined || endpoint.provider === provider) &&
      (upstreamModel === undefined || endpoint.upstreamModel === upstreamModel),
  );
