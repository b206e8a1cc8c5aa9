// An agent at work: twenty steps of thinking and of two calls at once, by clients of three dialects, at providers of four
// protocols. In the middle the provider is overloaded and another one takes over, which speaks another protocol and cannot
// read what the first has signed; later the client goes back. No step fails, nobody is shown another's thoughts, each is
// shown its own again, and in the end the ledger has taken exactly what the steps cost.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectProvider } from "#control/catalogue/connect-provider.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import type { Counts, Meter } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { formatDollars, picodollars } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { chatClient } from "#test/data-plane/crossings/chat-client.ts";
import type {
  Answer,
  DialectClient,
  Question,
  Turn,
} from "#test/data-plane/crossings/dialect-client.ts";
import { messagesClient } from "#test/data-plane/crossings/messages-client.ts";
import { responsesClient } from "#test/data-plane/crossings/responses-client.ts";
import type { Conformance } from "#test/data-plane/providers/conformance.ts";
import { conformance as anthropicMessages } from "#test/data-plane/providers/anthropic-messages.cells.ts";
import { conformance as gemini } from "#test/data-plane/providers/gemini-generate-content.cells.ts";
import { openaiChat } from "#test/data-plane/providers/openai-chat.cells.ts";
import { conformance as openaiResponses } from "#test/data-plane/providers/openai-responses.cells.ts";
import { masterKey, priceLine } from "#test/data-plane/small-gateway.ts";
import { testDatabase } from "#test/database.ts";
import { agentGap, agentStep, agentSteps, seenAt, thoughtOf } from "#test/doubles/agent-script.ts";
import { signatureOf } from "#test/doubles/anthropic-api.ts";
import { ask } from "#test/doubles/client.ts";
import { cipherOf } from "#test/doubles/responses-api.ts";
import type { StrictServer } from "#test/doubles/strict-server.ts";
import { startFleet } from "./fleet.ts";
import { until } from "./installation.ts";

type Agent = {
  conformance: Conformance;
  /** The double's name for it, by script. */
  of: (script: string) => string;
  /** Begins what it thinks. */
  api: string;
  /** Of its endpoint. */
  flags?: Record<string, unknown>;
  /** Thinks about results only where it thought before the calls: once another one has answered, it goes on without. */
  thinksOnlyFromTheStart?: true;
  /** What of a step's thoughts only this provider can have written, as a request carries it back. */
  trace: (step: number) => string;
};

const deepseek: Agent = {
  // As DeepSeek's row in the shipped catalogue has it.
  conformance: { ...openaiChat, flags: { ...openaiChat.flags, reasoningEchoRequired: true } },
  of: (script) => `thinking-${script}`,
  api: "DeepSeek",
  trace: (step) => thoughtOf("DeepSeek", step),
};
const claude: Agent = {
  conformance: anthropicMessages,
  of: (script) => `claude-mid-${script}`,
  api: "Claude",
  trace: (step) => signatureOf(thoughtOf("Claude", step)),
};
/** As it was before 4.6, with budgets. */
const earlierClaude: Agent = {
  ...claude,
  of: (script) => `claude-old-${script}`,
  flags: { thinking: "budget" },
  thinksOnlyFromTheStart: true,
};
const google: Agent = {
  conformance: gemini,
  of: (script) => `gemini-3.8-flash--${script}`,
  api: "Gemini",
  trace: (step) =>
    Buffer.from(`of the double: look ${JSON.stringify({ step, side: "left" })}`).toString("base64"),
};
const openai: Agent = {
  conformance: openaiResponses,
  of: (script) => script,
  api: "OpenAI",
  trace: (step) => cipherOf(`rs_${step}`),
};
const clients = [chatClient, responsesClient, messagesClient];
const grant = 10n * 10n ** 12n; // 10 USD

/** Dollars per million of the first endpoint and of the second. */
const prices = {
  first: linesOf({ input: "1", cache_read: "0.1", output: "4", reasoning: "5" }),
  second: linesOf({ input: "2", cache_read: "0.3", output: "7", reasoning: "11" }),
};
function linesOf(perMillion: Partial<Record<Meter, string>>): PriceLine[] {
  const meters = ["input", "cache_read", "output", "reasoning"] as const;
  return meters.map((meter) => priceLine(meter, perMillion[meter] ?? "0"));
}

const database = await testDatabase();
const fleet = await startFleet({ databaseUrl: database.url, gateways: 1 });
const { db, sql } = fleet;
const [port = 0] = fleet.ports;

const doubles = new Map<string, StrictServer>();
const providers = new Map<string, Awaited<ReturnType<typeof connectProvider>>>();
for (const { conformance } of [deepseek, claude, google, openai]) {
  const { protocol, start, basePath, key, flags = {} } = conformance;
  const double = await start();
  doubles.set(protocol, double);
  const connected = await connectProvider(
    db,
    {
      slug: protocol,
      name: protocol,
      protocol,
      baseUrl: double.origin + basePath,
      key,
      allowPrivateNetwork: true,
      flags,
    },
    masterKey,
  );
  providers.set(protocol, connected);
}

const test = suite("agent loop");
test.after(async () => {
  await fleet.close();
  await database.close();
  await Promise.all([...doubles.values()].map((double) => double.close())); // an open server keeps the process from ending
});

type Pair = { first: Agent; second: Agent };
const pairs: readonly (Pair & { name: string })[] = [
  { name: "DeepSeek, then Claude, and back", first: deepseek, second: claude },
  { name: "Claude, then Gemini, and back", first: claude, second: google },
  { name: "Gemini, then OpenAI, and back", first: google, second: openai },
  { name: "OpenAI, then DeepSeek, and back", first: openai, second: deepseek },
  { name: "an earlier Claude, then Gemini, and back", first: earlierClaude, second: google },
];

async function putAgents(id: string, { first, second }: Pair): Promise<void> {
  await db.transaction(async (tx) => {
    await putModel(tx, {
      id,
      name: id,
      contextLength: 200_000,
      maxOutputTokens: 8_192,
      inputModalities: ["text"],
      outputModalities: ["text"],
      supportedParameters: ["max_tokens", "tools", "reasoning", "include_reasoning"],
    });
    for (const [agent, script, lines] of [
      [first, "agent-gap", prices.first],
      [second, "agent", prices.second],
    ] as const) {
      const provider = providers.get(agent.conformance.protocol);
      if (!provider) throw new Error(`no provider of ${agent.api}`);
      const endpoint = await putEndpoint(tx, {
        modelId: id,
        providerId: provider.id,
        upstreamModel: agent.of(script),
        flags: agent.flags,
        cancellable: true,
      });
      await publishPrice(tx, {
        endpointId: endpoint.id,
        side: "charge",
        lines,
        effectiveAt: new Date(Date.now() - 1_000),
        publishedBy: "test",
      });
    }
  });
}

async function answered(client: DialectClient, key: string, asked: Question): Promise<Answer> {
  const reply = await ask(`http://127.0.0.1:${port}${client.path}`, {
    body: client.body(asked),
    headers: { authorization: `Bearer ${key}` },
  });
  const body = await reply.text();
  assert.is(reply.status, 200, body);
  return asked.stream ? client.stream(body, asked) : client.whole(body, asked);
}

const look = {
  name: "look",
  description: "Looks to one side.",
  parameters: {
    type: "object",
    properties: { step: { type: "integer" }, side: { type: "string" } },
    required: ["step", "side"],
  },
};
const isGap = (step: number): boolean => step >= agentGap.from && step < agentGap.to;

for (const [at, client] of clients.entries())
  for (const [place, { name: story, ...pair }] of pairs.entries()) {
    const { first, second } = pair;
    test(`${client.name}: ${story}`, async () => {
      const model = `agents/${at}-${place}`;
      await putAgents(model, pair);
      const organization = await fleet.organization(formatDollars(picodollars(grant)));
      const { key } = await fleet.key(organization); // after the model: one clock of changes
      const turns: Turn[] = [{ kind: "user", text: "Look around." }];
      let total = 0n;
      const thinks = (step: number): boolean =>
        isGap(step) || step < agentGap.from || first.thinksOnlyFromTheStart !== true;
      for (let step = 0; step <= agentSteps; step++) {
        const [agent, other] = isGap(step) ? [second, first] : [first, second];
        const provider = { [step < agentGap.to ? "order" : "only"]: [first.conformance.protocol] };
        const answer = await answered(client, key, {
          model,
          turns,
          tools: [look],
          thinks: true,
          stream: step % 3 !== 0,
          more: { provider },
        });
        const { usage, ...expected } = agentStep(agent.api, step);
        assert.is(answer.text, expected.text, `step ${step}`);
        assert.equal(
          answer.calls.map(({ name, input }) => ({ name, input })),
          expected.calls,
        );
        assert.is(answer.finish, step < agentSteps ? "tools" : "stop");
        assert.is(answer.thoughts, thinks(step) ? expected.thought : "");
        const charge = chargeOf(
          { ...usage, reasoning: thinks(step) ? usage.reasoning : 0 },
          isGap(step) ? prices.second : prices.first,
        );
        assert.is(answer.told.cost, dollarsNumber(picodollars(charge)), `step ${step}`);
        total += charge;

        const request = JSON.stringify(
          doubles.get(agent.conformance.protocol)?.requests.at(-1)?.body,
        );
        for (let before = 0; before < step; before++) {
          const its = isGap(before) === isGap(step) && thinks(before);
          assert.is(
            request.includes(JSON.stringify(agent.trace(before))),
            its,
            `step ${step}: the thoughts of step ${before} ${its ? "come back" : "do not"}: ${request}`,
          );
          assert.not(
            request.includes(JSON.stringify(other.trace(before))),
            `step ${step}: not ${other.api}'s`,
          );
        }
        assert.not(request.includes(`${other.api} thinks`), `step ${step}: not ${other.api}'s`);
        assert.not(request.includes("turnpike."), "nobody is sent our seals");

        const ids = answer.calls.map(({ id }) => id);
        assert.is(new Set(ids).size, ids.length, "an id is of one call");
        const results = answer.calls.map(({ id, input }) => ({
          id,
          text: seenAt(input as { step: number; side: string }),
        }));
        turns.push({ kind: "answer", answer }, { kind: "results", results });
      }

      const booked = async () => {
        const [row] = await sql<{ count: number; charge: string; balance: string }[]>`
          select count(*)::int as count, coalesce(sum(charge), 0)::text as charge,
            (select balance::text from accounts where kind = 'credit' and organization_id = ${organization}) as balance
            from generations where organization_id = ${organization}`;
        return row;
      };
      await until(
        async () => (await booked())?.count === agentSteps + 1,
        "every step is booked",
        30_000,
      );
      const { charge, balance } = (await booked()) ?? {};
      assert.is(charge, total.toString());
      assert.is(balance, (grant - total).toString());
    });
  }

function chargeOf(
  { input, cached, output, reasoning }: ReturnType<typeof agentStep>["usage"],
  lines: readonly PriceLine[],
): bigint {
  const counts: Counts = {
    input: BigInt(input),
    cache_read: BigInt(cached),
    output: BigInt(output),
    reasoning: BigInt(reasoning),
  };
  return lines.reduce((sum, { meter, perUnit }) => sum + (counts[meter] ?? 0n) * perUnit, 0n);
}

test("the books reconcile", async () => {
  assert.equal(await fleet.differences(), []);
});

test.run();
