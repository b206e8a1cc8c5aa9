// Intents and finals are written by hand, so they must be JSON whatever stands in them, and records that Postgres takes.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Caller } from "#data/authenticate.ts";
import type { Exchange } from "#data/exchange.ts";
import type { Hold } from "#data/leases.ts";
import type { ChatAsk } from "#data/operations/chat.ts";
import { finalText, headText, intentText, numbered } from "#data/record-text.ts";
import type { Choice } from "#data/route.ts";
import { usageRecord } from "#schema/usage-record.ts";

const test = suite("record text");
const caller = {
  organizationId: "org_a",
  workspaceId: "ws_a",
  keyId: "key_a",
} as unknown as Caller;
const hold = {
  parts: [
    {
      bound: { id: "alw_a", unit: "picodollars" },
      holding: { windowStartText: "1970-01-01T00:00:00.000Z" },
    },
    {
      bound: { id: "alw_b", unit: "requests" },
      holding: { windowStartText: "2026-11-25T18:00:00.000Z" },
    },
  ],
} as unknown as Hold;
const choice = {
  endpoint: {
    id: "ep_a",
    model: { id: "acme/big" },
    provider: { id: "prov_a", slug: "acme" },
  },
  charge: { id: "price_a", lines: [] },
  cost: { id: "price_b", lines: [] },
  chargePolicy: null,
  costStep: "step_a",
} as unknown as Choice;
const exchangeWith = (headers: Record<string, string>): Exchange =>
  ({ header: (name: string) => headers[name] ?? null }) as unknown as Exchange;

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.constantFrom("", '"', "\\", "\0", "\ud800", "a\nb", "漢字", "x".repeat(2_000)),
);
const cut = (text: string, most: number): string =>
  text.replaceAll("\0", "").slice(0, most).toWellFormed();

test("a final says what it was given, cleaned and cut, whatever that is", () => {
  fc.assert(
    fc.property(
      anyText,
      anyText,
      anyText,
      fc.option(anyText),
      fc.boolean(),
      (app, user, model, error, streamed) => {
        const ask = {
          user,
          session: null,
          models: [model],
          stream: streamed,
        } as unknown as ChatAsk;
        const head = headText(
          { id: "gen-1-a", atMs: 1_795_629_295_129, caller, ask },
          exchangeWith({ "x-title": app, referer: user }),
          "gw_a",
        );
        const text = finalText(head, {
          choice: streamed ? choice : null,
          model,
          cancelled: false,
          outcome: "complete",
          finishReason: error,
          nativeFinishReason: error,
          upstreamId: user,
          error,
          counts: { input: 10n ** 30n, output: 0n },
          usageSource: "reported",
          rawUsage: '{"prompt_tokens":1}',
          charge: 10n ** 37n,
          cost: 0n,
          serviceTier: streamed ? "flex" : null,
          ownKey: streamed,
          unpriced: streamed ? ["web_search"] : [],
          attempts: [
            {
              endpoint: "ep_a",
              provider: "acme",
              model: "acme/big",
              status: null,
              failure: error,
              durationMs: 3,
            },
          ],
          firstTokenMs: null,
          durationMs: 4,
          hold,
          draws: [5n, 1n],
        });
        const record = usageRecord.parse(JSON.parse(numbered(text, 7)));
        assert.equal(record, {
          id: "gen-1-a",
          gateway: "gw_a",
          sequence: 7,
          organization: "org_a",
          workspace: "ws_a",
          key: "key_a",
          app: cut(app, 256),
          referer: cut(user, 1_000),
          externalUser: cut(user, 256),
          session: null,
          userAgent: null,
          requestedModel: cut(model, 256),
          model: streamed ? "acme/big" : cut(model, 256),
          endpoint: streamed ? "ep_a" : null,
          provider: streamed ? "acme" : null,
          providerId: streamed ? "prov_a" : null,
          streamed,
          cancelled: false,
          outcome: "complete",
          finishReason: error === null ? null : cut(error, 64),
          nativeFinishReason: error === null ? null : cut(error, 256),
          upstreamId: cut(user, 256),
          error: error === null ? null : cut(error, 1_000),
          counts: { input: (10n ** 30n).toString(), output: "0" },
          usageSource: "reported",
          rawUsage: { prompt_tokens: 1 },
          charge: (10n ** 37n).toString(),
          cost: "0",
          chargePrice: streamed ? "price_a" : null,
          costPrice: streamed ? "price_b" : null,
          chargePolicy: null,
          costStep: streamed ? "step_a" : null,
          ...(streamed ? { serviceTier: "flex", ownKey: true, unpriced: ["web_search"] } : {}),
          attempts: [
            {
              endpoint: "ep_a",
              provider: "acme",
              model: "acme/big",
              status: null,
              failure: error === null ? null : cut(error, 1_000),
              durationMs: 3,
            },
          ],
          admittedAt: "2026-11-25T17:54:55.129Z",
          firstTokenMs: null,
          durationMs: 4,
          draws: [
            { allowance: "alw_a", windowStart: "1970-01-01T00:00:00.000Z", amount: "5" },
            { allowance: "alw_b", windowStart: "2026-11-25T18:00:00.000Z", amount: "1" },
          ],
        });
      },
    ),
    { numRuns: 500 },
  );
});

test("an intent says what it draws and in which unit, so that a recovery need know nothing else", () => {
  const ask = {
    user: null,
    session: "s",
    models: ["acme/big"],
    stream: true,
  } as unknown as ChatAsk;
  const head = headText({ id: "gen-1-a", atMs: 0, caller, ask }, exchangeWith({}), "gw_a");
  const intent = JSON.parse(
    intentText(head, { model: "acme/big", chargePrice: "price_a", hold, draws: [0n, 1n] }),
  );
  assert.is(intent.session, "s");
  assert.is(intent.model, "acme/big");
  assert.is(intent.chargePrice, "price_a");
  assert.is(intent.admittedAt, "1970-01-01T00:00:00.000Z");
  assert.equal(
    intent.draws.map(({ amount, unit }: { amount: string; unit: string }) => [amount, unit]),
    [
      ["0", "picodollars"],
      ["1", "requests"],
    ],
  );
});

test("a choice of the same price list under another policy is not told by the text of the first", () => {
  const ending = {
    model: "",
    cancelled: false,
    outcome: "complete",
    finishReason: null,
    nativeFinishReason: null,
    upstreamId: null,
    error: null,
    counts: {},
    usageSource: "none",
    rawUsage: "null",
    charge: 0n,
    cost: 0n,
    serviceTier: null,
    ownKey: false,
    unpriced: [],
    attempts: [],
    firstTokenMs: null,
    durationMs: 0,
    hold: { parts: [] },
    draws: [],
  };
  const policyOf = (one: Choice): unknown =>
    JSON.parse(numbered(finalText('{"id":"x"', { ...ending, choice: one }), 1)).chargePolicy;
  assert.is(policyOf(choice), null);
  assert.is(policyOf({ ...choice, chargePolicy: "pol_a" }), "pol_a");
  assert.is(policyOf(choice), null);
});

test.run();
