// The table: wire protocol × what chat can do, every cell proved through a running gateway, before a strict double of the
// API that slices its streams at random, or absent with the source that says so.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import type { PriceLine } from "#schema/money/price.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import type { ClientAnswer } from "#test/doubles/client.ts";
import { priceLine, smallGateway } from "../small-gateway.ts";
import {
  cells,
  type Billed,
  type ChatStream,
  type Conformance,
  type World,
} from "./conformance.ts";

const test = suite("conformance of wire protocols");

/** Dollars per million; every meter of its own, so that a token in the wrong one shows in the charge. */
const prices: PriceLine[] = [
  priceLine("input", "1"),
  priceLine("cache_read", "0.1"),
  priceLine("cache_write_5m", "1.25"),
  priceLine("cache_write_1h", "2"),
  priceLine("output", "4"),
  priceLine("reasoning", "5"),
];
const parameters = [
  ..."temperature top_p top_k max_tokens stop seed tools tool_choice parallel_tool_calls".split(
    " ",
  ),
  ..."response_format structured_outputs reasoning include_reasoning logprobs".split(" "),
];

const protocols: Conformance[] = [];
for (const file of readdirSync(import.meta.dirname).filter((name) => /^(cohere-chat|bedrock-converse)\.cells\.ts$/.test(name))) {
  const said = (await import(join(import.meta.dirname, file))) as Record<string, Conformance>;
  protocols.push(...Object.values(said));
}

const gateway = await smallGateway(undefined, { environment: { GATEWAY_NAME: "gateway-1" } });
const { key } = await gateway.key(await gateway.organization("1000"));
const known = new Set<string>();
const records = new Map<string, UsageRecord>();

const doubles: World["double"][] = [];

async function worldOf({ protocol, start, basePath, key: credential, flags = {} }: Conformance) {
  const double = await start();
  doubles.push(double);
  await gateway.provider(protocol, double.origin + basePath, {
    protocol,
    key: credential,
    flags: { firstContentTimeoutMs: 5_000, ...flags },
  });
  await gateway.provider(`${protocol}-wrong-key`, double.origin + basePath, {
    protocol,
    key: wrongKeyLike(credential),
    flags: { firstContentTimeoutMs: 5_000, ...flags },
  });
  const modelFor = async (upstreamModel: string, fallback: boolean, wrongKey: boolean) => {
    const slug = wrongKey ? `${protocol}-wrong-key` : protocol;
    const id = `${slug}/${upstreamModel.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "-")}${fallback ? ".fallback" : ""}`;
    if (known.has(id)) return id;
    known.add(id);
    await gateway.db
      .transaction(async (tx) => {
        await putModel(tx, {
          id,
          name: id,
          contextLength: 200_000,
          maxOutputTokens: 8_192,
          inputModalities: ["text", "image", "file", "audio", "video"],
          outputModalities: ["text"],
          supportedParameters: parameters,
        });
        let sequence: number | null = null;
        for (const [provider, name] of [
          [slug, upstreamModel],
          ...(fallback ? [["mill", "ok"] as const] : []),
        ] as const) {
          const endpoint = await putEndpoint(tx, {
            modelId: id,
            providerId: gateway.providerId(provider),
            upstreamModel: name,
            cancellable: true,
          });
          ({ sequence } = await publishPrice(tx, {
            endpointId: endpoint.id,
            side: "charge",
            lines: prices,
            effectiveAt: new Date(Date.now() - 1_000),
            publishedBy: "test",
          }));
        }
        return sequence;
      })
      .then((sequence) => (sequence === null ? undefined : gateway.settled(sequence)));
    return id;
  };
  const send = async (
    upstreamModel: string,
    body: object,
    stream: boolean,
    more: { fallback?: boolean; wrongKey?: boolean } = {},
  ): Promise<ClientAnswer> => {
    const { fallback = false, wrongKey = false } = more;
    const model = await modelFor(upstreamModel, fallback, wrongKey);
    const provider = { order: [wrongKey ? `${protocol}-wrong-key` : protocol] };
    return gateway.chat(key, { model, stream, provider, max_tokens: 2_048, ...body });
  };
  const world: World = {
    double,
    async chat(upstreamModel, body, more) {
      const answer = await send(upstreamModel, body, false, more);
      return {
        status: answer.status,
        id: String(answer.headers["x-generation-id"] ?? ""),
        headers: answer.headers,
        body: (await answer.json()) as Record<string, unknown>,
      };
    },
    async stream(upstreamModel, body, more) {
      return gather(await send(upstreamModel, body, true, more));
    },
    billed: (answer) => billedOf(answer.id),
  };
  return world;
}

/** The same form with other letters, so that what is refused is the credential and not its looks. */
const wrongKeyLike = (key: string): string =>
  key.startsWith("{")
    ? key.replace('"client_email":"', '"client_email":"not-')
    : key.replace(/[a-z0-9](?=[^a-z0-9]*$)/i, (last) => (last === "x" ? "y" : "x"));

async function billedOf(id: string): Promise<Billed> {
  for (let tries = 0; tries < 100 && !records.has(id); tries++) {
    if (tries > 0) await sleep(20);
    for (const record of await gateway.finals(0)) records.set(record.id, record);
  }
  const record = records.get(id);
  if (!record) throw new Error(`${id} was never settled`);
  return {
    outcome: record.outcome,
    usageSource: record.usageSource,
    counts: Object.fromEntries(
      Object.entries(record.counts).map(([meter, count]) => [meter, BigInt(count ?? 0)]),
    ),
    charge: BigInt(record.charge),
  };
}

type Choice = {
  delta?: {
    content?: string | null;
    reasoning?: string | null;
    reasoning_details?: Record<string, unknown>[];
    tool_calls?: { index: number; id?: string; function?: { name?: string; arguments?: string } }[];
  };
  finish_reason?: string | null;
};

async function gather(answer: ClientAnswer): Promise<ChatStream> {
  const stream: ChatStream = {
    status: answer.status,
    id: String(answer.headers["x-generation-id"] ?? ""),
    chunks: [],
    done: false,
    content: "",
    reasoning: "",
    reasoningDetails: [],
    toolCalls: [],
    finishReason: null,
    usage: null,
    error: null,
  };
  if (answer.status !== 200) {
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    return { ...stream, error };
  }
  const details = new Map<string, Record<string, unknown>>();
  for (const event of await answer.rest()) {
    if (event.kind !== "data") continue;
    if (event.data === "[DONE]") {
      stream.done = true;
      continue;
    }
    const chunk = JSON.parse(event.data) as {
      choices?: Choice[];
      usage?: Record<string, unknown>;
      error?: Record<string, unknown>;
    };
    stream.chunks.push(chunk);
    stream.usage = chunk.usage ?? stream.usage;
    stream.error = chunk.error ?? stream.error;
    for (const { delta = {}, finish_reason: finish } of chunk.choices ?? []) {
      stream.content += delta.content ?? "";
      stream.reasoning += delta.reasoning ?? "";
      for (const detail of delta.reasoning_details ?? []) merge(details, detail);
      for (const call of delta.tool_calls ?? []) {
        const made = (stream.toolCalls[call.index] ??= { id: "", name: "", arguments: "" });
        made.id = call.id ?? made.id;
        made.name = call.function?.name ?? made.name;
        made.arguments += call.function?.arguments ?? "";
      }
      stream.finishReason = finish ?? stream.finishReason;
    }
  }
  stream.reasoningDetails = [...details.values()];
  return stream;
}

/** As clients put them together: by index, text and data and signature appended. */
function merge(
  details: Map<string, Record<string, unknown>>,
  detail: Record<string, unknown>,
): void {
  const name = JSON.stringify([detail["type"], detail["index"] ?? 0]);
  const made = details.get(name);
  if (!made) return void details.set(name, { ...detail });
  for (const field of ["text", "summary", "data", "signature"]) {
    const more = detail[field];
    const before = made[field];
    if (typeof more === "string") made[field] = (typeof before === "string" ? before : "") + more;
  }
}

const table = new Map<string, string[]>();
for (const conformance of protocols) {
  const row: string[] = [];
  table.set(conformance.protocol, row);
  const world = await worldOf(conformance);
  for (const cell of cells) {
    const held = conformance.cells[cell];
    if ("absent" in held) {
      test(`${conformance.protocol}, ${cell}: the API does not have it, and a source says so`, () => {
        row.push("–");
        assert.ok(held.absent.length > 10, "an absence names its source");
      });
      continue;
    }
    test(`${conformance.protocol}, ${cell}: ${held.sentence}`, async () => {
      await held.prove(world);
      row.push("✓");
    });
  }
}


test.after(async () => {
  await gateway.close();
  await Promise.all(doubles.map((double) => double.close())); // an open server keeps the process from ending
  const width = Math.max(...[...table.keys()].map((name) => name.length));
  console.log(
    `\n${" ".repeat(width)}  ${cells.map((cell) => cell.slice(0, 9).padEnd(9)).join(" ")}`,
  );
  for (const [name, row] of table)
    console.log(`${name.padEnd(width)}  ${row.map((mark) => mark.padEnd(9)).join(" ")}`);
});

test.run();
