// Clients that never tire: some stream, some leave in the middle, and of every kind of limit some run into it.

import { setTimeout as sleep } from "node:timers/promises";
import type { ClientAnswer } from "#test/doubles/client.ts";
import type { StoryModel } from "#test/stories/installation.ts";
import { type Random, randomOf } from "./random.ts";
import { type AccountName, accountNames, type Asked, type Rates } from "./verdict.ts";

type Script = {
  /** What acme plays; see `doubles/upstream-script.ts`. */
  acme: string;
  /** What the second provider plays, where there is one. */
  backup?: string;
  stream: boolean;
  /** The client leaves before the end. */
  leaves?: true;
  /** No more tokens than this are reported, as a provider keeps to it. */
  outputTokensMax: number;
  /** Costs nothing, under an id that ends in `:free`. */
  free?: true;
  weight: number;
};

const scripts: readonly Script[] = [
  { acme: "ok-p11-c7", stream: false, outputTokensMax: 16, weight: 5 },
  { acme: "ok-p53-c61-k20", stream: true, outputTokensMax: 64, weight: 5 },
  { acme: "ok-p31-c40-r20-chunks-9", stream: true, outputTokensMax: 64, weight: 3 },
  { acme: "wait-300-p5-c3", stream: false, outputTokensMax: 16, weight: 2 },
  // Long enough for notes of its progress, and wordier than its tokens: our own count is above the provider's.
  { acme: "slow-25-chunks-60-p31-c20", stream: true, outputTokensMax: 20, weight: 3 },
  { acme: "slow-30-chunks-50", stream: true, outputTokensMax: 64, leaves: true, weight: 2 },
  { acme: "cut-3", stream: true, outputTokensMax: 64, weight: 1 },
  { acme: "cutrst-2", stream: true, outputTokensMax: 64, weight: 1 },
  { acme: "cut-2", stream: false, outputTokensMax: 64, weight: 1 },
  { acme: "status-503", backup: "ok-p17-c9", stream: true, outputTokensMax: 16, weight: 2 },
  { acme: "status-500", stream: false, outputTokensMax: 16, weight: 1 },
  { acme: "reset", stream: false, outputTokensMax: 16, weight: 1 },
  { acme: "ok-p13-c6", stream: false, outputTokensMax: 16, free: true, weight: 4 },
  { acme: "slow-20-chunks-30-p9-c15", stream: true, outputTokensMax: 64, free: true, weight: 2 },
  { acme: "status-500", stream: false, outputTokensMax: 16, free: true, weight: 1 },
];

// Odd, and different for every model, so that a slip shows. USD per million tokens is picodollars per token in millions.
const ratesOf = (at: number): Rates => ({
  input: 310_000n + 70_000n * BigInt(at),
  cacheRead: 50_000n,
  output: 1_230_000n + 10_000n * BigInt(at),
});
const perMillion = (rate: bigint): string => String(Number(rate) / 1_000_000);

const nothing: Rates = { input: 0n, cacheRead: 0n, output: 0n };
const requests = scripts.map((script, at) => ({
  ...script,
  id: `torture/model-${at + 1}${script.free ? ":free" : ""}`,
  rates: script.free ? nothing : ratesOf(at),
}));
const paid = requests.filter((request) => !request.free);
const free = requests.filter((request) => request.free);

/** Every model that clients ask for, with its price. */
export const models: readonly StoryModel[] = requests.map(({ id, acme, backup, rates }) => ({
  id,
  charge: {
    input: perMillion(rates.input),
    output: perMillion(rates.output),
    cache_read: perMillion(rates.cacheRead),
  },
  endpoints: [
    { provider: "acme", upstreamModel: acme },
    ...(backup === undefined ? [] : [{ provider: "backup" as const, upstreamModel: backup }]),
  ],
}));
export const ratesByModel: ReadonlyMap<string, Rates> = new Map(
  requests.map(({ id, rates }) => [id, rates]),
);

/** How many clients pay with which account's key. What runs out has more of them than it can serve. */
const clientsOf = {
  ample: 8,
  limited: 3,
  low: 3,
  hurried: 2,
  narrow: 4,
  gratis: 2,
} as const satisfies Record<AccountName, number>;
const clients: readonly AccountName[] = accountNames.flatMap((account) =>
  Array.from({ length: clientsOf[account] }, () => account),
);

const thinkMsMax = 60;
const refusedMs = 150; // so that a refused client is no hot loop
const patienceMs = 20_000;

export type Load = {
  asked: readonly Asked[];
  /** No request begins after this; resolves when the last has ended. */
  stop(): Promise<void>;
};

/** Starts all clients. `chat` is an installation's; `keys` is what each account pays with. */
export function startLoad(options: {
  seed: number;
  keys: Readonly<Record<AccountName, string>>;
  chat: (
    model: string,
    rest: object,
    options: { key: string; signal: AbortSignal },
  ) => Promise<ClientAnswer>;
}): Load {
  const asked: Asked[] = [];
  let leaving = false;
  const looping = clients.map(async (account, at) => {
    const random = randomOf(options.seed, at + 1);
    for (let turn = 1; !leaving; turn++) {
      const tag = `${account}-${at + 1}-${turn}`;
      const one = await request(tag, account, random);
      asked.push(one);
      const refused = one.status !== 200;
      await sleep(refused ? refusedMs : random.between(0, thinkMsMax));
    }
  });

  async function request(tag: string, account: AccountName, random: Random): Promise<Asked> {
    const {
      id: model,
      stream,
      leaves,
      outputTokensMax,
      rates,
    } = random.pick(account === "gratis" ? free : paid);
    const rest = { stream, max_tokens: outputTokensMax, user: tag };
    // Its bytes bound its prompt; `chat` sends this very text.
    const text = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }], ...rest });
    const ceiling =
      BigInt(Buffer.byteLength(text)) * rates.input + BigInt(outputTokensMax) * rates.output;
    const one: Asked = {
      tag,
      account,
      model,
      status: null,
      generation: null,
      whole: false,
      shown: null,
      ceiling,
    };
    const leavesAfter = leaves ? random.between(1, 40) : null;
    try {
      const answer = await options.chat(model, rest, {
        key: options.keys[account],
        signal: AbortSignal.timeout(patienceMs),
      });
      one.status = answer.status;
      const { "x-generation-id": generation } = answer.headers;
      if (typeof generation === "string") one.generation = generation;
      if (leavesAfter !== null) {
        for (let n = 0; n < leavesAfter; n++) if ((await answer.next()) === null) break;
        // Not "rst": on a socket whose peer is being killed, Node 24.21's resetAndDestroy() leaves a handle behind
        // that spins at exit. What is unread makes the kernel send a reset anyway.
        answer.hangUp();
      } else if (stream && answer.status === 200) await readStream(answer, one);
      else await readWhole(answer, one);
    } catch {
      // No head came: the gateway is dead, or was when we asked. What it had begun is in its spool.
    }
    return one;
  }

  return {
    asked,
    async stop() {
      leaving = true;
      await Promise.all(looping);
    },
  };
}

async function readStream(answer: ClientAnswer, one: Asked): Promise<void> {
  let done = false;
  for (let event = await answer.next(); event; event = await answer.next()) {
    if (event.kind !== "data") continue;
    if (event.data === "[DONE]") done = true;
    else one.shown = costOf(event.data) ?? one.shown;
  }
  one.whole = done && answer.ending() === "clean";
}

async function readWhole(answer: ClientAnswer, one: Asked): Promise<void> {
  const text = await answer.text();
  if (answer.status !== 200 || answer.ending() !== "clean") return;
  one.shown = costOf(text);
  one.whole = true;
}

function costOf(json: string): number | null {
  const { usage } = JSON.parse(json) as { usage?: { cost?: number } };
  return usage?.cost ?? null;
}
