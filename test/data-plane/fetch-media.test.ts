// What clients name by its address: found in a request, fetched within bounds, and told as what it is.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { remoteMediaOf } from "#data/operations/remote-media.ts";
import { MediaError, MediaFetcher } from "#data/upstream/fetch-media.ts";
import { sniffMediaType } from "#data/upstream/sniff-media-type.ts";

const test = suite("media by address");
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  "/a.png": (_, response) => response.writeHead(200, { "content-type": "image/png" }).end(png),
  "/wrong-type": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end(png),
  "/page": (_, response) => response.writeHead(200, { "content-type": "image/png" }).end("<html>"),
  "/text": (_, response) =>
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("words"),
  "/gone": (_, response) => response.writeHead(404).end(),
  "/empty": (_, response) => response.writeHead(200, { "content-type": "image/png" }).end(),
  "/zipped": (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
  "/there": (_, response) => response.writeHead(302, { location: "/a.png" }).end(),
  "/loop": (_, response) => response.writeHead(302, { location: "/loop" }).end(),
  "/inside": (_, response) =>
    response.writeHead(302, { location: "http://169.254.169.254/latest" }).end(),
  "/file": (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
  "/password": (_, response) =>
    response.writeHead(302, { location: "http://a:b@127.0.0.1/a.png" }).end(),
  "/declared": (_, response) =>
    response.writeHead(200, { "content-length": "20000001" }).write("x"),
  "/endless": (_, response) => {
    response.writeHead(200, { "content-type": "image/png" });
    response.write(png);
    const more = Buffer.alloc(1_000_000);
    const write = () => {
      while (!response.destroyed && response.write(more));
    };
    response.on("drain", write);
    write();
  },
  "/nine": (_, response) => {
    response.writeHead(200, { "content-type": "image/png" });
    response.end(Buffer.concat([png, Buffer.alloc(9_000_000)]));
  },
  "/cut": (_, response) => {
    response.writeHead(200, { "content-type": "image/png", "content-length": "1000" });
    response.write(png, () => response.destroy());
  },
  "/silent": () => {},
};
const asked: { url: string; headers: IncomingMessage["headers"] }[] = [];
const server = createServer((request, response) => {
  asked.push({ url: request.url ?? "", headers: request.headers });
  const [path = ""] = (request.url ?? "").split("?");
  const page = pages[path];
  if (page) page(request, response);
  else response.writeHead(500).end();
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const fetcher = new MediaFetcher({ allowed: "private", anyPort: true });
test.after(async () => {
  await fetcher.close();
  server.closeAllConnections();
  server.close();
});

const field = "messages[0].content[1].image_url.url";
const get = (path: string, signal = new AbortController().signal) =>
  fetcher.fetch([{ field, url: `${origin}${path}` }], signal);

for (const { path, type } of [
  { path: "/a.png", type: "image/png" },
  { path: "/a.png?width=1", type: "image/png" },
  { path: "/wrong-type", type: "image/png" },
  { path: "/text", type: "text/plain" },
  { path: "/there", type: "image/png" },
]) {
  test(`${path} is fetched as ${type}`, async () => {
    const media = (await get(path)).get(`${origin}${path}`);
    assert.is(media?.mediaType, type);
    if (type === "image/png") assert.equal(Buffer.from(media?.base64 ?? "", "base64"), png);
  });
}

for (const { path, words } of [
  { path: "/page", words: /expected a picture, PDF, sound, video or text/ },
  { path: "/gone", words: /answered 404/ },
  { path: "/empty", words: /answers with nothing/ },
  { path: "/zipped", words: /compressed/ },
  { path: "/loop", words: /redirects more than 3 times/ },
  { path: "/inside", words: /redirects to one that is inside a private network/ },
  { path: "/file", words: /redirects to one that is neither https nor http/ },
  { path: "/password", words: /user name or password/ },
  { path: "/declared", words: /larger than 20000000 bytes/ },
  { path: "/endless", words: /larger than 20000000 bytes/ },
  { path: "/cut", words: /cut off/ },
]) {
  test(`${path} is refused, with the field and why`, async () => {
    await get(path).then(
      () => assert.unreachable(),
      (error: unknown) => {
        assert.ok(error instanceof MediaError, String(error));
        assert.is(error.field, field);
        assert.match(error.message, words);
        assert.ok(error.message.startsWith(`${field}: `));
      },
    );
  });
}

test("nothing of ours or the client's goes along", async () => {
  asked.length = 0;
  await get("/a.png");
  assert.equal(Object.keys(asked[0]?.headers ?? {}).toSorted(), [
    "accept",
    "accept-encoding",
    "connection",
    "host",
    "user-agent",
  ]);
});

test("together they have a bound too", async () => {
  const five = Array.from({ length: 5 }, (_, at) => ({
    field: `f${at}`,
    url: `${origin}/nine?${at}`,
  }));
  await fetcher.fetch(five, new AbortController().signal).then(
    () => assert.unreachable(),
    (error: unknown) => assert.match(String(error), /40000000 bytes together/),
  );
});

test("so has their number", async () => {
  const many = Array.from({ length: 21 }, (_, at) => ({
    field: `f${at}`,
    url: `${origin}/a.png?${at}`,
  }));
  asked.length = 0;
  await fetcher.fetch(many, new AbortController().signal).then(
    () => assert.unreachable(),
    (error: unknown) => assert.match(String(error), /f20: at most 20/),
  );
  assert.is(asked.length, 0, "nothing is fetched in vain");
  assert.is((await fetcher.fetch(many.slice(0, 20), new AbortController().signal)).size, 20);
});

test("a client that leaves is not waited for", async () => {
  const left = new AbortController();
  const fetching = get("/silent", left.signal);
  setImmediate(() => left.abort());
  await fetching.then(
    () => assert.unreachable(),
    (error: unknown) => assert.ok(error instanceof MediaError),
  );
});

test("requests beyond eight at a time wait for their turn, and all are answered", async () => {
  const all = await Promise.all(Array.from({ length: 40 }, (_, at) => get(`/a.png?turn=${at}`)));
  assert.is(all.length, 40);
});

test("a port where no web server is, is refused", async () => {
  const strict = new MediaFetcher({ allowed: "private" });
  await strict.fetch([{ field, url: `${origin}/a.png` }], new AbortController().signal).then(
    () => assert.unreachable(),
    (error: unknown) => assert.match(String(error), /a port that is not 80, 443, 8080 or 8443/),
  );
  await strict.close();
});

test("addresses are found where parts may name them, each once", () => {
  const url = "https://a.test/1.png";
  const parts = [
    { type: "text", text: url },
    { type: "image_url", image_url: { url } },
    { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    { type: "image_url", image_url: "HTTPS://a.test/2.png" },
    { type: "file", file: { filename: "x.pdf", file_data: "https://a.test/3.pdf" } },
    { type: "file", file: { file_id: "https://a.test/not-this" } },
    { type: "video_url", video_url: { url: "http://a.test/4.mp4" } },
    { type: "image_url", image_url: { url: "file:///etc/passwd" } },
    { type: "input_audio", input_audio: { data: "https://a.test/no", format: "wav" } },
    null,
  ];
  const body = {
    messages: [
      { role: "user", content: "https://a.test/words" },
      { role: "user", content: parts },
      { role: "tool", content: [{ type: "image_url", image_url: { url } }] },
      "nonsense",
    ],
  };
  assert.equal(remoteMediaOf(body), [
    { field: "messages[1].content[1].image_url.url", url },
    { field: "messages[1].content[3].image_url", url: "HTTPS://a.test/2.png" },
    { field: "messages[1].content[4].file.file_data", url: "https://a.test/3.pdf" },
    { field: "messages[1].content[6].video_url.url", url: "http://a.test/4.mp4" },
  ]);
  for (const odd of [{}, { messages: null }, { messages: [{ content: [[]] }] }])
    assert.equal(remoteMediaOf(odd), []);
});

for (const { name, bytes, said, type } of [
  { name: "a JPEG", bytes: "\xff\xd8\xff\xe0", said: "", type: "image/jpeg" },
  { name: "a WebP", bytes: "RIFF\0\0\0\0WEBP", said: "", type: "image/webp" },
  {
    name: "a PDF that says it is text",
    bytes: "%PDF-1.7",
    said: "text/plain",
    type: "application/pdf",
  },
  { name: "an MP4", bytes: "\0\0\0\x20ftypisom", said: "", type: "video/mp4" },
  { name: "a program that says it is a picture", bytes: "MZ\0\0", said: "image/png", type: null },
  { name: "bytes that say they are text", bytes: "a\0b", said: "text/plain", type: null },
  { name: "an SVG, which can hold scripts", bytes: "<svg>", said: "image/svg+xml", type: null },
]) {
  test(`${name} counts as ${type ?? "nothing that a model reads"}`, () => {
    assert.is(sniffMediaType(Buffer.from(bytes, "latin1"), said), type);
  });
}

test.run();
