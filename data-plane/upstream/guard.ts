/** Which addresses a provider's name may resolve to: checked when connecting, on the address that is connected to. */
import { lookup as resolve, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  privateNetworks.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
  ["64:ff9b::", 96],
  ["2002::", 16],
  ["2001::", 32],
] as const)
  privateNetworks.addSubnet(network, prefix, "ipv6");

/** Whether an IP literal lies in a private, loopback, link-local, multicast or translated range. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  const family = isIP(mapped ?? bare);
  return family === 0
    ? false
    : privateNetworks.check(mapped ?? bare, family === 4 ? "ipv4" : "ipv6");
}

/** A DNS look-up that refuses a name if any of its addresses is private. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolve(
    hostname,
    { ...options, all: true },
    (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      const refused = addresses.find((one) => isPrivateAddress(one.address));
      if (refused) {
        const reason: NodeJS.ErrnoException = new Error(
          `${hostname} resolves to the private address ${refused.address}; allow_private_network is off for this provider`,
        );
        reason.code = "EPRIVATE";
        return callback(reason, []);
      }
      const [first] = addresses;
      if (options.all || first === undefined) return callback(null, addresses);
      return callback(null, first.address, first.family);
    },
  );
};
