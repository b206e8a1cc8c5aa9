import type { WrittenConfiguration, WrittenModel } from "../configuration/configuration.ts";
import type { DiscoveredModel } from "./discover-models.ts";

export type LocalProvider = {
  slug: string;
  name: string;
  baseUrl: string;
  flags: Readonly<Record<string, unknown>>;
  allowPrivateNetwork: boolean;
};

/**
 * A self-hosted server's models as a config file would say them: the same for the same server, so that applying it again
 * changes nothing. Models that only make vectors are left out, and of two whose names differ in what an id cannot hold, the
 * second.
 * @param options.price USD per million tokens, asked of the operator: free is said, never assumed.
 * @param options.contextLength wins over what the server says; needed where it says nothing.
 */
export function localConfiguration(
  provider: LocalProvider,
  models: readonly DiscoveredModel[],
  options: {
    price: { input: string; output: string };
    contextLength: number | null;
    contextLengthOtherwise: number;
  },
): { configuration: WrittenConfiguration; leftOut: string[] } {
  const leftOut: string[] = [];
  const written = new Map<string, WrittenModel>();
  for (const model of models) {
    const id = idOf(provider.slug, model.id);
    if (model.embeds || id === null || written.has(id)) {
      leftOut.push(model.id);
      continue;
    }
    const free = Number(options.price.input) === 0 && Number(options.price.output) === 0;
    written.set(id, {
      id,
      name: `${provider.name}: ${model.id}`,
      context_length:
        options.contextLength ?? model.contextLength ?? options.contextLengthOtherwise,
      input_modalities: model.images ? ["text", "image"] : ["text"],
      output_modalities: ["text"],
      supported_parameters: [
        "max_tokens",
        "temperature",
        "top_p",
        "stop",
        "seed",
        "response_format",
        ...(model.tools ? ["tools", "tool_choice"] : []),
      ],
      endpoints: [
        {
          provider: provider.slug,
          upstream_model: model.id,
          charge: options.price,
          ...(free ? { cost: options.price } : {}),
        },
      ],
    });
  }
  return {
    configuration: {
      providers: [
        {
          slug: provider.slug,
          name: provider.name,
          protocol: "openai-chat",
          base_url: provider.baseUrl,
          allow_private_network: provider.allowPrivateNetwork,
          flags: { ...provider.flags },
        },
      ],
      models: [...written.values()],
    },
    leftOut,
  };
}

/** `Qwen/Qwen3-8B` at vllm is `vllm/qwen-qwen3-8b`; Ollama's `:latest` says nothing. Null when nothing of it fits an id. */
function idOf(slug: string, model: string): string | null {
  const name = model
    .toLowerCase()
    .replace(/:latest$/, "")
    .replace(/\.gguf$/, "")
    .replaceAll(/[^a-z0-9._:-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    // An id that ends so is one under the limits of free models.
    .replace(/:free$/, "-free")
    .slice(0, 100);
  return name === "" ? null : `${slug}/${name}`;
}
