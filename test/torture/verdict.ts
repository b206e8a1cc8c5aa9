// Joins what clients saw, what providers served, what spools keep and what is booked, and says where they
// disagree. Pure: it knows no process and no database, so that planted lies can prove that it finds them.

import { formatDollars } from "#schema/money/amount.ts";

/** Picodollars per token. */
export type Rates = { input: bigint; cacheRead: bigint; output: bigint };

/**
 * Who asks: with ample credit, with a key's daily limit, for an organization with little credit, with a key of few
 * requests a minute, with one of few requests at once, and only for free models.
 */
export const accountNames = ["ample", "limited", "low", "hurried", "narrow", "gratis"] as const;
export type AccountName = (typeof accountNames)[number];

/** With what nobody of an account may be refused: somebody else's limit, or a fault of ours told as theirs. */
const barred = {
  ample: [401, 402, 403, 404, 429],
  limited: [401, 402, 404, 429],
  low: [401, 403, 404, 429],
  hurried: [401, 402, 403, 404],
  narrow: [401, 402, 403, 404],
  gratis: [401, 402, 403, 404],
} as const satisfies Record<AccountName, readonly number[]>;

/** One request, as its client saw it. */
export type Asked = {
  /** Ours alone; the provider and the ledger get it as `user`. */
  tag: string;
  account: AccountName;
  model: string;
  /** Null when no head of an answer came. */
  status: number | null;
  /** As the head of the answer said it; null when it said none. */
  generation: string | null;
  /** The answer came to its proper end. */
  whole: boolean;
  /** USD, as the answer showed it. */
  shown: number | null;
  /** The most that admission can have held for it, in picodollars. */
  ceiling: bigint;
};

/** One request, as a provider saw it. */
export type Served = {
  tag: string;
  provider: string;
  /** The provider's own name for its answer. */
  answer: string;
  /** What it reported; null when it did not come to that. */
  usage: { input: bigint; cacheRead: bigint; output: bigint } | null;
};

/** One row of the ledger. */
export type Booked = {
  generation: string;
  tag: string | null;
  model: string;
  provider: string | null;
  upstreamAnswer: string | null;
  outcome: string;
  reported: boolean;
  charge: bigint;
};

/** One final in a spool. */
export type Spooled = { generation: string; charge: bigint; draws: readonly Draw[] };
/** What it takes of one window of an allowance, in the allowance's own unit. */
export type Draw = { window: string; amount: bigint };

/** One window of an allowance whose limit is this account's own; amounts are in its unit. */
export type Allowance = {
  account: AccountName;
  unit: string;
  /** Names its window as a draw does: the allowance and the first instant. */
  window: string;
  /** Null: unbounded. */
  limit: bigint | null;
  used: bigint;
};

export type Evidence = {
  rates: ReadonlyMap<string, Rates>;
  asked: readonly Asked[];
  served: readonly Served[];
  booked: readonly Booked[];
  spooled: readonly Spooled[];
  allowances: readonly Allowance[];
  /** What was seen of them while the load ran: how often somebody looked, and what was too much. */
  watched: { looks: number; exceeded: readonly string[] };
  /** Tags of requests that only a spool knew of which was thrown away: they are our loss. Empty without `--forfeit`. */
  lost: ReadonlySet<string>;
  /** Anything else that must be empty, by the sentence it would break. */
  mustBeEmpty: ReadonlyMap<string, readonly string[]>;
};

export type Finding = {
  sentence: string;
  /** How many things were looked at. */
  looked: number;
  kind: "lost" | "doubled" | "wrong";
  /** One line for each that breaks the sentence. */
  violations: string[];
};

/** Every sentence that must be true of a run, whatever was done to it. */
export function findingsOf(evidence: Evidence): Finding[] {
  const { asked, served, booked, spooled, allowances, watched, lost, rates } = evidence;
  const byId = groupBy(booked, ({ generation }) => generation);
  const byTag = groupBy(booked, ({ tag }) => tag ?? "");
  const askedByTag = groupBy(asked, ({ tag }) => tag);
  const servedByTag = groupBy(served, ({ tag }) => tag);
  const servedByAnswer = groupBy(served, ({ provider, answer }) => `${provider} ${answer}`);
  const spooledById = groupBy(spooled, ({ generation }) => generation);

  const whole = asked.filter((one) => one.whole && !lost.has(one.tag));
  const told = asked.filter(({ generation, tag }) => generation !== null && !lost.has(tag));
  const taken = [...servedByTag.keys()].filter((tag) => !lost.has(tag));
  const draws = sumsOf(spooled.flatMap((one) => one.draws));
  const rateWindows = new Set(allowances.filter(isRate).map(({ window }) => window));
  const complete = booked.filter(({ outcome }) => outcome === "complete");
  const unpaid = booked.filter(({ outcome }) => outcome === "failed" || outcome === "broken");
  const bookedOnce = whole.flatMap((one) => {
    const row = byId.get(one.generation ?? "")?.[0];
    return row ? [{ one, row }] : [];
  });

  const ofAccount = (account: AccountName): Booked[] =>
    booked.filter(({ tag }) => askedByTag.get(tag ?? "")?.[0]?.account === account);

  return [
    check("an answer that a client saw whole is booked", "lost", whole, (one) =>
      one.generation !== null && byId.has(one.generation)
        ? null
        : `${one.tag} (${one.model}): ${one.generation ?? "without an id"} is not booked`,
    ),
    check("a generation that a client was told of is booked", "lost", told, (one) =>
      byId.get(one.generation ?? "")?.some(({ tag }) => tag === one.tag)
        ? null
        : `${one.tag} (${one.model}, status ${one.status}): ${one.generation} is not booked as its own`,
    ),
    check("a request that a provider took is booked", "lost", taken, (tag) =>
      byTag.has(tag) ? null : `${tag} was served and is not booked`,
    ),
    check("a final in a spool is booked as it stands there", "lost", spooled, (one) =>
      byId.get(one.generation)?.some(({ charge }) => charge === one.charge)
        ? null
        : `${one.generation}: spooled with ${usd(one.charge)}, booked ${charges(byId.get(one.generation))}`,
    ),
    check("a generation is booked once", "doubled", [...byId], ([generation, rows]) =>
      rows.length === 1 ? null : `${generation} is booked ${rows.length} times`,
    ),
    check("a request is one generation", "doubled", [...byTag], ([tag, rows]) =>
      rows.length === 1
        ? null
        : `${tag === "" ? "no tag" : tag} is ${rows.map(({ generation }) => generation).join(" and ")}`,
    ),
    check("a generation has one final in all spools", "doubled", [...spooledById], ([id, finals]) =>
      finals.length === 1 ? null : `${id} has ${finals.length}`,
    ),
    check("an answer is booked at the charge it showed", "wrong", bookedOnce, ({ one, row }) =>
      Number(formatDollars(row.charge)) === one.shown
        ? null
        : `${one.generation}: shown ${one.shown}, booked ${usd(row.charge)}`,
    ),
    check("nothing is booked that nobody asked for", "wrong", booked, (row) =>
      askedByTag.has(row.tag ?? "") ? null : `${row.generation} (user ${row.tag})`,
    ),
    check("nothing is charged that no provider served", "wrong", booked, (row) =>
      row.charge === 0n || servedByTag.has(row.tag ?? "")
        ? null
        : `${row.generation}: ${usd(row.charge)}, and no provider knows ${row.tag}`,
    ),
    check("a complete answer costs price times tokens", "wrong", complete, (row) => {
      const [answer] = servedByAnswer.get(`${row.provider} ${row.upstreamAnswer}`) ?? [];
      const rate = rates.get(row.model);
      if (!answer?.usage || !rate || !row.reported)
        return `${row.generation} (${row.model}): ${usd(row.charge)} without tokens that a provider reported`;
      const { input, cacheRead, output } = answer.usage;
      const exact =
        (input - cacheRead) * rate.input + cacheRead * rate.cacheRead + output * rate.output;
      return row.charge === exact && answer.tag === row.tag
        ? null
        : `${row.generation} (${row.model}): ${usd(row.charge)} instead of ${usd(exact)}`;
    }),
    check("a failed or broken answer costs nothing", "wrong", unpaid, (row) =>
      row.charge === 0n ? null : `${row.generation} (${row.outcome}): ${usd(row.charge)}`,
    ),
    check("no charge is above what was held for it", "wrong", booked, (row) => {
      const [one] = askedByTag.get(row.tag ?? "") ?? [];
      return !one || row.charge <= one.ceiling
        ? null
        : `${row.generation} (${row.model}, ${row.outcome}): ${usd(row.charge)} of at most ${usd(one.ceiling)}`;
    }),
    check("no limit or credit is exceeded", "wrong", allowances, (one) =>
      one.limit === null || one.used <= one.limit
        ? null
        : `${one.account}: ${one.used} ${one.unit} used of ${one.limit} (${one.window})`,
    ),
    {
      sentence: "no limit or credit is exceeded or over-leased at any moment that was looked at",
      kind: "wrong",
      looked: watched.looks,
      violations: watched.looks === 0 ? ["nobody looked"] : [...watched.exceeded],
    },
    check("of a limit is used what the finals in spools draw on it", "wrong", allowances, (one) => {
      const drawn = draws.get(one.window) ?? 0n;
      return one.used === drawn
        ? null
        : `${one.account}: ${one.used} ${one.unit} used, ${drawn} drawn (${one.window})`;
    }),
    check(
      "of a limit or credit is used what its generations were charged",
      "wrong",
      [...groupBy(allowances.filter(isOfOneAccount), ({ account }) => account)],
      ([account, windows]) => {
        const used = sum(windows, (one) => one.used);
        const charged = sum(ofAccount(account as AccountName), ({ charge }) => charge);
        return used === charged ? null : `${account}: ${usd(used)} used, ${usd(charged)} charged`;
      },
    ),
    check(
      "every generation takes one of its key's requests a minute, however it ended",
      "wrong",
      ofAccount("hurried"),
      ({ generation }) => {
        const taken = (spooledById.get(generation) ?? []).flatMap((one) =>
          one.draws.filter(({ window, amount }) => rateWindows.has(window) && amount === 1n),
        );
        return taken.length === 1 || !spooledById.has(generation)
          ? null
          : `${generation} takes ${taken.length}`;
      },
    ),
    check("nobody is refused for our own faults", "wrong", asked, ({ tag, status, account }) =>
      (barred[account] as readonly number[]).includes(status ?? 0)
        ? `${tag} (${account}) was answered ${status}`
        : null,
    ),
    ...[...evidence.mustBeEmpty].map(([sentence, lines]): Finding => ({
      sentence,
      looked: lines.length,
      kind: "wrong",
      violations: [...lines],
    })),
  ];
}

export const isClean = (findings: readonly Finding[]): boolean =>
  findings.every(({ violations }) => violations.length === 0);

/** How many violations there are of each kind. */
export function countOf(findings: readonly Finding[], kind: Finding["kind"]): number {
  return findings.reduce((n, one) => n + (one.kind === kind ? one.violations.length : 0), 0);
}

function check<Item>(
  sentence: string,
  kind: Finding["kind"],
  items: readonly Item[],
  violationOf: (item: Item) => string | null,
): Finding {
  const violations = items.map(violationOf).filter((line) => line !== null);
  return { sentence, kind, looked: items.length, violations };
}

function groupBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/** The organization of `ample` pays for the others too. */
const isOfOneAccount = ({ account, unit }: Allowance): boolean =>
  unit === "picodollars" && account !== "ample";
const isRate = ({ account, unit }: Allowance): boolean =>
  account === "hurried" && unit === "requests";

function sumsOf(draws: readonly Draw[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { window, amount } of draws) sums.set(window, (sums.get(window) ?? 0n) + amount);
  return sums;
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => bigint): bigint =>
  items.reduce((total, item) => total + of(item), 0n);
const usd = (amount: bigint): string => `$${formatDollars(amount)}`;
const charges = (rows: readonly Booked[] | undefined): string =>
  rows ? rows.map(({ charge }) => usd(charge)).join(" and ") : "never";
