import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseConfiguration } from "#control/configuration/parse-configuration.ts";
import { shippedModels } from "#control/shipped-catalogue/models.ts";
import { fillProvider } from "#control/shipped-catalogue/fill-provider.ts";
import { notYetBuilt, shippedProviders } from "#control/shipped-catalogue/providers.ts";
import { simulatorConfiguration } from "#control/shipped-catalogue/simulator.ts";
import type { ListConfiguration } from "#control/configuration/configuration.ts";
import { charge, isComplete, unitPrice } from "#schema/money/price.ts";

const catalogue = suite("shipped catalogue");

/** What is shipped holds from the start on: one list a side. */
const linesOf = (lists: readonly ListConfiguration[]) => lists[0]?.lines ?? [];

const configuration = parseConfiguration(
  JSON.stringify({
    providers: shippedProviders.map((provider) => {
      const example = Object.fromEntries(
        Object.values(provider.variables).map(({ variable, example: value }) => [variable, value]),
      );
      const filled = fillProvider(provider, example);
      if ("missing" in filled) throw new Error(filled.missing.join());
      const { slug, name, protocol, keyVariable } = provider;
      const { baseUrl, flags } = filled;
      return { slug, name, protocol, base_url: baseUrl, key_env: keyVariable, flags };
    }),
    models: shippedModels,
  }),
);

catalogue(
  "every row is what a config file may say: legal ids, known providers, no duplicates",
  () => {
    assert.is(configuration.models.length, shippedModels.length);
    assert.ok(configuration.models.length > 100);
  },
);

catalogue("every price is complete, exact, and above zero", () => {
  for (const { id, endpoints } of configuration.models) {
    assert.ok(endpoints.length > 0, id);
    for (const endpoint of endpoints) {
      const price = { id, lines: linesOf(endpoint.charge) };
      assert.ok(isComplete(price), id);
      assert.ok(charge({ input: 1n, output: 1n }, price).total > 0n, id);
      // Dearer than any model ever was, or cheaper, is a slip of a decimal point.
      for (const { perUnit } of price.lines)
        assert.ok(perUnit >= 1_000n && perUnit <= 1_000_000_000n, `${id}: ${perUnit}`);
    }
  }
});

catalogue("a longer prompt never costs less", () => {
  for (const { id, endpoints } of configuration.models) {
    for (const endpoint of endpoints) {
      const price = { id, lines: linesOf(endpoint.charge) };
      let before = 0n;
      const thresholds = new Set(price.lines.map((line) => line.aboveInputTokens));
      for (const threshold of [...thresholds].toSorted((a, b) => a - b)) {
        const { total } = charge({ input: BigInt(threshold) + 1n }, price);
        assert.ok(total >= before, id);
        before = total;
      }
    }
  }
});

catalogue("reading from a cache costs no more than reading anew", () => {
  for (const { id, endpoints } of configuration.models) {
    for (const endpoint of endpoints) {
      const price = { id, lines: linesOf(endpoint.charge) };
      const [read, anew] = (["cache_read", "input"] as const).map((meter) =>
        unitPrice(price, meter, 0n),
      );
      assert.ok((read ?? 0n) <= (anew ?? 0n), id);
    }
  }
});

catalogue("every provider has a model of its own to try first, and a variable of its own", () => {
  for (const { slug, firstModel } of shippedProviders) {
    if (firstModel === null) continue;
    const model = configuration.models.find(({ id }) => id === firstModel);
    assert.ok(
      model?.endpoints.some(({ provider }) => provider === slug),
      `${slug}: ${firstModel}`,
    );
  }
  const variables = [
    ...shippedProviders.map(({ keyVariable }) => keyVariable),
    ...Object.keys(notYetBuilt),
  ];
  assert.is(new Set(variables).size, variables.length);
});

catalogue("no endpoint promises a longer context or output than its model", () => {
  for (const { id, context_length, max_output_tokens, endpoints } of configuration.models) {
    for (const endpoint of endpoints) {
      assert.ok((endpoint.context_length ?? 0) <= context_length, id);
      assert.ok((endpoint.max_output_tokens ?? 0) <= (max_output_tokens ?? context_length), id);
    }
  }
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
