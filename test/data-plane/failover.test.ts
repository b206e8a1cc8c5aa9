// What a failed attempt leads to, seen from outside: who is asked next, who is asked again, and who is not asked for a while.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DoubleReply, startStrictServer } from "#test/doubles/strict-server.ts";
import { priceLine, smallGateway } from "./small-gateway.ts";

const test = suite("failover");

/** Answers in order, the last one from then on; by the upstream model's name. */
const scripts: Record<string, DoubleReply[]> = {};
const asked: string[] = [];
const flaky = await startStrictServer(({ body }) => {
  const { model = "" } = body as { model?: string };
  asked.push(model);
  const [next, ...rest] = scripts[model] ?? [];
  if (rest.length > 0) scripts[model] = rest;
  return next ?? ok;
});
const ok: DoubleReply = {
  status: 200,
  body: {
    id: "c-1",
    choices: [
      { index: 0, message: { role: "assistant", content: "flaky" }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 4 },
  },
};
const error = (
  status: number,
  message: string,
  headers: Record<string, string> = {},
): DoubleReply => ({ status, headers, body: { error: { message } } });

const gateway = await smallGateway();
await gateway.provider("flaky", flaky.origin);
const { key } = await gateway.key(await gateway.organization("100"));
const cheap = [priceLine("input", "1"), priceLine("output", "1")];
const dear = [priceLine("input", "1000"), priceLine("output", "1000")];
const body = { messages: [{ role: "user", content: "hi" }], max_tokens: 20 };
let last = 0;
/** A model at `flaky`, cheap, and with `other` one at the mill that is asked only if it must be. */
const modelOf = async (script: DoubleReply[], { other = false } = {}): Promise<string> => {
  const name = `m${++last}`;
  scripts[name] = script;
  const id = await gateway.model(name, { id: `acme/${name}`, provider: "flaky", charge: cheap });
  if (other) await gateway.model("ok", { id, charge: dear });
  return id;
};
const ready = async (): Promise<void> => {
  await gateway.key(await gateway.organization("1")); // in force once the models are, too
};
const contentOf = async (answer: { json: () => Promise<unknown> }): Promise<string> => {
  const { choices } = (await answer.json()) as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content ?? "";
};

const models = {
  once: await modelOf([error(500, "boom"), ok]),
  soon: await modelOf([error(429, "slow down", { "retry-after": "1" }), ok]),
  later: await modelOf([error(429, "slow down", { "retry-after": "30" }), ok]),
  never: await modelOf([error(500, "boom", { "x-should-retry": "false" }), ok]),
  said: await modelOf([error(409, "locked", { "x-should-retry": "true" }), ok]),
  unsupported: await modelOf([error(400, "top_k is not supported")], { other: true }),
  mistake: await modelOf([error(400, "messages[0] is odd")], { other: true }),
  long: await modelOf([error(400, "maximum context length is 10 tokens")], { other: true }),
  dead: await modelOf([error(401, "Incorrect API key provided")]),
  sibling: await modelOf([ok], { other: true }),
};
await ready();

for (const { model, name, status, times } of [
  { model: models.once, name: "a fault of the only endpoint", status: 200, times: 2 },
  { model: models.soon, name: "a rate limit of a second", status: 200, times: 2 },
  { model: models.later, name: "a rate limit of half a minute", status: 429, times: 1 },
  { model: models.never, name: "a fault that the provider calls lasting", status: 502, times: 1 },
  {
    model: models.said,
    name: "what the provider says is worth another try",
    status: 200,
    times: 2,
  },
]) {
  test(`${name} is asked ${times === 1 ? "once" : "twice"}, and the client gets ${status}`, async () => {
    const before = asked.length;
    const answer = await gateway.chat(key, { ...body, model });
    assert.is(answer.status, status);
    assert.is(asked.length - before, times);
    const [final] = await gateway.finals(1);
    assert.is(final?.attempts.length, times);
  });
}

test("a parameter that one endpoint does not have is another's to take, and a mistake is nobody's", async () => {
  const taken = await gateway.chat(key, { ...body, model: models.unsupported });
  assert.is(taken.status, 200);
  assert.not.equal(await contentOf(taken), "flaky");
  assert.is((await gateway.chat(key, { ...body, model: models.mistake })).status, 400);
  assert.equal(
    (await gateway.finals(2)).map(({ attempts }) => attempts.length),
    [2, 1],
  );
});

test("a prompt that is too long is not sent to an endpoint with no more room", async () => {
  const answer = await gateway.chat(key, { ...body, model: models.long });
  assert.is(answer.status, 400);
  assert.is((await gateway.finals(1))[0]?.attempts.length, 1);
});

test("a key that is refused is asked last at all of its provider's endpoints", async () => {
  assert.is(await contentOf(await gateway.chat(key, { ...body, model: models.sibling })), "flaky");
  assert.is((await gateway.chat(key, { ...body, model: models.dead })).status, 502);
  const before = asked.length;
  for (let time = 0; time < 3; time++) {
    const answer = await gateway.chat(key, { ...body, model: models.sibling });
    assert.is(answer.status, 200);
    assert.not.equal(await contentOf(answer), "flaky");
  }
  assert.is(asked.length, before);
  await gateway.finals(5);
});

test.after(async () => {
  await gateway.close();
  await flaky.close();
});
test.run();
