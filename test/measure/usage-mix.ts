// Usage records as gateways write them: mostly one attempt that answers, some with a fallback, some hung up.

import { type KeyId, mintGenerationId } from "#schema/ids.ts";
import type { AttemptRecord, UsageRecord } from "#schema/usage-record.ts";
import { randomOf } from "#test/torture/random.ts";
import { chargeEach, costEach, type World, type WorldEndpoint } from "./posting-world.ts";

const apps = ["", "https://chat.example", "https://editor.example", "crawler"];
const agents = ["OpenAI/JS 7.57.0", "OpenAI/Python 2.3.0", "undici", "curl/8.5.0"];

export type UsageMix = (
  gateway: number,
  admittedAtMs: number,
) => { record: UsageRecord; key: KeyId };

/** Each call makes the next record of that gateway; about 1.3 kB of JSON each, as those of a chat are. */
export function usageMix(world: World, seed: number): UsageMix {
  const random = randomOf(seed);
  const sequences = world.gateways.map(() => 0);
  const oneOf = <Item>(items: readonly Item[]): Item => {
    const item = items[random.between(0, items.length - 1)];
    if (item === undefined) throw new RangeError("there is nothing to choose from");
    return item;
  };
  return (gateway, admittedAtMs) => {
    const at = random.between(0, world.keys.length - 1);
    const key = world.keys[at];
    // A key is one program: it names one app, and asks for a few models.
    const endpoint = world.endpoints[(at * 7 + random.between(0, 2)) % world.endpoints.length];
    const app = apps[at % apps.length] ?? "";
    if (key === undefined || endpoint === undefined) throw new RangeError("the world is empty");
    const input = random.between(20, 4_000);
    const cached = random.next() < 0.4 ? random.between(1, 2_000) : 0;
    const output = random.between(1, 900);
    const reasoning = random.next() < 0.2 ? random.between(1, 1_500) : 0;
    const durationMs = random.between(300, 9_000);
    const hungUp = random.next() < 0.02;
    const sequence = (sequences[gateway] ?? 0) + 1;
    sequences[gateway] = sequence;
    const amount = chargeEach.toString();
    const record: UsageRecord = {
      id: mintGenerationId(admittedAtMs),
      gateway: world.gateways[gateway] ?? "",
      sequence,
      organization: key.organization,
      workspace: key.workspace,
      key: key.id,
      app,
      referer: app.startsWith("https:") ? `${app}/page/${random.between(1, 99)}` : null,
      externalUser: random.next() < 0.3 ? `user-${random.between(1, 5_000)}` : null,
      session: null,
      userAgent: oneOf(agents),
      requestedModel: endpoint.model,
      model: endpoint.model,
      endpoint: endpoint.id,
      provider: endpoint.provider,
      providerId: endpoint.providerId,
      streamed: random.next() < 0.7,
      cancelled: hungUp,
      outcome: hungUp ? "hung-up" : "complete",
      finishReason: hungUp ? null : "stop",
      nativeFinishReason: hungUp ? null : "stop",
      upstreamId: `chatcmpl-${sequence}-${random.between(100_000_000, 999_999_999)}`,
      error: null,
      counts: {
        input: String(input),
        ...(cached > 0 ? { cache_read: String(cached) } : {}),
        output: String(output),
        ...(reasoning > 0 ? { reasoning: String(reasoning) } : {}),
        request: "1",
      },
      usageSource: hungUp ? "estimated" : "reported",
      rawUsage: hungUp
        ? null
        : {
            prompt_tokens: input + cached,
            completion_tokens: output + reasoning,
            total_tokens: input + cached + output + reasoning,
            prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
            completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
          },
      charge: amount,
      cost: costEach.toString(),
      chargePrice: `price_of_${endpoint.id}`,
      costPrice: `price_at_${endpoint.id}`,
      attempts: attemptsOf(
        endpoint,
        durationMs,
        random.next() < 0.05 ? oneOf(world.endpoints) : null,
      ),
      admittedAt: new Date(admittedAtMs).toISOString(),
      firstTokenMs: Math.floor(durationMs / 4),
      durationMs,
      draws: [
        { allowance: key.credit, windowStart: new Date(0).toISOString(), amount },
        { allowance: key.daily, windowStart: world.dayStart, amount },
      ],
    };
    return { record, key: key.id };
  };
}

function attemptsOf(
  answered: WorldEndpoint,
  durationMs: number,
  failed: WorldEndpoint | null,
): AttemptRecord[] {
  const last = {
    endpoint: answered.id,
    provider: answered.provider,
    model: answered.model,
    status: 200,
    failure: null,
    durationMs,
  };
  if (failed === null) return [last];
  return [
    {
      endpoint: failed.id,
      provider: failed.provider,
      model: failed.model,
      status: 503,
      failure: "upstream answered 503: overloaded, try again later",
      durationMs: 120,
    },
    last,
  ];
}
