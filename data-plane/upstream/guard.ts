/** Which addresses a host's name may resolve to: checked when connecting, on the very address that is connected to. */
import { lookup as resolve, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { isLocalName, reachOf } from "#schema/network-addresses.ts";

/** `private`: addresses inside private networks too, as a provider's row may allow; never metadata and nobody's addresses. */
export type Allowed = "public" | "private";

/** Why a host that is an address, or a name of this machine, may not be called; null for one that may, or must be looked up. */
export function refusalOfHost(host: string, allowed: Allowed): string | null {
  const reach = reachOf(host);
  if (reach === "forbidden")
    return `${host} is an address that no provider has (link-local, metadata service, multicast or reserved)`;
  if (allowed === "private") return null;
  if (reach === "private" || (reach === "none" && isLocalName(host)))
    return `${host} is a private address; allow_private_network is off for this provider`;
  return null;
}

type Resolve = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A DNS look-up that refuses a name if any of its addresses may not be called. What it answers is what is connected to,
 * so a name that changes between two look-ups gains nothing.
 * @param ask the system's resolver, or a test's.
 */
export const guardedLookup =
  (allowed: Allowed, ask: Resolve = resolve): LookupFunction =>
  (hostname, options, callback) => {
    ask(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const refused = addresses.find(({ address }) => {
        const reach = reachOf(address);
        return (
          reach === "forbidden" || reach === "none" || (allowed === "public" && reach === "private")
        );
      });
      if (refused) {
        const reason: NodeJS.ErrnoException = new Error(
          reachOf(refused.address) === "private"
            ? `${hostname} resolves to the private address ${refused.address}; allow_private_network is off for this provider`
            : `${hostname} resolves to ${refused.address}, an address that no provider has`,
        );
        reason.code = "EPRIVATE";
        return callback(reason, []);
      }
      const [first] = addresses;
      if (options.all || first === undefined) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
