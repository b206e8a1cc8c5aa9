// Tokens of Google's service accounts, from a real token endpoint that checks signature and claims (test/doubles/gemini-api.ts).
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CredentialFailure } from "#data/upstream/credential-failure.ts";
import { renewGoogle, signGoogle, type TokenRequest } from "#data/upstream/google-token.ts";
import { Pools } from "#data/upstream/pools.ts";
import { geminiKey, serviceAccount, startGeminiApi } from "#test/doubles/gemini-api.ts";
import { startStrictServer } from "#test/doubles/strict-server.ts";

const test = suite("google tokens");
const double = await startGeminiApi();
const key = serviceAccount(`${double.origin}/token`);
const startMs = Date.UTC(2026, 10, 25);
const request = (more: Partial<TokenRequest> = {}): TokenRequest => ({
  key,
  origin: double.origin,
  allowPrivateNetwork: true,
  credentialId: "credential-1",
  nowMs: startMs,
  ...more,
});
const asked = (): number => double.requests.filter(({ path }) => path === "/token").length;

async function failureOf(signing: () => unknown): Promise<CredentialFailure["failure"]> {
  try {
    await signing();
  } catch (cause) {
    if (cause instanceof CredentialFailure) return cause.failure;
    throw cause;
  }
  throw new Error("this was taken");
}

test("many who wait for a token cause one request, and later ones none", async () => {
  const pools = new Pools();
  const before = asked();
  const all = await Promise.all(
    Array.from({ length: 50 }, () => Promise.resolve(signGoogle(request(), pools))),
  );
  assert.is(new Set(all.map((headers) => headers["authorization"])).size, 1);
  assert.match(all[0]?.["authorization"] ?? "", /^Bearer ya29\./);
  const kept = signGoogle(request({ nowMs: startMs + 3_298_000 }), pools);
  assert.not.ok(kept instanceof Promise, "a kept token needs no waiting");
  assert.is(asked(), before + 1);
  await pools.close();
});

test("a token is renewed five minutes before its end, and nobody waits for it", async () => {
  const pools = new Pools();
  const first = await signGoogle(request(), pools);
  const before = asked();
  const nowMs = startMs + 3_299_000;
  for (let times = 0; times < 10; times++)
    assert.equal(signGoogle(request({ nowMs }), pools), first);
  while (asked() === before) await new Promise((resolve) => setImmediate(resolve));
  let later = first;
  while (later["authorization"] === first["authorization"]) {
    await new Promise((resolve) => setImmediate(resolve));
    later = await signGoogle(request({ nowMs }), pools);
  }
  assert.is(asked(), before + 1);
  await pools.close();
});

test("a refused token is replaced once, however many were refused with it", async () => {
  const pools = new Pools();
  const refused = await signGoogle(request(), pools);
  const before = asked();
  const fresh = await Promise.all(
    Array.from({ length: 10 }, async () => await renewGoogle(request(), pools, refused)),
  );
  assert.is(asked(), before + 1);
  assert.is.not(fresh[0]?.["authorization"], refused["authorization"]);
  // One that was refused before its replacement came does not take the replacement away.
  const again = await renewGoogle(request(), pools, refused);
  assert.is(again?.["authorization"], fresh[0]?.["authorization"]);
  assert.is(asked(), before + 1);
  await pools.close();
});

test("an API key is shown as one, and a token as what it is; neither is ever renewed", async () => {
  const pools = new Pools();
  const express = request({ key: geminiKey });
  assert.equal(signGoogle(express, pools), { "x-goog-api-key": geminiKey });
  assert.is(renewGoogle(express, pools, {}), null);
  assert.equal(signGoogle(request({ key: "ya29.abc\n" }), pools), {
    authorization: "Bearer ya29.abc",
  });
});

for (const { name, broken, says, more = {} } of [
  { name: "JSON that was cut", broken: key.slice(0, 100), says: "not JSON" },
  {
    name: "another kind of credential",
    broken: serviceAccount("", { type: "authorized_user" }),
    says: 'its type is "authorized_user"',
  },
  { name: "no key in it", broken: serviceAccount("", { private_key: "" }), says: "private_key" },
  {
    name: "a key that is no PEM",
    broken: serviceAccount("", { private_key: "abc" }),
    says: "private_key cannot be read",
  },
  { name: "no address", broken: serviceAccount("", { client_email: 7 }), says: "client_email" },
  {
    name: "another universe",
    broken: serviceAccount("", { universe_domain: "example.com" }),
    says: "universe_domain",
  },
  {
    name: "a token endpoint of somebody's own",
    broken: serviceAccount("https://tokens.example.com/token"),
    says: "token_uri",
  },
  {
    name: "a token endpoint in the gateway's own network",
    broken: serviceAccount("http://169.254.169.254/computeMetadata/v1"),
    says: "token_uri",
    more: { allowPrivateNetwork: true },
  },
  {
    name: "the provider's own address without the operator's word",
    broken: key,
    says: "token_uri",
    more: { allowPrivateNetwork: false },
  },
  {
    name: "an account that Google does not know",
    broken: serviceAccount(`${double.origin}/token`, { client_email: "x@acme" }),
    says: "refuses the service account x@acme: invalid_grant, Invalid grant: account not found",
  },
] as { name: string; broken: string; says: string; more?: Partial<TokenRequest> }[])
  test(`a credential that cannot be used says why, and nothing of the key: ${name}`, async () => {
    const pools = new Pools();
    const failure = await failureOf(() => signGoogle(request({ key: broken, ...more }), pools));
    assert.is(failure.kind, "auth");
    assert.match(failure.text, says);
    assert.not.match(failure.text, "BEGIN PRIVATE KEY");
    await pools.close();
  });

test("a key that was refused is not shown again for a few seconds, and then is", async () => {
  const pools = new Pools();
  const broken = serviceAccount(`${double.origin}/token`, { client_email: "y@acme" });
  const before = asked();
  await failureOf(() => signGoogle(request({ key: broken }), pools));
  await failureOf(() => signGoogle(request({ key: broken, nowMs: startMs + 4_000 }), pools));
  assert.is(asked(), before + 1);
  await failureOf(() => signGoogle(request({ key: broken, nowMs: startMs + 6_000 }), pools));
  assert.is(asked(), before + 2);
  await pools.close();
});

test("while Google gives no new token the old one is shown until its end", async () => {
  let up = true;
  const server = await startStrictServer(() =>
    up
      ? { status: 200, body: { access_token: "ya29.first", expires_in: 3_600 } }
      : { status: 503, body: "down" },
  );
  const pools = new Pools();
  const of = { key: serviceAccount(`${server.origin}/token`), origin: server.origin };
  await signGoogle(request(of), pools);
  up = false;
  const late = await signGoogle(request({ ...of, nowMs: startMs + 3_400_000 }), pools);
  assert.is(late["authorization"], "Bearer ya29.first");
  const failure = await failureOf(() =>
    signGoogle(request({ ...of, nowMs: startMs + 3_600_000 }), pools),
  );
  assert.is(failure.kind, "server");
  await pools.close();
  await server.close();
});

test.after(() => double.close());
test.run();
