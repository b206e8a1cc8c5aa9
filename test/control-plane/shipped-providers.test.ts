// Every provider row is what can be called: an address that fills, flags that exist, and a request that can be shown without sending it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkBaseUrl } from "#control/catalogue/check-base-url.ts";
import { fillProvider, keyIn } from "#control/shipped-catalogue/fill-provider.ts";
import { localServers } from "#control/shipped-catalogue/local-servers.ts";
import { shippedModels } from "#control/shipped-catalogue/models.ts";
import {
  notSpoken,
  shippedProviders,
  type ShippedProvider,
} from "#control/shipped-catalogue/providers.ts";
import { connectableProviders, unconnectable } from "#control/shipped-catalogue/seed-catalogue.ts";
import { dryRequest, type DryRequest } from "#data/check-provider.ts";
import { checkFlags } from "#schema/flags/check-flags.ts";

const test = suite("shipped providers");

/** contract/providers.md 1.1, rows 1 to 58 in its order (58 is two companies), and the hosts below the table. */
const known =
  `openai anthropic google-ai-studio google-vertex amazon-bedrock azure xai mistral cohere deepseek moonshotai z-ai
  minimax alibaba xiaomi stepfun perplexity ai21 upstage inception morph meta nvidia groq cerebras sambanova together fireworks
  deepinfra baseten novita nebius siliconflow hyperbolic cloudflare databricks snowflake huggingface nscale ovhcloud scaleway
  wandb inference-net io-net gmicloud chutes friendli digitalocean vultr crusoe arcee bytedance tencent venice nearai replicate
  openrouter voyage jina stackit berget tinfoil infomaniak hetzner modal regolo clarifai doubleword featherless inceptron sarvam
  poolside sakana thinkingmachines`.split(/\s+/);

const examples = (provider: ShippedProvider): Record<string, string> =>
  Object.fromEntries(
    Object.values(provider.variables).map(({ variable, example }) => [variable, example]),
  );
const filled = (provider: ShippedProvider) => {
  const result = fillProvider(provider, examples(provider));
  if ("missing" in result) throw new Error(result.missing.join());
  return result;
};

test("every provider of the table is there, or is said not to be spoken", () => {
  const here = new Set([...shippedProviders.map(({ slug }) => slug), ...Object.keys(notSpoken)]);
  assert.equal(
    known.filter((slug) => !here.has(slug)),
    [],
  );
  assert.equal(
    localServers.map(({ slug }) => slug),
    ["ollama", "vllm", "sglang", "llama-cpp", "lm-studio"],
  );
});

test("slugs and variables are unique, and no key is asked for under two names of different providers", () => {
  const slugs = [...shippedProviders, ...localServers].map(({ slug }) => slug);
  assert.is(new Set(slugs).size, slugs.length);
  const variables = shippedProviders.flatMap(({ keyVariable, otherKeyVariables = [] }) => [
    keyVariable,
    ...otherKeyVariables,
  ]);
  assert.is(new Set(variables).size, variables.length);
});

function assertDry(shown: DryRequest, name: string): void {
  assert.ok(URL.canParse(shown.url), `${name}: ${shown.url}`);
  assert.not.ok(/[{}]/.test(shown.url), `${name}: ${shown.url}`);
  assert.ok(JSON.parse(shown.body), name);
  assert.is(shown.headers["content-type"], "application/json", name);
  const secret = Object.entries(shown.headers).filter(([header]) =>
    ["authorization", "x-api-key", "api-key", "x-goog-api-key"].includes(header),
  );
  assert.is(secret.length, 1, `${name} shows its credential in one header`);
  assert.match(secret[0]?.[1] ?? "", /\*\*\*/, name);
}

for (const provider of shippedProviders) {
  test(`${provider.slug} has an address that may be called, flags of its protocol, and a dry request`, () => {
    const { baseUrl, flags } = filled(provider);
    assert.is(checkBaseUrl(baseUrl, { allowPrivateNetwork: false }), baseUrl);
    assert.equal(checkFlags(provider.protocol, flags), []);
    assert.ok(URL.canParse(provider.docs));
    const model = shippedModels
      .flatMap(({ endpoints = [] }) => endpoints)
      .find((endpoint) => endpoint.provider === provider.slug);
    const described = {
      protocol: model?.protocol ?? provider.protocol,
      baseUrl,
      flags: { ...flags, ...model?.flags },
      upstreamModel: model?.upstream_model ?? "some-model",
    };
    for (const stream of [false, true]) {
      const shown = dryRequest(described, { stream });
      assertDry(shown, provider.slug);
      assert.ok(new URL(shown.url).origin === new URL(baseUrl).origin, shown.url);
    }
  });
}

for (const { slug, baseUrl, flags } of localServers) {
  test(`${slug} has a dry request too`, () => {
    assert.equal(checkFlags("openai-chat", flags), []);
    const described = {
      protocol: "openai-chat" as const,
      baseUrl,
      flags: { ...flags },
      upstreamModel: "m",
    };
    const shown = dryRequest(described, { stream: true });
    assert.is(shown.url, `${baseUrl}/chat/completions`);
    assert.is((JSON.parse(shown.body) as { model: string }).model, "m");
  });
}

test("every shipped endpoint, whatever its protocol and flags, has a dry request", () => {
  let shown = 0;
  for (const { endpoints = [] } of shippedModels) {
    for (const endpoint of endpoints) {
      const provider = shippedProviders.find(({ slug }) => slug === endpoint.provider);
      if (!provider) throw new Error(`no provider ${endpoint.provider}`);
      const { baseUrl, flags } = filled(provider);
      const described = {
        protocol: endpoint.protocol ?? provider.protocol,
        baseUrl,
        flags: { ...flags, ...endpoint.flags },
        upstreamModel: endpoint.upstream_model,
      };
      assertDry(
        dryRequest(described, { stream: false }),
        `${endpoint.provider} ${endpoint.upstream_model}`,
      );
      shown++;
    }
  }
  assert.ok(shown >= 300, `${shown} endpoints`);
});

// --- What an account has of its own.
const bySlug = (slug: string): ShippedProvider => {
  const found = shippedProviders.find((provider) => provider.slug === slug);
  if (!found) throw new Error(`no provider ${slug}`);
  return found;
};
for (const { slug, environment, url } of [
  {
    slug: "cloudflare",
    environment: { CLOUDFLARE_ACCOUNT_ID: "abc123" },
    url: "https://api.cloudflare.com/client/v4/accounts/abc123/ai/v1",
  },
  {
    slug: "amazon-bedrock",
    environment: {},
    url: "https://bedrock-runtime.us-east-1.amazonaws.com",
  },
  {
    slug: "amazon-bedrock",
    environment: { AWS_REGION: "eu-central-1" },
    url: "https://bedrock-runtime.eu-central-1.amazonaws.com",
  },
  {
    slug: "google-vertex",
    environment: { GOOGLE_VERTEX_PROJECT: "p" },
    url: "https://aiplatform.googleapis.com/v1/projects/p/locations/global",
  },
  {
    slug: "google-vertex",
    environment: { GOOGLE_VERTEX_PROJECT: "p", GOOGLE_VERTEX_LOCATION: "eu" },
    url: "https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu",
  },
  {
    slug: "google-vertex",
    environment: { GOOGLE_VERTEX_PROJECT: "p", GOOGLE_VERTEX_LOCATION: "europe-west4" },
    url: "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4",
  },
]) {
  test(`${slug} with ${JSON.stringify(environment)} is at ${url}`, () => {
    const result = fillProvider(bySlug(slug), environment);
    assert.is("missing" in result ? result.missing.join() : result.baseUrl, url);
  });
}

for (const value of [
  "",
  "a/../b",
  "evil.test/",
  "a@b",
  "a b",
  "a?b",
  "a#b",
  "{x}",
  "a\nb",
  "//x",
  "x".repeat(300),
  "é",
]) {
  test(`${JSON.stringify(value.slice(0, 12))} does not become part of a host`, () => {
    const result = fillProvider(bySlug("azure"), { AZURE_OPENAI_RESOURCE: value });
    assert.ok("missing" in result);
    assert.match(result.missing.join(), /AZURE_OPENAI_RESOURCE.*such as my-resource/);
  });
}

test("a header of a row is filled as its address is", () => {
  const result = fillProvider(bySlug("wandb"), { WANDB_PROJECT: "team/project" });
  assert.equal("missing" in result ? null : result.flags["headers"], {
    "OpenAI-Project": "team/project",
  });
});

test("a provider is connected by its variable or by another that people have set, and not while its address lacks something", () => {
  const slugs = (environment: Record<string, string>) =>
    connectableProviders(environment).map(({ slug }) => slug);
  assert.equal(slugs({ GOOGLE_API_KEY: "k" }), ["google-ai-studio"]);
  assert.is(
    keyIn(bySlug("google-ai-studio"), { GOOGLE_API_KEY: "b", GEMINI_API_KEY: "a" })?.key,
    "a",
  );
  assert.equal(slugs({ AZURE_OPENAI_API_KEY: "k" }), []);
  assert.match(
    unconnectable({ AZURE_OPENAI_API_KEY: "k" }).join(),
    /AZURE_OPENAI_API_KEY is set, but Azure OpenAI also needs AZURE_OPENAI_RESOURCE/,
  );
  assert.equal(slugs({ AZURE_OPENAI_API_KEY: "k", AZURE_OPENAI_RESOURCE: "r" }), ["azure"]);
  assert.equal(slugs({ OPENAI_API_KEY: "  " }), []);
});

test.run();
