/** Which of a provider's keys a request goes by, and which is tried after one that failed. Pure: a random source comes in. */
import type { Failure } from "./operations/chat.ts";
import type { Credential } from "./snapshot.ts";

/** The part of a route's choice that this is about. */
type Keyed = { credential: Credential; otherKeys: readonly Credential[] };

/**
 * The order in which keys are tried: by lot, each by its weight among those that are left; keys of weight 0 behind all that
 * have one, and benched ones behind all that are not.
 */
export function drawKeys(
  keys: readonly Credential[],
  known: { isBenched: (key: Credential) => boolean; random: () => number },
): readonly Credential[] {
  if (keys.length < 2) return keys;
  const rest = keys.map((key) => ({
    key,
    weight: key.weight,
    last: (known.isBenched(key) ? 2 : 0) + (key.weight === 0 ? 1 : 0),
  }));
  const drawn: Credential[] = [];
  while (rest.length > 0) {
    const first = Math.min(...rest.map(({ last }) => last));
    const among = rest.filter(({ last }) => last === first);
    const total = among.reduce((sum, { weight }) => sum + weight, 0);
    let left = known.random() * (total || among.length);
    const found =
      among.find(({ weight }) => (left -= total === 0 ? 1 : weight) < 0) ?? among.at(-1);
    if (!found) break;
    drawn.push(found.key);
    rest.splice(rest.indexOf(found), 1);
  }
  return drawn;
}

/**
 * The same choice by the provider's next key, when what failed was the key and not the endpoint: it was refused, has no
 * money left, or is at its rate. Null otherwise, and when there is no other.
 */
export function byNextKey<Choice extends Keyed>(choice: Choice, failure: Failure): Choice | null {
  const [credential, ...otherKeys] = choice.otherKeys;
  if (credential === undefined) return null;
  switch (failure.kind) {
    case "auth":
    case "billing":
    case "rate-limit":
      return { ...choice, credential, otherKeys };
    default:
      return null;
  }
}
