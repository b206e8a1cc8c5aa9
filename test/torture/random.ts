// Chance that can be repeated: the same seed gives the same numbers on every machine.

export type Random = {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number;
  /** One of them; heavier ones more often. @throws {RangeError} when there is none. */
  pick<Item extends { weight: number }>(items: readonly Item[]): Item;
};

/** A stream of chance of its own for every `stream` of one seed (mulberry32; good enough to shake things, no more). */
export function randomOf(seed: number, stream = 0): Random {
  let state = (seed ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick(items) {
      let at = next() * items.reduce((sum, { weight }) => sum + weight, 0);
      for (const item of items) if ((at -= item.weight) < 0) return item;
      const last = items.at(-1);
      if (last === undefined) throw new RangeError("There is nothing to pick from.");
      return last;
    },
  };
}
