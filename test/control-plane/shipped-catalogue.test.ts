import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseConfiguration } from "#control/configuration/parse-configuration.ts";
import { aliases } from "#control/shipped-catalogue/aliases.ts";
import { ageInDays, daysMax } from "#control/shipped-catalogue/check-age.ts";
import { factsOf, shippedModels } from "#control/shipped-catalogue/models.ts";
import { shippedProviders } from "#control/shipped-catalogue/providers.ts";
import { simulatorConfiguration } from "#control/shipped-catalogue/simulator.ts";
import type { ListConfiguration } from "#control/configuration/configuration.ts";
import { checkFlags } from "#schema/flags/check-flags.ts";
import { charge, isComplete, unitPrice } from "#schema/money/price.ts";
import { formatPerMillion } from "#schema/money/amount.ts";
import type { Meter } from "#schema/meters.ts";

const catalogue = suite("shipped catalogue");

/** What is shipped holds from the start on: one list a side. */
const linesOf = (lists: readonly ListConfiguration[]) => lists[0]?.lines ?? [];

const configuration = parseConfiguration(
  JSON.stringify({ models: shippedModels }),
  shippedProviders.map(({ slug }) => slug),
);
const places = configuration.models.flatMap((model) =>
  model.endpoints.map((endpoint) => ({
    model,
    endpoint,
    name: `${model.id} at ${endpoint.provider} ${endpoint.upstream_model}`,
    price: { id: model.id, lines: linesOf(endpoint.charge) },
    provider: shippedProviders.find(({ slug }) => slug === endpoint.provider),
  })),
);
const isEmbedding = (outputs: readonly string[]) => outputs.includes("embeddings");
const isRerank = (outputs: readonly string[]) => outputs.includes("rerank");

/** What a check finds wrong, all of it at once. */
function none(found: readonly (string | null)[]): void {
  assert.equal(
    found.filter((one) => one !== null),
    [],
  );
}

catalogue(
  "every row is what a config file may say: legal ids, known providers, no duplicates",
  () => {
    assert.is(configuration.models.length, shippedModels.length);
    assert.ok(configuration.models.length >= 320, `${configuration.models.length} models`);
    assert.ok(places.length >= 750, `${places.length} endpoints`);
    const providers = new Set(places.map(({ endpoint }) => endpoint.provider));
    assert.ok(providers.size >= 40, `${providers.size} providers`);
  },
);

catalogue("every author has a file of its own, and every file is in the catalogue", () => {
  const folder = join(import.meta.dirname, "../../control-plane/shipped-catalogue/models");
  assert.equal(
    readdirSync(folder).toSorted(),
    [...new Set(shippedModels.map(({ id }) => `${id.split("/", 1)[0]}.ts`))].toSorted(),
  );
});

catalogue("every price is complete, exact, above zero, and says where and when it was read", () => {
  for (const { name, model, endpoint, price } of places) {
    assert.ok(isComplete(price), name);
    assert.ok(charge({ input: 1n, output: 1n, request: 1n }, price).total > 0n, name);
    // Dearer than any model ever was, or cheaper, is a slip of a decimal point. In picodollars for one.
    for (const { meter, perUnit } of price.lines) {
      const [least, most] =
        meter === "request" ? [1_000_000n, 1_000_000_000_000n] : [1_000n, 1_000_000_000n];
      const free =
        isRerank(model.output_modalities) ||
        (meter === "output" && isEmbedding(model.output_modalities));
      assert.ok((perUnit >= least && perUnit <= most) || free, `${name}: ${meter} ${perUnit}`);
    }
    const [list] = endpoint.charge;
    assert.ok(list?.source && list.asOf, name);
    assert.ok((list?.asOf ?? "9") <= factsOf, name);
  }
});

catalogue("a price list with tiers gives every price in each of them, and dearer ones", () => {
  none(
    places.flatMap(({ name, price }) => {
      const edges = [...new Set(price.lines.map((line) => line.aboveInputTokens))].toSorted(
        (a, b) => a - b,
      );
      const meters = new Set(price.lines.map((line) => line.meter));
      meters.delete("request");
      return edges.flatMap((edge, at) => {
        const before = BigInt(edges[at - 1] ?? 0) + 1n;
        return [...meters].map((meter) => {
          const has = price.lines.some(
            (line) => line.meter === meter && line.aboveInputTokens === edge,
          );
          if (!has) return `${name}: no ${meter} above ${edge}`;
          const less =
            edge > 0 &&
            (unitPrice(price, meter, BigInt(edge) + 1n) ?? 0n) <
              (unitPrice(price, meter, before) ?? 0n);
          return less ? `${name}: ${meter} is cheaper above ${edge}` : null;
        });
      });
    }),
  );
});

catalogue("OpenAI's long price starts at 272,000 tokens, and all others above their edge", () => {
  const edges = new Map<number, Set<string>>();
  for (const { model, endpoint, price } of places)
    for (const { aboveInputTokens: edge } of price.lines)
      if (edge > 0)
        edges.set(
          edge,
          (edges.get(edge) ?? new Set()).add(
            model.id.startsWith("openai/") ? "openai" : endpoint.provider,
          ),
        );
  assert.equal([...(edges.get(271_999) ?? [])], ["openai"]);
  assert.is(edges.get(272_000)?.has("openai") ?? false, false);
  assert.is(edges.has(200_000), true);
});

catalogue("no tier is beyond the window that could reach it", () => {
  none(
    places.map(({ name, model, endpoint, price }) =>
      price.lines.some(
        (line) => line.aboveInputTokens >= (endpoint.context_length ?? model.context_length),
      )
        ? name
        : null,
    ),
  );
});

catalogue("reading from a cache costs no more than reading anew", () => {
  none(
    places.map(({ name, price }) =>
      (unitPrice(price, "cache_read", 0n) ?? 0n) > (unitPrice(price, "input", 0n) ?? 0n)
        ? name
        : null,
    ),
  );
});

catalogue(
  "Claude in its own protocols has a price for an hour in the cache: twice the input",
  () => {
    for (const { name, model, endpoint, price } of places) {
      if (!model.id.startsWith("anthropic/")) continue;
      if (!["anthropic", "amazon-bedrock", "google-vertex"].includes(endpoint.provider)) continue;
      const at = (meter: Meter) => unitPrice(price, meter, 0n) ?? 0n;
      assert.is(at("cache_write_1h"), at("input") * 2n, name);
      assert.is(at("cache_write_5m") * 4n, at("input") * 5n, name);
    }
  },
);

/** Cheaper answers than half of the prompt, which are mostly swapped columns: where it is so. */
const cheapAnswers: readonly { place: string; since: string }[] = [];

catalogue("an answer costs at least half of what a prompt costs", () => {
  const found = places
    .filter(
      ({ model, price }) =>
        !isEmbedding(model.output_modalities) &&
        !isRerank(model.output_modalities) &&
        (unitPrice(price, "output", 0n) ?? 0n) * 2n < (unitPrice(price, "input", 0n) ?? 0n),
    )
    .map(({ name }) => name);
  assert.equal(
    found,
    cheapAnswers.map(({ place }) => place),
  );
});

catalogue("DeepSeek asks half at night and on weekends", () => {
  const own = places.filter(({ endpoint }) => endpoint.provider === "deepseek");
  assert.is(own.length, 2);
  for (const { name, price } of own)
    for (const line of price.lines.filter(({ hours }) => hours)) {
      const usual = price.lines.find((each) => each.meter === line.meter && !each.hours);
      assert.is(line.perUnit, (usual?.perUnit ?? 0n) * 2n, `${name}: ${line.meter}`);
      assert.match(line.hours ?? "", /^mon,tue,wed,thu,fri (01:00-04:00|06:00-10:00)$/);
    }
});

catalogue(
  "every provider that is named is shipped, and has a model of its own to try first",
  () => {
    for (const { name, provider } of places) assert.ok(provider, name);
    for (const { slug, firstModel } of shippedProviders) {
      if (!firstModel) continue;
      const model = configuration.models.find(({ id }) => id === firstModel);
      assert.ok(
        model?.endpoints.some(({ provider }) => provider === slug),
        `${slug}: ${firstModel}`,
      );
    }
  },
);

catalogue("clients can name every endpoint: one without a tag, or each with its own", () => {
  const names = places.map(
    ({ model, endpoint }) => `${model.id} ${endpoint.provider}/${endpoint.tag ?? ""}`,
  );
  none(names.map((name, at) => (names.indexOf(name) === at ? null : name)));
});

catalogue(
  "no endpoint promises a longer context or output than its model, or than it holds",
  () => {
    for (const { name, model, endpoint } of places) {
      const context = endpoint.context_length ?? model.context_length;
      assert.ok(context <= model.context_length, name);
      const output = endpoint.max_output_tokens ?? model.max_output_tokens;
      assert.ok((endpoint.max_output_tokens ?? 0) <= (model.max_output_tokens ?? context), name);
      if (endpoint.max_output_tokens !== undefined || context === model.context_length)
        assert.ok((output ?? 0) <= context, `${name}: ${output} of ${context}`);
    }
  },
);

catalogue("every flag is one that the endpoint's protocol has", () => {
  none(
    places.flatMap(({ name, endpoint, provider }) =>
      checkFlags(
        endpoint.protocol ?? provider?.protocol ?? "openai-chat",
        endpoint.flags ?? {},
      ).map(({ flag, message }) => `${name}: ${flag} ${message}`),
    ),
  );
});

catalogue("what answers on another protocol than its provider's says so", () => {
  const protocolAt = (provider: string, upstreamModel: string) => {
    const found = places.find(
      ({ endpoint }) => endpoint.provider === provider && endpoint.upstream_model === upstreamModel,
    );
    return found && (found.endpoint.protocol ?? found.provider?.protocol);
  };
  for (const [provider, upstreamModel, protocol] of [
    ["openai", "gpt-5-pro", "openai-responses"],
    ["openai", "gpt-5.3-codex", "openai-responses"],
    ["openai", "o3-pro", "openai-responses"],
    ["openai", "gpt-6.1-sol", "openai-responses"],
    ["openai", "gpt-4.1", "openai-chat"],
    ["openai", "text-embedding-3-large", "openai-embeddings"],
    ["azure", "gpt-5.2-pro", "openai-responses"],
    ["azure", "gpt-4o", "azure-openai"],
    ["xai", "grok-4.7", "openai-responses"],
    ["anthropic", "claude-opus-5-5", "anthropic-messages"],
    ["google-ai-studio", "gemini-3.8-flash", "gemini-generate-content"],
    ["google-ai-studio", "gemini-embedding-001", "gemini-embeddings"],
    ["google-vertex", "claude-sonnet-5@default", "vertex"],
    ["amazon-bedrock", "global.anthropic.claude-opus-5-5", "bedrock-converse"],
    ["cohere", "command-a-03-2025", "cohere-chat"],
    ["cohere", "embed-v4.0", "cohere-embed"],
    ["voyage", "voyage-4", "openai-embeddings"],
    ["voyage", "rerank-2.5", "jina-rerank"],
    ["cohere", "rerank-v4.0-pro", "cohere-rerank"],
    ["deepseek", "deepseek-flash", "openai-chat"],
  ] as const)
    assert.is(protocolAt(provider, upstreamModel), protocol, `${provider} ${upstreamModel}`);
});

catalogue("vectors and rankings come out of models and protocols that are for them", () => {
  const vectors = /^(openai-embeddings|cohere-embed|gemini-embeddings)$/;
  const rankings = /^(cohere|jina)-rerank$/;
  for (const { name, model, endpoint, provider } of places) {
    const protocol = endpoint.protocol ?? provider?.protocol ?? "";
    assert.is(vectors.test(protocol), isEmbedding(model.output_modalities), name);
    assert.is(rankings.test(protocol), isRerank(model.output_modalities), name);
  }
});

catalogue("every alias names the newest of a family of its author, and nothing else", () => {
  for (const [alias, id] of Object.entries(aliases)) {
    const model = configuration.models.find((each) => each.id === id);
    assert.ok(model, `${alias}: ${id}`);
    assert.ok(model?.details?.aliases?.includes(alias), alias);
    assert.is(alias.split("/", 1)[0], `~${id.split("/", 1)[0]}`);
    assert.match(alias, /^~[a-z0-9-]+\/[a-z0-9-]+-latest$/);
  }
  const all = configuration.models.flatMap(({ details }) => details?.aliases ?? []);
  assert.is(all.length, Object.keys(aliases).length);
});

catalogue("nothing is free: what a provider gives as a trial is not for sale", () => {
  none(configuration.models.map(({ id }) => (id.endsWith(":free") ? id : null)));
  none(
    places.map(({ name, price }) =>
      charge({ input: 1n, request: 1n }, price).total === 0n ? name : null,
    ),
  );
});

catalogue("amounts are written as they are charged", () => {
  for (const { charge: written } of shippedModels.flatMap(({ endpoints = [] }) => endpoints))
    assert.ok(!Array.isArray(written) && /^\d+\.\d{2,6}$/.test(`${written.input}`));
  const [place] = places.filter(
    ({ endpoint }) =>
      endpoint.provider === "anthropic" && endpoint.upstream_model === "claude-haiku-5-5",
  );
  assert.ok(place);
  assert.equal(
    place.price.lines.map(
      ({ meter, aboveInputTokens, perUnit }) =>
        `${meter}>${aboveInputTokens} ${formatPerMillion(perUnit)}`,
    ),
    [
      "input>0 0.1",
      "output>0 0.5",
      "cache_read>0 0.01",
      "cache_write_5m>0 0.125",
      "cache_write_1h>0 0.2",
      "input>100000 0.5",
      "output>100000 2.5",
      "cache_read>100000 0.05",
      "cache_write_5m>100000 0.625",
      "cache_write_1h>100000 1",
    ],
  );
});

catalogue("docs/catalogue.md says how much it is, and of which day", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/catalogue.md"), "utf8");
  const providers = new Set(places.map(({ endpoint }) => endpoint.provider));
  const day = new Date(factsOf).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  assert.match(
    page.replace(/\s+/g, " "),
    `${shippedModels.length} models, ${places.length} endpoints of ${providers.size} providers and their list prices, as of ${day}`,
  );
});

catalogue("facts of more than sixty days are not released", () => {
  const day = Date.parse(factsOf);
  assert.is(ageInDays(new Date(day + daysMax * 86_400_000)), daysMax);
  assert.ok(ageInDays(new Date(day + (daysMax + 1) * 86_400_000)) > daysMax);
  // Time alone must not break the tests: `npm version` refuses, this only says so.
  const age = ageInDays(new Date());
  if (age > daysMax)
    console.warn(`The shipped catalogue's facts are ${age} days old; it cannot be released so.`);
});

catalogue("the simulator's catalogue is legal, and its free model is free", () => {
  const { models } = parseConfiguration(
    JSON.stringify(simulatorConfiguration("http://127.0.0.1:4002")),
  );
  const free = models.find(({ id }) => id === "simulator/free")?.endpoints[0];
  assert.ok(free);
  assert.is(
    charge({ input: 5n, output: 5n }, { id: "free", lines: linesOf(free.charge) }).total,
    0n,
  );
});

catalogue.run();
