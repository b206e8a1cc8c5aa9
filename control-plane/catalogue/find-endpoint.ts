import { and, asc, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId } from "#schema/ids.ts";
import { endpoints, providers } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

/** An endpoint by its id, or by its model and its provider's slug or id; by its upstream model too, where there are several. */
export type EndpointName = {
  endpointId?: string | undefined;
  model?: string | undefined;
  provider?: string | undefined;
  upstreamModel?: string | undefined;
};

/** @throws {CommandError} not_found; bad_request when the name is incomplete, or fits several endpoints. */
export async function findEndpoint(
  tx: Transaction,
  name: EndpointName,
): Promise<typeof endpoints.$inferSelect> {
  if (name.endpointId === undefined && (name.model === undefined || name.provider === undefined)) {
    throw new CommandError(
      "bad_request",
      "expected endpointId, or model and provider, to say which endpoint is meant",
    );
  }
  const found = await tx
    .select({ endpoint: endpoints, slug: providers.slug })
    .from(endpoints)
    .innerJoin(providers, eq(providers.id, endpoints.providerId))
    .where(
      and(
        name.endpointId === undefined ? undefined : eq(endpoints.id, name.endpointId as EndpointId),
        name.model === undefined ? undefined : eq(endpoints.modelId, name.model),
        name.upstreamModel === undefined
          ? undefined
          : eq(endpoints.upstreamModel, name.upstreamModel),
      ),
    )
    .orderBy(asc(endpoints.upstreamModel));
  const fitting = found.filter(
    (row) =>
      name.provider === undefined ||
      row.slug === name.provider ||
      row.endpoint.providerId === name.provider,
  );
  const [only] = fitting;
  if (!only) {
    throw new CommandError(
      "not_found",
      name.endpointId === undefined
        ? `model ${name.model} has no such endpoint at provider ${name.provider}; models.list shows those that exist`
        : `no endpoint has the id ${name.endpointId}; models.list shows those that exist`,
    );
  }
  if (fitting.length > 1) {
    throw new CommandError(
      "bad_request",
      `upstreamModel: model ${name.model} has several endpoints at ${name.provider}; give one of ${fitting.map((row) => row.endpoint.upstreamModel).join(", ")}`,
    );
  }
  return only.endpoint;
}
