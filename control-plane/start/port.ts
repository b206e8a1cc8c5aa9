import { createServer } from "node:net";

export type PortState = { kind: "free" } | { kind: "refused"; code: string };

/**
 * Whether an exclusive bind succeeds now. Our gateways share their port by SO_REUSEPORT, so without
 * this look they would quietly share it with a gateway of another installation too.
 */
export function probePort(address: { host: string; port: number }): Promise<PortState> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) =>
      resolve({ kind: "refused", code: "code" in error ? String(error.code) : error.message }),
    );
    probe.listen({ ...address, exclusive: true }, () =>
      probe.close(() => resolve({ kind: "free" })),
    );
  });
}
