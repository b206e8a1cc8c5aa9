import type { Installation } from "#control/install.ts";

export type WelcomeOptions = {
  readyMs: number;
  /** Absolute. */
  dataDir: string;
  colour: boolean;
};

/**
 * What a new operator reads first, ending in a line feed. Everything that may be copied stands on
 * lines of its own with nothing around it, and works as it stands.
 */
export function welcome(
  installation: Installation,
  { readyMs, dataDir, colour }: WelcomeOptions,
): string {
  const { origin, inferenceKey, dashboardUrl, model, simulator, notes } = installation;
  const style = (code: number) => (text: string) =>
    colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  const [bold, dim, cyan, yellow] = [style(1), style(2), style(36), style(33)];
  const row = (name: string, value: string) => `  ${dim(name.padEnd(15))}${value}`;
  const key = inferenceKey ?? "YOUR_KEY";

  const lines = [
    "",
    `  ${bold("Turnpike is ready")} ${dim(`in ${(readyMs / 1_000).toFixed(1)} s`)}`,
    "",
    row("Origin", cyan(origin)),
    row("Dashboard", cyan(dashboardUrl)),
    row("GraphQL", cyan(`${origin}/graphql`)),
    row("Inference key", inferenceKey ?? "not known here; make one with: npx turnpike keys mint"),
    "",
    `  ${bold("Try it")}`,
    "",
    curlLine({ origin, key, model }),
    "",
    `  ${bold("From the OpenAI SDK")}`,
    "",
    `import OpenAI from "openai";`,
    `const client = new OpenAI({ baseURL: "${origin}/api/v1", apiKey: "${key}" });`,
    `const answer = await client.chat.completions.create({ model: "${model}", messages: [{ role: "user", content: "Hello" }] });`,
    "",
  ];
  if (simulator) {
    lines.push(
      `  ${yellow("No provider is connected yet, so the simulator answers.")}`,
      `  Set a key such as OPENAI_API_KEY or GROQ_API_KEY and start again.`,
      "",
    );
  }
  for (const note of notes) lines.push(`  ${yellow(note)}`);
  if (notes.length > 0) lines.push("");
  lines.push(
    row("Secrets", `${dataDir}/bootstrap.json ${dim("(readable by you only)")}`),
    row("To stop", `Ctrl-C lets open streams finish; Ctrl-C again cuts them`),
    "",
  );
  return `${lines.join("\n")}\n`;
}

/** One line, so that it survives any way of copying. The body has no apostrophe: it stands in them. */
function curlLine({ origin, key, model }: { origin: string; key: string; model: string }): string {
  const body = {
    model,
    stream: true,
    messages: [{ role: "user", content: "Say hello in five languages" }],
  };
  return (
    `curl -N ${origin}/api/v1/chat/completions -H "Authorization: Bearer ${key}" ` +
    `-H "Content-Type: application/json" -d '${JSON.stringify(body)}'`
  );
}
