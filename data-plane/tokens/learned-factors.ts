/** What finished requests say about a model's vocabulary. This gateway's own view, bounded. */
import { factorOfFamily } from "./families.ts";

const modelsMax = 5_000;
/** Below this the frame that a provider puts around messages weighs more than the vocabulary. */
const tokensMin = 200;
/** The family's word counts as so many requests. */
const priorWeight = 4;
/** From so many requests on older ones fade. */
const memory = 40;

type Learned = { factor: number; weight: number };

export class LearnedFactors {
  readonly #models = new Map<string, Learned>();

  /** Tokens of this model for one of o200k's. */
  of(model: { id: string; tokenizer: string }): number {
    return this.#models.get(model.id)?.factor ?? factorOfFamily(model.tokenizer);
  }

  /** Whether the next request of this model is worth an estimate: all at first, later one in sixty-four. */
  wants(model: { id: string }, random: () => number): boolean {
    const learned = this.#models.get(model.id);
    return !learned || learned.weight < memory || random() < 1 / 64;
  }

  /** One request: what was estimated in o200k tokens, and the prompt tokens that the provider reported. Absurd pairs are left out. */
  learn(model: { id: string; tokenizer: string }, estimate: number, reportedTokens: number): void {
    if (estimate < tokensMin || reportedTokens < tokensMin) return;
    const ratio = reportedTokens / estimate;
    if (ratio < 0.4 || ratio > 4) return; // pictures, a hidden prompt, or a count of something else
    const before = this.#models.get(model.id) ?? {
      factor: factorOfFamily(model.tokenizer),
      weight: priorWeight,
    };
    const weight = Math.min(before.weight + 1, memory);
    this.#models.delete(model.id); // and to the end: the longest unused goes first
    this.#models.set(model.id, {
      factor: before.factor + (ratio - before.factor) / weight,
      weight,
    });
    if (this.#models.size <= modelsMax) return;
    for (const oldest of this.#models.keys()) {
      this.#models.delete(oldest);
      return;
    }
  }
}
