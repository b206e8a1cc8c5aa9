// Pictures and files by address: fetched where the provider wants the bytes, left alone where it reads addresses itself.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Exchange } from "#data/exchange.ts";
import { fetchMedia, mediaWanted } from "#data/inline-media.ts";
import { protocolOf } from "#data/providers/registry.ts";
import type { Endpoint } from "#data/snapshot.ts";
import { MediaFetcher } from "#data/upstream/fetch-media.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { askFor } from "./small-catalogue.ts";

const test = suite("media in a request");
const png = Buffer.from("\x89PNG\r\n\x1a\n rest of a picture", "latin1");
let asked = 0;
const server = createServer((request, response) => {
  asked++;
  if (request.url === "/a.png") response.writeHead(200, { "content-type": "image/png" }).end(png);
  else response.writeHead(404).end();
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const fetcher = new MediaFetcher({ allowed: "private", anyPort: true });
test.after(async () => {
  await fetcher.close();
  server.close();
});

const endpointOf = (protocol: WireProtocolName, flags: Record<string, unknown> = {}): Endpoint =>
  ({ protocol, flags }) as unknown as Endpoint;
const askAbout = (url: string) =>
  askFor({
    model: "a/b",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "what is it?" },
          { type: "image_url", image_url: { url } },
        ],
      },
    ],
  });
const waiting = { gone: false, onGone: () => {} } as unknown as Exchange;

for (const { protocol, flags = {}, url = "https://a.test/1.png", wanted } of [
  { protocol: "openai-chat", wanted: false },
  { protocol: "openai-chat", flags: { remoteMedia: "inline" }, wanted: true },
  {
    protocol: "openai-chat",
    flags: { remoteMedia: "inline" },
    url: "data:image/png;base64,AA",
    wanted: false,
  },
  { protocol: "gemini-generate-content", wanted: true },
  { protocol: "gemini-generate-content", url: "https://youtu.be/x", wanted: false },
  { protocol: "gemini-generate-content", flags: { remoteMedia: "fetch" }, wanted: false },
  { protocol: "bedrock-converse", wanted: true },
  { protocol: "anthropic-messages", wanted: false },
  { protocol: "openai-responses", wanted: false },
] as const) {
  test(`${protocol} ${JSON.stringify(flags)} ${wanted ? "wants" : "does not want"} ${url} fetched`, () => {
    assert.is(mediaWanted(endpointOf(protocol, flags), askAbout(url)).length, +wanted);
  });
}

for (const protocol of ["openai-chat", "gemini-generate-content", "bedrock-converse"] as const) {
  test(`what was fetched stands in ${protocol}'s request as bytes, and is fetched once for all endpoints`, async () => {
    const flags = { remoteMedia: "inline" };
    const ask = askAbout(`${origin}/a.png`);
    const wanted = mediaWanted(endpointOf(protocol, flags), ask);
    asked = 0;
    const media = await fetchMedia(wanted, new Map(), waiting, fetcher);
    if ("kind" in media) throw new Error(media.text);
    assert.is(await fetchMedia(wanted, media, waiting, fetcher), media);
    assert.is(asked, 1);
    const { body } = protocolOf(protocol).encode(ask, {
      model: "m",
      flags,
      outputTokensMax: null,
      outputTokensLimit: 100,
      serviceTier: null,
      media,
    });
    assert.ok(body.includes(png.toString("base64")), body);
    assert.not.ok(body.includes(origin), "the address itself is not told to anybody");
  });
}

test("what cannot be fetched says that this endpoint cannot be asked, with the field; another may read addresses itself", async () => {
  const wanted = mediaWanted(endpointOf("bedrock-converse"), askAbout(`${origin}/gone.png`));
  const failure = await fetchMedia(wanted, new Map(), waiting, fetcher);
  if (!("kind" in failure)) return assert.unreachable();
  assert.is(failure.kind, "unsupported");
  assert.match(
    failure.text,
    /^messages\[0\]\.content\[1\]\.image_url\.url: could not be fetched: .* answered 404$/,
  );
});

test.run();
