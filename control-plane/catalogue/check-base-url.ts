import { isLocalName, reachOf } from "#schema/network-addresses.ts";
import { CommandError } from "../command-error.ts";

/**
 * A provider's base URL without a trailing slash. An address that is private as written is refused here, where
 * somebody reads the reason; a name that resolves to one is refused when a gateway dials it. The URL parser has turned
 * decimal, octal and hexadecimal forms of an address into the usual one, and refuses zones and names that are no names.
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
  if (/[^\x21-\x7e]/.test(text)) {
    throw new CommandError(
      "bad_request",
      "baseUrl: expected visible ASCII characters; a name in other letters, which may look like another one, is written as xn--…",
    );
  }
  if (url.port === "0") throw new CommandError("bad_request", "baseUrl: nobody listens on port 0");
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
  const { hostname } = url;
  const reach = reachOf(hostname);
  if (reach === "forbidden") {
    throw new CommandError(
      "bad_request",
      `baseUrl: ${hostname} is link-local, a metadata service, multicast or reserved, where no provider can be`,
    );
  }
  if (!options.allowPrivateNetwork && (reach === "private" || isLocalName(hostname))) {
    throw new CommandError(
      "bad_request",
      `baseUrl: ${hostname} is inside a private network; set allowPrivateNetwork (allow_private_network in a file) if the provider really is there`,
    );
  }
  if (!options.allowPrivateNetwork && url.protocol === "http:") {
    throw new CommandError(
      "bad_request",
      "baseUrl: over http everybody on the way can read the key; expected https, or allowPrivateNetwork (allow_private_network in a file) for a network that you trust",
    );
  }
  return text.replace(/\/+$/, "");
}
