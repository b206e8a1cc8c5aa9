import { BlockList, isIP } from "node:net";
import { CommandError } from "../command-error.ts";

// Loopback, link-local (cloud metadata lives there), private use (RFC 1918, RFC 4193, RFC 6598) and "this host".
const inside = new BlockList();
for (const [address, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  inside.addSubnet(address, bits, "ipv4");
}
for (const [address, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  inside.addSubnet(address, bits, "ipv6");
}

/**
 * A provider's base URL without a trailing slash. An address that is private as written is refused here, where
 * somebody reads the reason; a name that resolves to one is refused when a gateway dials it.
 * @throws {CommandError} bad_request.
 */
export function checkBaseUrl(text: string, options: { allowPrivateNetwork: boolean }): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new CommandError(
      "bad_request",
      'baseUrl: expected an http or https URL, such as "https://api.example.com/v1"',
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new CommandError(
      "bad_request",
      "baseUrl: credentials do not belong in the URL, where logs would show them; give them as key",
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new CommandError(
      "bad_request",
      "baseUrl: expected a URL without a query or fragment; the path of each call is added to its end",
    );
  }
  if (!options.allowPrivateNetwork && isPrivate(url.hostname)) {
    throw new CommandError(
      "bad_request",
      `baseUrl: ${url.hostname} is inside a private network; set allowPrivateNetwork (allow_private_network in a file) if the provider really is there`,
    );
  }
  return text.replace(/\/+$/, "");
}

function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  const family = isIP(host);
  return family !== 0 && inside.check(host, family === 4 ? "ipv4" : "ipv6");
}
