// Signature Version 4: byte for byte what AWS's own SDK signs, from every form of a credential.
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAwsKeys, scopeOf, signAws, type AwsKeys } from "#data/upstream/aws-sigv4.ts";
import { Pools } from "#data/upstream/pools.ts";
import { sign } from "#data/upstream/sign.ts";
import { bedrockKeys, startBedrockApi } from "#test/doubles/bedrock-api.ts";

const test = suite("AWS signature");

const keys: AwsKeys = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: null,
  region: null,
};

type Signed = {
  headers: Record<string, string>;
  path: string;
  body: string;
  hostname: string;
  port?: number;
};
type Next = (args: { request: unknown; input: object }) => Promise<never>;

/** What AWS's SDK sends for a model and text; of its headers only those that every request has are signed. */
async function signedBySdk(
  model: string,
  text: string,
  region: string,
  sessionToken: string | null,
): Promise<Signed> {
  const client = new BedrockRuntimeClient({
    region,
    maxAttempts: 1,
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      ...(sessionToken === null ? {} : { sessionToken }),
    },
  });
  const keepFew =
    (next: Next): Next =>
    (args) => {
      const { headers, hostname } = args.request as Signed;
      for (const name of Object.keys(headers)) if (name !== "content-type") delete headers[name];
      headers["host"] = hostname;
      return next(args);
    };
  const before = { relation: "before", toMiddleware: "httpSigningMiddleware" } as const;
  client.middlewareStack.addRelativeTo(keepFew as never, { ...before, name: "keepFew" });
  const { promise, resolve } = Promise.withResolvers<Signed>();
  client.middlewareStack.addRelativeTo(
    (): Next => (args) => {
      resolve(args.request as Signed);
      throw new Error("not sent");
    },
    { relation: "after", toMiddleware: "httpSigningMiddleware", name: "lookAt" },
  );
  const asked = { modelId: model, messages: [{ role: "user" as const, content: [{ text }] }] };
  await client.send(new ConverseStreamCommand(asked)).catch(() => null);
  return promise;
}

for (const { model, text, region, token } of [
  {
    model: "anthropic.claude-haiku-4-5-20251001-v1:0",
    text: "Hello",
    region: "us-east-1",
    token: null,
  },
  { model: "eu.amazon.nova-pro-v1:0", text: 'grüß 🌍\n"x"', region: "eu-central-1", token: null },
  {
    model: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3",
    text: "",
    region: "us-west-2",
    token: "IQoJb3JpZ2luX2VjEP//+token/with=signs==",
  },
  { model: "what (is) it's *! ~name", text: "é", region: "ap-northeast-1", token: "t" },
]) {
  test(`${model} in ${region} is signed as AWS's SDK signs it`, async () => {
    const theirs = await signedBySdk(model, text, region, token);
    const date = theirs.headers["x-amz-date"] ?? "";
    const nowMs = Date.parse(
      date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
    );
    const ours = signAws(
      { ...keys, sessionToken: token },
      { region, service: "bedrock" },
      {
        host: `bedrock-runtime.${region}.amazonaws.com`,
        path: theirs.path,
        body: theirs.body,
        nowMs,
      },
    );
    assert.is(ours["authorization"], theirs.headers["authorization"]);
    for (const name of ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"])
      assert.is(ours[name], theirs.headers[name], name);
    assert.is(ours["content-type"], "application/json");
  });
}

test("the derived key is the one that AWS publishes as its example", () => {
  // docs.aws.amazon.com, "Examples of how to derive a signing key for Signature Version 4"; its scope is iam's.
  const published = "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d";
  const path = "/model/x/converse";
  const nowMs = Date.UTC(2012, 1, 15, 12, 0, 0);
  const ours = signAws(
    keys,
    { region: "us-east-1", service: "iam" },
    { host: "h", path, body: "{}", nowMs },
  );
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const canonical = `POST\n${path}\n\ncontent-type:application/json\nhost:h\nx-amz-content-sha256:${hash("{}")}\nx-amz-date:20120215T120000Z\n\ncontent-type;host;x-amz-content-sha256;x-amz-date\n${hash("{}")}`;
  const signature = createHmac("sha256", Buffer.from(published, "hex"))
    .update(
      `AWS4-HMAC-SHA256\n20120215T120000Z\n20120215/us-east-1/iam/aws4_request\n${hash(canonical)}`,
    )
    .digest("hex");
  assert.ok(ours["authorization"]?.endsWith(`Signature=${signature}`));
});

for (const { name, text, expected } of [
  {
    name: "id and secret",
    text: "AKIAEXAMPLE000000001:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n",
    expected: {
      accessKeyId: "AKIAEXAMPLE000000001",
      secretAccessKey: keys.secretAccessKey,
      sessionToken: null,
      region: null,
    },
  },
  {
    name: "id, secret and session token",
    text: "ASIAEXAMPLE000000001:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY:IQoJ/+=",
    expected: {
      accessKeyId: "ASIAEXAMPLE000000001",
      secretAccessKey: keys.secretAccessKey,
      sessionToken: "IQoJ/+=",
      region: null,
    },
  },
  {
    name: "JSON",
    text: '{"accessKeyId":"A","secretAccessKey":"B","sessionToken":"","region":"eu-west-1"}',
    expected: {
      accessKeyId: "A",
      secretAccessKey: "B",
      sessionToken: null,
      region: "eu-west-1",
    },
  },
  { name: "a Bedrock API key", text: "ABSKQmVkcm9ja0FQSUtleS0x+/=", expected: null },
  { name: "a short Bedrock API key", text: "bedrock-api-key-YmVkcm9jay5hbWF6b24=", expected: null },
])
  test(`a credential may be ${name}`, () => assert.equal(parseAwsKeys(text), expected));

test("JSON that lacks a part is refused by name, and its values are not told", () => {
  assert.throws(() => parseAwsKeys('{"accessKeyId":"A"}'), /lacks secretAccessKey/);
  assert.throws(() => parseAwsKeys('{"accessKeyId"'), /begins like JSON/);
});

for (const { host, region, service } of [
  { host: "bedrock-runtime.us-east-1.amazonaws.com", region: "us-east-1", service: "bedrock" },
  { host: "bedrock-runtime.cn-north-1.amazonaws.com.cn", region: "cn-north-1", service: "bedrock" },
  {
    host: "bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
    region: "us-gov-west-1",
    service: "bedrock",
  },
  {
    host: "vpce-1a2b.bedrock-runtime.eu-west-3.vpce.amazonaws.com",
    region: "eu-west-3",
    service: "bedrock",
  },
  { host: "bedrock-mantle.us-east-2.api.aws", region: "us-east-2", service: "bedrock-mantle" },
])
  test(`${host} says that it is ${service} in ${region}`, () =>
    assert.equal(scopeOf(host, keys, undefined), { region, service }));

test("a flag's region is before the credential's, and that before the host's", () => {
  const host = "bedrock-runtime.us-east-1.amazonaws.com";
  const named = { ...keys, region: "eu-west-1" };
  assert.is(scopeOf(host, named, "eu-north-1").region, "eu-north-1");
  assert.is(scopeOf(host, named, undefined).region, "eu-west-1");
  assert.throws(() => scopeOf("proxy.example.com", keys, undefined), /flag "region"/);
});

test("anything that is not a pair of keys is shown as a Bedrock API key", () => {
  const pools = new Pools();
  const unsigned = {
    pools,
    allowPrivateNetwork: false,
    credentialId: "c",
    scheme: "aws-sigv4" as const,
    key: "ABSKdGVzdA==",
    origin: "https://bedrock-runtime.us-east-1.amazonaws.com",
    path: "/model/x/converse",
    body: "{}",
    nowMs: 0,
    flags: {},
  };
  assert.equal(sign(unsigned), { authorization: "Bearer ABSKdGVzdA==" });
});

/** The SDK would speak HTTP/2, which a double does not. */
async function overHttp({ hostname, port, path, headers, body }: Signed) {
  const call = request({ host: hostname, port, path, method: "POST", headers });
  call.end(body);
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  return {
    response: { statusCode: answer.statusCode ?? 0, headers: answer.headers, body: answer },
  };
}

test("AWS's own client understands the double: signature, frames and failures", async () => {
  const double = await startBedrockApi();
  const client = new BedrockRuntimeClient({
    endpoint: double.origin,
    region: bedrockKeys.region,
    credentials: bedrockKeys,
    maxAttempts: 1,
    requestHandler: { handle: overHttp },
  });
  const modelId = "anthropic.claude-sonnet-4-5";
  const messages = [{ role: "user" as const, content: [{ text: "Hello" }] }];
  const whole = await client.send(new ConverseCommand({ modelId, messages }));
  assert.match(whole.output?.message?.content?.[0]?.text ?? "", "grüß dich");
  const streamed = await client.send(new ConverseStreamCommand({ modelId, messages }));
  let text = "";
  let tokens = 0;
  for await (const event of streamed.stream ?? []) {
    text += event.contentBlockDelta?.delta?.text ?? "";
    tokens += event.metadata?.usage?.outputTokens ?? 0;
  }
  assert.match(text, "grüß dich");
  assert.is(tokens, 7);
  const broken = await client.send(
    new ConverseStreamCommand({ modelId: `${modelId}--breaks`, messages }),
  );
  const read = async () => {
    for await (const event of broken.stream ?? []) assert.ok(event);
  };
  await read().then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, "ModelStreamErrorException"),
  );
  client.destroy();
  await double.close();
});

test.run();
