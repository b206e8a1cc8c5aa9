// Servers of one's own are found by asking them, in the words of each; and the commands around providers, over a real door.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CliError } from "#control/cli/context.ts";
import { discoverModels } from "#control/cli/discover-models.ts";
import { localConfiguration } from "#control/cli/local-configuration.ts";
import { run } from "#control/cli/run.ts";
import { parseConfiguration } from "#control/configuration/parse-configuration.ts";
import { install } from "#control/install.ts";
import { startServer } from "#control/server.ts";
import { openDatabase } from "#schema/database.ts";
import { testDatabase } from "#test/database.ts";

const test = suite("provider commands");

/** Answers by method and path; what is not there is a 404. */
async function pretend(
  answers: Record<string, unknown>,
  key: string | null = null,
): Promise<{ origin: string; close: () => void }> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += String(piece)));
    request.on("end", () => {
      if (key !== null && request.headers.authorization !== `Bearer ${key}`)
        return void response.writeHead(401).end();
      const answer = answers[`${request.method} ${request.url}`];
      if (answer === undefined) return void response.writeHead(404).end("{}");
      const value =
        typeof answer === "function" ? (answer as (body: string) => unknown)(body) : answer;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

const ollama = await pretend({
  "GET /api/tags": {
    models: [
      { name: "llama3.2:latest" },
      { name: "qwen3:8b" },
      { name: "nomic-embed:v1" },
      { name: "llava:7b" },
    ],
  },
  "GET /api/ps": { models: [{ name: "qwen3:8b", context_length: 32_768 }] },
  "POST /api/show": (body: string) => {
    const { model } = JSON.parse(body) as { model: string };
    return {
      parameters: model.startsWith("llama")
        ? 'stop  "x"\nnum_ctx                        16384'
        : "",
      model_info: { "general.architecture": "x", "llama.context_length": 131_072 },
      capabilities: model.startsWith("nomic")
        ? ["embedding"]
        : model.startsWith("llava")
          ? ["completion", "vision"]
          : ["completion", "tools"],
    };
  },
});
const vllm = await pretend(
  { "GET /v1/models": { object: "list", data: [{ id: "Qwen/Qwen3-8B", max_model_len: 40_960 }] } },
  "sk-local",
);
const lmStudio = await pretend({
  "GET /api/v0/models": {
    data: [
      { id: "gemma-3", type: "vlm", max_context_length: 131_072, loaded_context_length: 8_192 },
      { id: "phi", type: "llm", max_context_length: 4_096 },
      { id: "embed", type: "embeddings" },
    ],
  },
});
const llama = await pretend({
  "GET /v1/models": { data: [{ id: "/models/Qwen3-4B-Q4.gguf", meta: { n_ctx_train: 40_960 } }] },
  "GET /props": { default_generation_settings: { n_ctx: 4_096 }, modalities: { vision: true } },
});
const web = await pretend({ "GET /v1/models": { hello: "world" } });

const database = await testDatabase();
const opened = openDatabase(database.url, { connectionsMax: 4, name: "provider commands" });
const folder = mkdtempSync(join(tmpdir(), "turnpike-providers-"));
const masterKey = "ef".repeat(32);
const server = await startServer(
  {
    db: opened.db,
    analytics: opened.db,
    masterKey,
    origin: "http://127.0.0.1",
    now: () => new Date(),
  },
  { host: "127.0.0.1", port: 0 },
);
await install({
  host: "127.0.0.1",
  port: Number(new URL(server.origin).port),
  controlPort: 4001,
  databaseUrl: database.url,
  analyticsDatabaseUrl: database.url,
  dataDir: folder,
  gatewayWorkers: 1,
  masterKey,
  masterKeyAlso: null,
  durability: "process",
  spoolFreeMbMin: 512,
  leaseQuarantineMinutes: 60,
  configFile: null,
  bootstrapCredits: "10.00",
  simulatorUrl: "http://127.0.0.1:4002",
  environment: {},
});
test.after(async () => {
  for (const one of [ollama, vllm, lmStudio, llama, web]) one.close();
  await server.stop();
  await opened.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

async function turnpike(
  line: string,
  { environment = {}, input = "" }: { environment?: Record<string, string>; input?: string } = {},
): Promise<{ code: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const code = await run(line.split(" "), {
    environment: { DATA_DIR: folder, ...environment },
    folder,
    stdin: Readable.from([input]) as unknown as NodeJS.ReadStream,
    write: (text) => void (out += text),
    writeError: (text) => void (error += text),
    width: null,
  });
  return { code, out, error };
}

test("Ollama says its models, and the context they run with rather than the one they could have", async () => {
  const found = await discoverModels("ollama", `${ollama.origin}/v1`, null);
  assert.equal(
    found.map(({ id, contextLength, assumed, images, tools, embeds }) => [
      id,
      contextLength,
      assumed,
      images,
      tools,
      embeds,
    ]),
    [
      ["llama3.2:latest", 16_384, false, false, true, false],
      ["llava:7b", 4_096, true, true, false, false],
      ["nomic-embed:v1", 4_096, true, false, false, true],
      ["qwen3:8b", 32_768, false, false, true, false],
    ],
  );
});

test("vLLM, LM Studio and llama.cpp are asked in their own words", async () => {
  const lengths = async (slug: string, origin: string, key: string | null = null) =>
    (await discoverModels(slug, `${origin}/v1`, key)).map(({ id, contextLength }) => [
      id,
      contextLength,
    ]);
  assert.equal(await lengths("vllm", vllm.origin, "sk-local"), [["Qwen/Qwen3-8B", 40_960]]);
  assert.equal(await lengths("lm-studio", lmStudio.origin), [
    ["embed", null],
    ["gemma-3", 8_192],
    ["phi", 4_096],
  ]);
  assert.equal(await lengths("llama-cpp", llama.origin), [["/models/Qwen3-4B-Q4.gguf", 4_096]]);
});

for (const { name, ask, words } of [
  {
    name: "nobody",
    ask: () => discoverModels("vllm", "http://127.0.0.1:9/v1", null),
    words: /does not answer \(.*\); start the server, or say where it is with --url/,
  },
  {
    name: "a server that wants a key",
    ask: () => discoverModels("vllm", `${vllm.origin}/v1`, null),
    words: /wants a key.*--key-env/,
  },
  {
    name: "another kind of server",
    ask: () => discoverModels("vllm", `${web.origin}/v1`, null),
    words: /does not answer with a list of models/,
  },
]) {
  test(`${name} at the address is told as that`, async () => {
    await ask().then(
      () => assert.unreachable(),
      (error: unknown) => {
        assert.ok(error instanceof CliError);
        assert.match(error.message, words);
      },
    );
  });
}

test("what is found is what a config file may say, whatever the models are called", () => {
  const names = [
    "Qwen/Qwen3-8B",
    "a b:c",
    "x:free",
    "---",
    "/models/Qwen3-4B-Q4.gguf",
    "qwen-qwen3-8b",
    "Ω",
  ];
  const { configuration, leftOut } = localConfiguration(
    {
      slug: "vllm",
      name: "vLLM",
      baseUrl: "http://10.0.0.5:8000/v1",
      flags: {},
      allowPrivateNetwork: true,
    },
    names.map((id) => ({
      id,
      contextLength: null,
      assumed: false,
      images: false,
      tools: true,
      embeds: false,
    })),
    {
      price: { input: "0.10", output: "0.40" },
      contextLength: null,
      contextLengthOtherwise: 8_192,
    },
  );
  const { models } = parseConfiguration(JSON.stringify(configuration));
  assert.equal(
    models.map(({ id }) => id),
    ["vllm/qwen-qwen3-8b", "vllm/a-b:c", "vllm/x-free", "vllm/models-qwen3-4b-q4"],
  );
  assert.equal(leftOut, ["---", "qwen-qwen3-8b", "Ω"]);
});

test("a server's models are not free by accident", async () => {
  for (const [flags, words] of [
    ["", /say what its models cost/],
    [" --input 0.10", /say what its models cost/],
    [" --free --input 1", /give --free, or --input and --output/],
    [" --input cheap --output 1", /--input: /],
  ] as const) {
    const { code, error } = await turnpike(`providers add ollama --url ${ollama.origin}${flags}`);
    assert.is(code, 2, error);
    assert.match(error, words);
  }
});

test("a server is added with its models, and adding it again changes nothing", async () => {
  const first = await turnpike(`providers add ollama --url ${ollama.origin} --free`);
  assert.is(first.code, 0, first.error);
  assert.match(first.out, /provider ollama connected\nmodel ollama\/llama3.2 set/);
  assert.match(first.out, /left out, no chat models: nomic-embed:v1/);
  assert.match(first.out, /note: .*context of llava:7b is/);
  const again = await turnpike(`providers add ollama --url ${ollama.origin} --free`);
  assert.match(again.out, /unchanged: 3 models of ollama are there already/);
  const models = await turnpike("models list ollama --json");
  assert.equal(
    (JSON.parse(models.out) as { id: string; contextLength: number }[]).map(
      ({ id, contextLength }) => [id, contextLength],
    ),
    [
      ["ollama/llama3.2", 16_384],
      ["ollama/llava:7b", 4_096],
      ["ollama/qwen3:8b", 32_768],
    ],
  );
});

test("a server with a key keeps it when it is added again without", async () => {
  const add = `providers add vllm --url ${vllm.origin}/v1 --input 0.10 --output 0.40`;
  const environment = { LOCAL_KEY: "sk-local" };
  assert.is((await turnpike(`${add} --key-env LOCAL_KEY`, { environment })).code, 0);
  assert.match((await turnpike("providers keys list vllm")).out, /default\s+…\s+1\s+active/);
  const again = await turnpike(`${add} --key-env LOCAL_KEY`, { environment });
  assert.match(again.out, /unchanged/);
});

test("a provider that is known is connected by command with its models, and says what it lacks", async () => {
  const lacking = await turnpike("providers add cloudflare", {
    environment: { CLOUDFLARE_API_KEY: "cf-1" },
  });
  assert.is(lacking.code, 1);
  assert.match(lacking.error, /Cloudflare Workers AI also needs CLOUDFLARE_ACCOUNT_ID/);
  const groq = await turnpike("providers add groq --key-env K", {
    environment: { K: "gsk-0123456789abcdefghij" },
  });
  assert.is(groq.code, 0, groq.error);
  assert.match(groq.out, /provider groq connected/);
  const listed = await turnpike("providers list");
  assert.match(
    listed.out,
    /groq\s+Groq\s+openai-chat\s+1\s+active\s+https:\/\/api.groq.com\/openai\/v1/,
  );
  assert.match((await turnpike("providers add replicate")).error, /Replicate cannot be connected/);
  assert.match((await turnpike("providers add nobody")).error, /say where it is with --url/);
  assert.match(
    (await turnpike("providers list --all")).out,
    /cerebras\s+Cerebras\s+–\s+openai-chat\s+CEREBRAS_API_KEY/,
  );
});

test("a provider none of whose models are shipped says where to find them", async () => {
  const { out, code } = await turnpike("providers add hyperbolic --key-env K", {
    environment: { K: "hyp-0123456789abcdefghij" },
  });
  assert.is(code, 0);
  assert.match(
    out,
    /no models of it are shipped.*turnpike catalogue import --from provider hyperbolic/,
  );
});

test("keys are added, weighed and removed by command, and never shown", async () => {
  const added = await turnpike("providers keys add groq --name second --weight 2", {
    input: "gsk-second-0123456789abcdef\n",
  });
  assert.match(added.out, /^Added: gsk…cdef/);
  assert.is((await turnpike("providers keys weight groq second 0")).code, 0);
  assert.match((await turnpike("providers keys disable groq second")).out, /^Disabled/);
  assert.match((await turnpike("providers keys list groq")).out, /second .*disabled/);
  assert.match((await turnpike("providers keys enable groq second")).out, /^Enabled/);
  const listed = await turnpike("providers keys list groq");
  assert.match(listed.out, /second\s+gsk…cdef\s+0\s+active\s+https:\/\/api.groq.com/);
  assert.not.ok(listed.out.includes("0123456789"));
  assert.is((await turnpike("providers keys remove groq second")).code, 0);
  assert.match((await turnpike("providers keys remove groq second")).error, /has no key "second"/);
  assert.is((await turnpike("providers keys add groq", { input: "" })).code, 2);
});

test("a provider is taken out of use and put back", async () => {
  assert.match((await turnpike("providers disable groq")).out, /^Disabled/);
  assert.match((await turnpike("providers list")).out, /groq .*disabled/);
  assert.match((await turnpike("providers enable groq")).out, /^Enabled/);
});

test("rotation says what it did", async () => {
  const { out, code } = await turnpike("credentials rotate");
  assert.is(code, 0);
  assert.match(out, /0 provider keys, 0 customers' credentials; 3 were so already/);
});

test("a check without a gateway says so, after the provider was found", async () => {
  assert.match(
    (await turnpike("providers check groq")).error,
    /no gateway runs from .*turnpike start/,
  );
  assert.match((await turnpike("providers check nobody")).error, /no provider has the slug/);
});

test.run();
