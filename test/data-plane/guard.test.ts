// Addresses that no provider and no picture may be at: however they are written, and whatever a name resolves to.
import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkBaseUrl } from "#control/catalogue/check-base-url.ts";
import { MediaError, MediaFetcher } from "#data/upstream/fetch-media.ts";
import { guardedLookup, refusalOfHost } from "#data/upstream/guard.ts";
import { Pools } from "#data/upstream/pools.ts";
import { isLocalName, reachOf } from "#schema/network-addresses.ts";

const test = suite("addresses that may be called");

/** Every way in which an IPv4 address can be written that some parser somewhere takes. */
function spellings(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const high = hex((a << 8) | b, 4);
  const low = hex((c << 8) | d, 4);
  const plain = [
    address,
    `${address}.`,
    String(whole),
    `0x${hex(whole, 8)}`,
    `0${whole.toString(8)}`,
    `${a}.${b}.${(c << 8) | d}`,
    `${a}.${((b << 16) | (c << 8) | d) >>> 0}`,
    `0x${a.toString(16)}.0x${b.toString(16)}.0x${c.toString(16)}.0x${d.toString(16)}`,
    `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
    `0${a.toString(8)}.${b}.0x${c.toString(16)}.${d}`,
    `%${hex(address.charCodeAt(0), 2)}${address.slice(1)}`,
    // Digits of full width, and a dot of the same kind: the URL standard maps both.
    Array.from(address)
      .map((one) => (one === "." ? "。" : String.fromCharCode(0xff10 + Number(one))))
      .join(""),
  ];
  const inside = [
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:ffff:${high}:${low}]`,
    `[::${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b::${high}:${low}]`,
    `[2002:${high}:${low}::1]`,
  ];
  return [...plain, ...inside];
}

const inside4 = [
  "127.0.0.1",
  "127.255.255.254",
  "10.0.0.1",
  "10.255.255.255",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "100.64.0.1",
  "100.127.255.255",
  "198.18.0.1",
  "192.0.2.1",
  "198.51.100.7",
  "203.0.113.9",
];
const never4 = [
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "192.0.0.192",
  "0.0.0.0",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
];
const inside6 = [
  "[::1]",
  "[fc00::1]",
  "[fd12:3456::1]",
  "[2001:db8::1]",
  "[2001::1]",
  "[fec0::1]",
  "[100::1]",
];
const never6 = ["[::]", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]"];
const names = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "printer.local",
  "db.internal",
];

const privately = [...inside4.flatMap(spellings), ...inside6, ...names];
const forbidden = [...never4.flatMap(spellings), ...never6];

test(`${privately.length + forbidden.length} ways to write an address inside are refused as a base URL`, () => {
  assert.ok(privately.length + forbidden.length >= 300);
  for (const host of [...privately, ...forbidden]) {
    for (const scheme of ["http", "https"]) {
      const url = `${scheme}://${host}/v1`;
      assert.throws(() => checkBaseUrl(url, { allowPrivateNetwork: false }), undefined, url);
    }
  }
});

test("metadata services and nobody's addresses are refused even where private networks are allowed", () => {
  for (const host of forbidden)
    assert.throws(
      () => checkBaseUrl(`http://${host}/v1`, { allowPrivateNetwork: true }),
      undefined,
      host,
    );
  for (const host of inside4)
    assert.ok(checkBaseUrl(`http://${host}/v1`, { allowPrivateNetwork: true }));
});

test("the same addresses are refused again by the gateway, without a connection", () => {
  const pools = new Pools();
  const hostOf = (host: string) => URL.parse(`http://${host}/`)?.hostname;
  for (const host of [...privately, ...forbidden]) {
    const hostname = hostOf(host);
    if (hostname === undefined) continue; // no URL at all
    assert.ok(refusalOfHost(hostname, "public"), host);
    assert.throws(() =>
      pools.of({ origin: `http://${hostname}`, allowPrivateNetwork: false, credentialId: "c" }),
    );
  }
  for (const host of forbidden) {
    const hostname = hostOf(host);
    if (hostname !== undefined) assert.ok(refusalOfHost(hostname, "private"), host);
  }
});

test("addresses that are out there pass, in either family", () => {
  for (const host of [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "[2606:4700::1111]",
    "[2a00:1450::1]",
  ]) {
    assert.is(reachOf(host), "public", host);
    assert.is(refusalOfHost(host, "public"), null);
  }
  assert.is(reachOf("api.openai.com"), "none");
  assert.not.ok(isLocalName("api.openai.com"));
  assert.is(reachOf("fe80::1%eth0"), "forbidden", "a zone hides nothing");
});

for (const url of [
  "https://аpi.openai.com/v1", // a Cyrillic а
  "https://api.acme.test:0/v1",
  "https://api.acme.test:99999/v1",
  "https://api.acme.test/v1 ",
  "https://api.acme.test/v\n1",
  "https://user@api.acme.test/v1",
  "ftp://api.acme.test",
  "https://[fe80::1%25eth0]/v1",
]) {
  test(`${JSON.stringify(url)} is no base URL`, () => {
    assert.throws(() => checkBaseUrl(url, { allowPrivateNetwork: true }));
  });
}

test("http is refused for a key that would cross the internet", () => {
  assert.throws(
    () => checkBaseUrl("http://api.acme.test/v1", { allowPrivateNetwork: false }),
    /https/,
  );
  assert.is(
    checkBaseUrl("https://api.acme.test/v1/", { allowPrivateNetwork: false }),
    "https://api.acme.test/v1",
  );
});

// --- Names.
const answering =
  (...rounds: string[][]) =>
  (
    _hostname: string,
    _options: { all: true },
    callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ) => {
    const addresses = (rounds.length > 1 ? rounds.shift() : rounds[0]) ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
const look = (lookup: LookupFunction): Promise<LookupAddress[]> =>
  new Promise((resolve, reject) =>
    lookup("api.acme.test", { all: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses as LookupAddress[]),
    ),
  );

for (const { name, addresses, allowed, passes } of [
  { name: "a public address", addresses: ["8.8.8.8"], allowed: "public", passes: true },
  { name: "a private one", addresses: ["10.0.0.1"], allowed: "public", passes: false },
  {
    name: "a public and a private one",
    addresses: ["8.8.8.8", "127.0.0.1"],
    allowed: "public",
    passes: false,
  },
  {
    name: "a mapped private one",
    addresses: ["::ffff:10.0.0.1"],
    allowed: "public",
    passes: false,
  },
  {
    name: "link-local with a zone",
    addresses: ["fe80::1%eth0"],
    allowed: "private",
    passes: false,
  },
  {
    name: "a private one where that is allowed",
    addresses: ["10.0.0.1"],
    allowed: "private",
    passes: true,
  },
  {
    name: "the metadata service where private is allowed",
    addresses: ["169.254.169.254"],
    allowed: "private",
    passes: false,
  },
  { name: "what is no address", addresses: ["nonsense"], allowed: "public", passes: false },
] as const) {
  test(`a name that resolves to ${name} ${passes ? "is called" : "is refused"}`, async () => {
    const looked = look(guardedLookup(allowed, answering([...addresses])));
    if (passes)
      assert.equal(
        (await looked).map(({ address }) => address),
        addresses,
      );
    else
      await looked.then(
        () => assert.unreachable(),
        (error: NodeJS.ErrnoException) => assert.is(error.code, "EPRIVATE"),
      );
  });
}

test("a name that changes between two look-ups gains nothing: what was checked is what is dialled", async () => {
  const lookup = guardedLookup("public", answering(["8.8.8.8"], ["127.0.0.1"]));
  assert.equal(
    (await look(lookup)).map(({ address }) => address),
    ["8.8.8.8"],
  );
  await look(lookup).then(
    () => assert.unreachable(),
    (error: NodeJS.ErrnoException) => assert.is(error.code, "EPRIVATE"),
  );
});

test("a client's address inside is never connected to", async () => {
  let connections = 0;
  const server = createServer();
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const fetcher = new MediaFetcher({ anyPort: true });
  for (const host of [...spellings("127.0.0.1"), "localhost", "[::1]", ...never4, ...never6]) {
    await fetcher
      .fetch([{ field: "f", url: `http://${host}:${port}/a.png` }], new AbortController().signal)
      .then(
        () => assert.unreachable(host),
        (error: unknown) => assert.ok(error instanceof MediaError, host),
      );
  }
  assert.is(connections, 0);
  await fetcher.close();
  server.close();
});

test.run();
