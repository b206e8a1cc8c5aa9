/** The provider that answers when there is no other: a small real HTTP server of ours, plainly named. */
import type { WrittenConfiguration } from "../configuration/configuration.ts";

export const simulatorSlug = "simulator";
/** The model to try first. */
export const simulatorModel = "simulator/small";

/** @param url the simulator's origin, without a path. */
export function simulatorConfiguration(url: string): WrittenConfiguration {
  return {
    providers: [
      {
        slug: simulatorSlug,
        name: "Simulator",
        protocol: "openai-chat",
        base_url: `${url}/v1`,
        allow_private_network: true,
      },
    ],
    models: [
      model("small", "Small", { input: "0.10", output: "0.40" }),
      model("large", "Large", { input: "1.00", output: "4.00" }),
      model("free", "Free", { input: "0.00", output: "0.00" }),
    ],
  };
}

function model(word: string, name: string, charge: { input: string; output: string }) {
  return {
    id: `simulator/${word}`,
    name: `Simulator: ${name}`,
    description:
      "No model: a program that answers with plausible text, so that everything can be tried offline.",
    context_length: 131_072,
    max_output_tokens: 8_192,
    input_modalities: ["text" as const],
    output_modalities: ["text" as const],
    supported_parameters: [
      "max_tokens",
      "stop",
      "stream",
      "temperature",
      "tools",
      "tool_choice",
      "response_format",
    ],
    endpoints: [
      {
        provider: simulatorSlug,
        upstream_model: `sim-${word}`,
        charge,
        cost: { input: "0.00", output: "0.00" },
      },
    ],
  };
}
