/** `turnpike chat`: a conversation with the running installation, through its own front door. */
import { createInterface } from "node:readline/promises";
import { shippedProviders } from "../shipped-catalogue/providers.ts";
import { simulatorModel } from "../shipped-catalogue/simulator.ts";
import { streamAnswer, type AnswerEvent, type ChatMessage } from "./answer-stream.ts";
import { addCommand, type Cli } from "./command.ts";
import { runningInstallation } from "./connection.ts";
import { CliError, type CliContext } from "./context.ts";

type Conversation = { origin: string; key: string; model: string; messages: ChatMessage[] };
type Answer = {
  text: string;
  end: Extract<AnswerEvent, { kind: "end" }> | null;
  failure: string | null;
};

const help =
  "/model [ID] shows or changes the model, /new forgets the conversation, /exit ends it.\n";

export function addChatCommand({ program, context }: Cli): void {
  addCommand(
    program,
    "chat [model] [message]",
    "talk to a model of the running installation; without a message, in turns",
    [
      "chat",
      'chat "Say hello in five languages"',
      'chat openai/gpt-4.1-mini "Say hello"',
      "chat simulator/small --json hello",
    ],
  )
    .summary("talk to a model")
    .option("--key <key>", "an inference key (default: the one of bootstrap.json)")
    .action(
      async (
        first: string | undefined,
        second: string | undefined,
        options: { key?: string; json?: boolean },
      ) => {
        const { origin, inference_key } = await runningInstallation(context);
        const key = options.key ?? inference_key;
        // One word alone is a model when it looks like one, and something to say otherwise.
        const isModel =
          first !== undefined &&
          (second !== undefined || /^[a-z0-9~][\w.-]*\/[\w.:-]+$/.test(first));
        const message = isModel ? second : first;
        const model = isModel && first !== undefined ? first : await firstModel(origin, key);
        const conversation: Conversation = { origin, key, model, messages: [] };
        if (message === undefined) return converse(context, conversation);

        const answer = await ask(context, conversation, message, { quiet: options.json ?? false });
        if (options.json) {
          const { id = null, provider = null, usage = null } = answer.end ?? {};
          context.write(
            `${JSON.stringify({ model, text: answer.text, id, provider, usage, error: answer.failure }, null, 2)}\n`,
          );
        }
        if (answer.failure !== null) throw new CliError(answer.failure);
      },
    );
}

/** Prints the answer as it comes. A failed turn is taken out of the conversation again. */
async function ask(
  context: CliContext,
  conversation: Conversation,
  message: string,
  { quiet }: { quiet: boolean },
): Promise<Answer> {
  const answer: Answer = { text: "", end: null, failure: null };
  const hangUp = new AbortController();
  const onInterrupt = () => hangUp.abort();
  process.once("SIGINT", onInterrupt);
  const messages: ChatMessage[] = [...conversation.messages, { role: "user", content: message }];
  try {
    for await (const event of streamAnswer({ ...conversation, messages, signal: hangUp.signal })) {
      if (event.kind === "text") answer.text += event.text;
      if (event.kind === "text" && !quiet) context.write(event.text);
      if (event.kind === "failure") answer.failure = event.message;
      if (event.kind === "end") answer.end = event;
    }
  } catch (error) {
    answer.failure = hangUp.signal.aborted
      ? "you hung up"
      : `the answer broke off: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
  if (answer.failure === null)
    conversation.messages = [...messages, { role: "assistant", content: answer.text }];
  if (!quiet)
    context.write(
      `${answer.text === "" ? "" : "\n"}${answer.end === null ? "" : `${summary(answer.end)}\n`}`,
    );
  return answer;
}

/** One line: tokens, cost, who answered, and the id to look it up by. */
function summary({ usage, provider, model, id }: Extract<AnswerEvent, { kind: "end" }>): string {
  const parts = [
    ...(usage === null
      ? ["no usage reported"]
      : [`${usage.prompt_tokens ?? 0} in, ${usage.completion_tokens ?? 0} out`]),
    ...(usage?.cost === undefined ? [] : [`$${decimal(usage.cost)}`]),
    ...(provider === null ? [] : [provider]),
    ...(model === null ? [] : [model]),
    ...(id === null ? [] : [id]),
  ];
  return `[${parts.join(" · ")}]`;
}

/** A cost without an exponent: 0.0000036, not 3.6e-6. */
const decimal = (cost: number): string =>
  cost === 0 ? "0" : cost.toFixed(12).replace(/\.?0+$/, "");

async function converse(context: CliContext, conversation: Conversation): Promise<void> {
  const terminal = createInterface({
    input: context.stdin,
    output: context.stdin.isTTY ? process.stdout : undefined,
    prompt: "> ",
  });
  // While an answer comes, Ctrl-C hangs up on it; at the prompt it ends the conversation.
  let answering = false;
  let closed = false;
  terminal.on("close", () => (closed = true)); // piped input ends before the last answer does
  terminal.on("SIGINT", () => (answering ? process.emit("SIGINT") : terminal.close()));
  context.write(`${conversation.model} at ${conversation.origin}. ${help}`);
  terminal.prompt();
  for await (const line of terminal) {
    const said = line.trim();
    if (said === "/exit" || said === "/quit") break;
    if (said.startsWith("/")) context.write(obey(conversation, said));
    else if (said !== "") {
      answering = true;
      const { failure } = await ask(context, conversation, said, { quiet: false });
      answering = false;
      if (failure !== null) context.writeError(`error: ${failure}\n`);
    }
    if (!closed) terminal.prompt();
  }
  terminal.close();
}

function obey(conversation: Conversation, said: string): string {
  const [word, argument] = said.split(/\s+/);
  if (word === "/model" && argument !== undefined) conversation.model = argument;
  if (word === "/model") return `${conversation.model}\n`;
  if (word !== "/new") return help;
  conversation.messages = [];
  return "A new conversation.\n";
}

/** What to talk to when nobody said: the simulator, or a quick model of a connected provider, or the first there is. */
async function firstModel(origin: string, key: string): Promise<string> {
  const response = await fetch(`${origin}/api/v1/models`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const body = (await response.json()) as { data?: { id: string }[] };
  const ids = (body.data ?? []).map(({ id }) => id);
  const preferred = [
    simulatorModel,
    ...shippedProviders.flatMap(({ firstModel: model }) => model ?? []),
  ];
  const found = preferred.find((id) => ids.includes(id)) ?? ids[0];
  if (found === undefined)
    throw new CliError("the installation has no models; see: turnpike models list");
  return found;
}
