/**
 * Asks a server which models it has, and how long their context is: `GET /models` everywhere, and what Ollama, llama.cpp
 * and LM Studio say beside it. The command's own machine asks, so no server of ours calls an address for anybody.
 */
import { z } from "zod";
import { CliError } from "./context.ts";

const answerMsMax = 10_000;
const answerBytesMax = 8_000_000;
const modelsMax = 500;
/** What Ollama runs a model with when nobody set its context (its FAQ, November 2026), whatever the model could. */
const ollamaContextLength = 4_096;

export type DiscoveredModel = {
  /** As the server calls it. */
  id: string;
  /** Null: the server does not say. */
  contextLength: number | null;
  /** The length is a default that the server may have been told otherwise. */
  assumed: boolean;
  images: boolean;
  tools: boolean;
  /** Vectors are all it gives. */
  embeds: boolean;
};

const listed = z.object({
  data: z.array(
    z.looseObject({
      id: z.string().min(1).max(200),
      max_model_len: z.number().int().positive().nullish(), // vLLM, SGLang
      context_length: z.number().int().positive().nullish(),
      meta: z.looseObject({ n_ctx_train: z.number().int().positive().nullish() }).nullish(), // llama.cpp
    }),
  ),
});
const ollamaTags = z.object({
  models: z.array(z.looseObject({ name: z.string().min(1).max(200) })),
});
const ollamaShow = z.looseObject({
  parameters: z.string().optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
  capabilities: z.array(z.string()).optional(),
});
const ollamaRunning = z.object({
  models: z.array(
    z.looseObject({ name: z.string(), context_length: z.number().int().positive().optional() }),
  ),
});
const lmStudioModels = z.object({
  data: z.array(
    z.looseObject({
      id: z.string().min(1).max(200),
      type: z.string().optional(),
      max_context_length: z.number().int().positive().optional(),
      loaded_context_length: z.number().int().positive().optional(),
      capabilities: z.array(z.string()).optional(),
    }),
  ),
});
const llamaProps = z.looseObject({
  default_generation_settings: z.looseObject({ n_ctx: z.number().int().positive() }),
  modalities: z.looseObject({ vision: z.boolean().optional() }).optional(),
});

/**
 * Every model of the server at `baseUrl`, by name.
 * @param slug tells how the server is asked: one of ours (`local-servers.ts`), or any that has `GET /models`.
 * @throws {CliError} when nobody answers there, or not as such a server does.
 */
export async function discoverModels(
  slug: string,
  baseUrl: string,
  key: string | null,
): Promise<DiscoveredModel[]> {
  const origin = new URL(baseUrl).origin;
  const ask = <Shape>(shape: z.ZodType<Shape>, url: string, body?: object): Promise<Shape | null> =>
    askServer(shape, url, key, body);
  const found = await (async () => {
    switch (slug) {
      case "ollama":
        return discoverOllama(origin, ask);
      case "lm-studio":
        return (await discoverLmStudio(origin, ask)) ?? discoverAny(baseUrl, ask);
      case "llama-cpp":
        return discoverLlama(origin, baseUrl, ask);
      default:
        return discoverAny(baseUrl, ask);
    }
  })();
  if (found === null)
    throw new CliError(
      `${baseUrl}/models does not answer with a list of models; is the URL right (it usually ends in /v1)?`,
    );
  if (found.length > modelsMax)
    throw new CliError(
      `the server has ${found.length} models, more than ${modelsMax}; name those that are wanted with --model`,
    );
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

type Ask = <Shape>(shape: z.ZodType<Shape>, url: string, body?: object) => Promise<Shape | null>;

async function discoverAny(baseUrl: string, ask: Ask): Promise<DiscoveredModel[] | null> {
  const answer = await ask(listed, `${baseUrl}/models`);
  return (
    answer?.data.map(({ id, max_model_len, context_length, meta }) => ({
      id,
      contextLength: max_model_len ?? context_length ?? meta?.n_ctx_train ?? null,
      assumed: false,
      images: false,
      tools: true,
      embeds: /embed/i.test(id),
    })) ?? null
  );
}

async function discoverOllama(origin: string, ask: Ask): Promise<DiscoveredModel[] | null> {
  const tags = await ask(ollamaTags, `${origin}/api/tags`);
  if (tags === null) return null;
  const running = (await ask(ollamaRunning, `${origin}/api/ps`))?.models ?? [];
  const models: DiscoveredModel[] = [];
  for (const { name } of tags.models.slice(0, modelsMax + 1)) {
    const shown = await ask(ollamaShow, `${origin}/api/show`, { model: name });
    const capabilities = shown?.capabilities ?? ["completion", "tools"];
    const [, set] = /^num_ctx\s+(\d+)/m.exec(shown?.parameters ?? "") ?? [];
    const loaded = running.find((each) => each.name === name)?.context_length;
    const known = set === undefined ? loaded : Number(set);
    models.push({
      id: name,
      contextLength: known ?? Math.min(ofModel(shown?.model_info), ollamaContextLength),
      assumed: known === undefined,
      images: capabilities.includes("vision"),
      tools: capabilities.includes("tools"),
      embeds: capabilities.includes("embedding") && !capabilities.includes("completion"),
    });
  }
  return models;
}

/** `llama.context_length` and the like: what the model was made for. */
function ofModel(info: Record<string, unknown> | undefined): number {
  for (const [name, value] of Object.entries(info ?? {}))
    if (name.endsWith(".context_length") && typeof value === "number" && value > 0) return value;
  return ollamaContextLength;
}

async function discoverLmStudio(origin: string, ask: Ask): Promise<DiscoveredModel[] | null> {
  const answer = await ask(lmStudioModels, `${origin}/api/v0/models`);
  return (
    answer?.data.map((model) => ({
      id: model.id,
      contextLength: model.loaded_context_length ?? model.max_context_length ?? null,
      assumed: model.loaded_context_length === undefined,
      images: model.type === "vlm",
      tools: model.capabilities?.includes("tool_use") ?? true,
      embeds: model.type === "embeddings",
    })) ?? null
  );
}

async function discoverLlama(
  origin: string,
  baseUrl: string,
  ask: Ask,
): Promise<DiscoveredModel[] | null> {
  const models = await discoverAny(baseUrl, ask);
  const props = models === null ? null : await ask(llamaProps, `${origin}/props`);
  if (models === null || props === null) return models;
  // One server, one context, however long the model's could be.
  return models.map((model) => ({
    ...model,
    contextLength: props.default_generation_settings.n_ctx,
    images: props.modalities?.vision ?? false,
  }));
}

/** @returns null when the server answers and not with this. @throws {CliError} when it does not answer. */
async function askServer<Shape>(
  shape: z.ZodType<Shape>,
  url: string,
  key: string | null,
  body?: object,
): Promise<Shape | null> {
  let response: Response;
  let text = "";
  try {
    response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      redirect: "error", // a key goes to this host and no other
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(answerMsMax),
    });
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece as Uint8Array, { stream: true });
      if (text.length > answerBytesMax) throw new Error("the answer is too long");
    }
  } catch (cause) {
    throw new CliError(
      `${new URL(url).origin} does not answer (${reasonOf(cause)}); start the server, or say where it is with --url`,
      { cause },
    );
  }
  if (response.status === 401 || response.status === 403)
    throw new CliError(
      `${new URL(url).origin} wants a key: name the variable that holds it with --key-env`,
    );
  if (!response.ok) return null;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return null; // another server's words
  }
}

function reasonOf(cause: unknown): string {
  for (let each = cause; each instanceof Error; each = each.cause)
    if ("code" in each && typeof each.code === "string") return each.code;
  return cause instanceof Error ? cause.message : String(cause);
}
