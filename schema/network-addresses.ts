/**
 * Which addresses of the internet are not out there: for base URLs, where somebody reads the reason, and again for every
 * address that is dialled (reliability.md S-30). Both planes hold to this one list.
 */
import { BlockList, isIP } from "node:net";

const list = (
  networks: readonly (readonly [string, number])[],
  family: "ipv4" | "ipv6",
): BlockList => {
  const block = new BlockList();
  for (const [network, prefix] of networks) block.addSubnet(network, prefix, family);
  return block;
};

// RFC 6890 and the IANA special-purpose registry: this host, private use, shared (CGNAT), loopback, link-local, protocol
// assignments, documentation, 6to4 relays, benchmarking, multicast, reserved and broadcast.
const special4 = list(
  [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 4],
    ["240.0.0.0", 4],
  ],
  "ipv4",
);
// Global unicast is 2000::/3; all else (loopback, ULA, link-local, multicast, mapped, NAT64 …) is not out there.
const global6 = list([["2000::", 3]], "ipv6");
// And within it: protocol assignments with Teredo (2001::/23), documentation, 6to4, which wraps any IPv4 address.
const special6 = list(
  [
    ["2001::", 23],
    ["2001:db8::", 32],
    ["2002::", 16],
    ["3fff::", 20],
  ],
  "ipv6",
);
// Nobody's model is there, whatever a row allows: link-local, where every cloud has its metadata service with the
// machine's own credentials; what has it elsewhere (AWS by IPv6, Alibaba, Oracle); addresses that are nobody's.
const never4 = list(
  [
    ["0.0.0.0", 8],
    ["100.100.100.200", 32],
    ["169.254.0.0", 16],
    ["192.0.0.0", 24],
    ["224.0.0.0", 4],
    ["240.0.0.0", 4],
  ],
  "ipv4",
);
const never6 = list(
  [
    ["::", 128],
    ["fd00:ec2::", 32],
    ["fe80::", 10],
    ["ff00::", 8],
  ],
  "ipv6",
);

/** `public`; `private`: only where a provider's row allows it; `forbidden`: never; `none`: no IP address but a name. */
export type Reach = "public" | "private" | "forbidden" | "none";

/** Where an IP literal leads, in brackets, with a zone or a trailing dot or without. An IPv4 address inside IPv6 counts as itself. */
export function reachOf(host: string): Reach {
  const bare = host
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "")
    .replace(/\.$/, "");
  const family = isIP(bare);
  if (family === 0) return "none";
  if (family === 4) return reachOf4(bare);
  const inner = ipv4Inside(bare);
  if (inner !== null) return reachOf4(inner) === "forbidden" ? "forbidden" : "private";
  if (never6.check(bare, "ipv6")) return "forbidden";
  return global6.check(bare, "ipv6") && !special6.check(bare, "ipv6") ? "public" : "private";
}

const reachOf4 = (address: string): Reach =>
  never4.check(address, "ipv4")
    ? "forbidden"
    : special4.check(address, "ipv4")
      ? "private"
      : "public";

/**
 * The IPv4 address that an IPv6 one stands for: mapped (::ffff:0:0/96), compatible (::/96), translated (64:ff9b::/96) or
 * 6to4 (2002::/16). Null for others, and for :: and ::1.
 */
function ipv4Inside(address: string): string | null {
  const groups = groupsOf(address);
  const [g0 = 0, g1 = 0, g2 = 0, g3 = 0, g4 = 0, g5 = 0, g6 = 0, g7 = 0] = groups;
  const dotted = (high: number, low: number) =>
    `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  if (g0 === 0x2002) return dotted(g1, g2);
  if (g2 !== 0 || g3 !== 0 || g4 !== 0) return null;
  if (g0 === 0x64 && g1 === 0xff9b && g5 === 0) return dotted(g6, g7);
  if (g0 !== 0 || g1 !== 0) return null;
  if (g5 === 0xffff) return dotted(g6, g7);
  return g5 === 0 && (g6 !== 0 || g7 > 1) ? dotted(g6, g7) : null;
}

function groupsOf(address: string): number[] {
  // The URL parser writes every form of IPv6 in one way, without dots.
  const written = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = written.split("::");
  const numbers = (text: string) =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const first = numbers(head);
  if (tail === undefined) return first;
  const last = numbers(tail);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** Names that mean this machine or its network wherever they are asked: refused before anything is looked up. */
export const isLocalName = (hostname: string): boolean =>
  /^(.+\.)?(localhost|local|internal|localdomain)\.?$/i.test(hostname);
