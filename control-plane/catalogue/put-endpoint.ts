import { isDeepStrictEqual } from "node:util";
import { and, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type EndpointId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { endpoints, type DataPolicy } from "#schema/tables/catalogue.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { checkFlags } from "#schema/flags/check-flags.ts";
import { CommandError } from "../command-error.ts";
import { findModel } from "./find-model.ts";
import { findProvider } from "./find-provider.ts";

export type PutEndpointInput = {
  modelId: string;
  providerId: ProviderId;
  /** What the provider calls the model. */
  upstreamModel: string;
  /** Null or absent: as the model says. */
  contextLength?: number | null | undefined;
  maxOutputTokens?: number | null | undefined;
  quantization?: string | null | undefined;
  /** Whether hanging up stops the provider's bill; true when absent. */
  cancellable?: boolean | undefined;
  /** How it is spoken to; null or absent: as its provider is. */
  protocol?: WireProtocolName | null | undefined;
  /** Over the provider's; none when absent. */
  flags?: Record<string, unknown> | undefined;
  /** Which of several endpoints of one provider this is; clients name it `provider/tag`. */
  tag?: string | null | undefined;
  /** Null or absent: as the model says. */
  supportedParameters?: readonly string[] | null | undefined;
  /** Null or absent: not known. */
  dataPolicy?: DataPolicy | null | undefined;
};

/**
 * Adds an endpoint, or makes the one of that model, provider and upstream model say this. Saying it again changes
 * nothing. It answers nothing before a charge price is published for it.
 * @returns `sequence` is null when nothing changed.
 * @throws {CommandError} not_found for the model or the provider; bad_request for flags that its protocol does not have.
 */
export async function putEndpoint(
  tx: Transaction,
  input: PutEndpointInput,
): Promise<{ id: EndpointId; changed: boolean; sequence: number | null }> {
  const values = endpointValues(input);
  const key = {
    modelId: input.modelId,
    providerId: input.providerId,
    upstreamModel: input.upstreamModel,
  };
  await findModel(tx, input.modelId);
  const { protocol } = await findProvider(tx, input.providerId);
  checkEndpointFlags(input.protocol ?? protocol, values.flags);
  const id = mintId("endpoint");
  const [created] = await tx
    .insert(endpoints)
    .values({ id, ...key, ...values })
    .onConflictDoNothing({
      target: [endpoints.modelId, endpoints.providerId, endpoints.upstreamModel],
    })
    .returning({ id: endpoints.id });
  if (created) return { id, changed: true, sequence: await recordChange(tx, "catalogue", "") };

  const [present] = await tx
    .select()
    .from(endpoints)
    .where(
      and(
        eq(endpoints.modelId, key.modelId),
        eq(endpoints.providerId, key.providerId),
        eq(endpoints.upstreamModel, key.upstreamModel),
      ),
    )
    .for("update");
  if (!present)
    throw new Error(`endpoint ${JSON.stringify(key)} was there and is gone within one transaction`);
  const same = Object.entries(values).every(([column, value]) =>
    isDeepStrictEqual(present[column as keyof typeof values], value),
  );
  if (same) return { id: present.id, changed: false, sequence: null };
  await tx
    .update(endpoints)
    .set({ ...values, updatedAt: new Date() })
    .where(eq(endpoints.id, present.id));
  return { id: present.id, changed: true, sequence: await recordChange(tx, "catalogue", "") };
}

/** @throws {CommandError} bad_request, naming every flag that the protocol does not have or that has a value of no use. */
export function checkEndpointFlags(
  protocol: WireProtocolName,
  flags: Readonly<Record<string, unknown>>,
): void {
  const problems = checkFlags(protocol, flags);
  if (problems.length === 0) return;
  throw new CommandError(
    "bad_request",
    problems.map(({ flag, message }) => `flags${flag && `.${flag}`}: ${message}`).join("; "),
  );
}

/** The columns of an endpoint that an input says; what it leaves out is as the provider or the model says. */
export const endpointValues = (
  input: Omit<PutEndpointInput, "modelId" | "providerId" | "upstreamModel">,
) => ({
  contextLength: input.contextLength ?? null,
  maxOutputTokens: input.maxOutputTokens ?? null,
  quantization: input.quantization ?? null,
  cancellable: input.cancellable ?? true,
  protocol: input.protocol ?? null,
  flags: input.flags ?? {},
  tag: input.tag ?? null,
  supportedParameters: input.supportedParameters ? [...input.supportedParameters] : null,
  dataPolicy: input.dataPolicy ?? null,
});
