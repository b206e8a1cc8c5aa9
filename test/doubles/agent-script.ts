// A model that works its way through a task, the same at every double: in each of its steps it thinks, says what it does and
// looks at two places at once; when all steps are taken it is done. How far it is follows from the conversation that it is
// sent, so that nothing is kept and any other model can go on where one stopped.

export const agentSteps = 20;
/** The script `agent-gap` is overloaded from the first of these steps on, until before the second. */
export const agentGap = { from: 10, to: 15 };

export type AgentStep = {
  thought: string;
  text: string;
  /** None when it is done. */
  calls: { name: "look"; input: { step: number; side: "left" | "right" } }[];
  /** Disjoint; another one for each step, so that a bill that leaves one out shows. */
  usage: { input: number; cached: number; output: number; reasoning: number };
};

export const isAgent = (script: string): boolean => script === "agent" || script === "agent-gap";

/** @param taken how many steps the conversation holds */
export const isOverloaded = (script: string, taken: number): boolean =>
  script === "agent-gap" && taken >= agentGap.from && taken < agentGap.to;

export const thoughtOf = (api: string, taken: number): string => `${api} thinks at step ${taken}.`;
/** What the tool answers. */
export const seenAt = ({ step, side }: { step: number; side: string }): string =>
  `seen ${step} ${side}`;

export function agentStep(api: string, taken: number): AgentStep {
  const sides = ["left", "right"] as const;
  const usage = { input: 100 + 10 * taken, cached: 50 * taken, output: 20 + taken, reasoning: 5 };
  return taken < agentSteps
    ? {
        thought: thoughtOf(api, taken),
        text: `Step ${taken}.`,
        calls: sides.map((side) => ({ name: "look", input: { step: taken, side } })),
        usage,
      }
    : { thought: thoughtOf(api, taken), text: `Done in ${taken} steps.`, calls: [], usage };
}

/** Why the results of the last step are not what was called for; null: they are. */
export function resultsProblem(taken: number, results: readonly string[]): string | null {
  const expected =
    taken === 0
      ? []
      : agentStep("", taken - 1)
          .calls.map(({ input }) => seenAt(input))
          .toSorted();
  const got = results.toSorted();
  return JSON.stringify(got) === JSON.stringify(expected)
    ? null
    : `step ${taken}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`;
}
