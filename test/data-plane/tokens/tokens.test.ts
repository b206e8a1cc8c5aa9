// How long a prompt is: right enough to choose an endpoint by, exact where a window is in doubt, and never a stop for others.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { estimateTokens } from "#data/tokens/estimate.ts";
import { ExactCounter } from "#data/tokens/exact-counter.ts";
import { LearnedFactors } from "#data/tokens/learned-factors.ts";
import { promptSize } from "#data/tokens/prompt-size.ts";
import { slices } from "#data/tokens/slices.ts";

const test = suite("tokens");
const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8").slice(0, 40_000);

for (const { name, text, off } of [
  { name: "English prose with Markdown", text: read("README.md"), off: 0.15 },
  { name: "code", text: read("data-plane/leases.ts"), off: 0.15 },
  { name: "JSON, indented", text: read("package-lock.json"), off: 0.2 },
  {
    name: "JSON in one line",
    text: JSON.stringify(JSON.parse(readFileSync(join(root, "package.json"), "utf8"))),
    off: 0.25,
  },
  { name: "base64", text: randomBytes(6_000).toString("base64"), off: 0.25 },
  { name: "hexadecimal", text: randomBytes(6_000).toString("hex"), off: 0.25 },
  {
    name: "Chinese",
    text: "机器学习是人工智能的一个分支，主要研究如何让计算机从数据中学习规律并做出预测。".repeat(
      40,
    ),
    off: 0.25,
  },
  {
    name: "Russian",
    text: "Большие языковые модели обучаются на огромных массивах текста. ".repeat(40),
    off: 0.25,
  },
  {
    name: "German",
    text: "Die Geschwindigkeitsbegrenzung wird seit Jahrzehnten kontrovers diskutiert. ".repeat(40),
    off: 0.25,
  },
  { name: "emoji", text: "😀🎉🚀".repeat(400), off: 0.3 },
] as const) {
  test(`an estimate of ${name} is within ${off * 100} % of the real vocabulary's count`, () => {
    let exact = 0;
    for (const piece of slices(text)) exact += countTokens(piece);
    const estimate = estimateTokens(text);
    assert.ok(Math.abs(estimate / exact - 1) <= off, `${estimate} for ${exact}`);
  });
}

test("no text is estimated below nothing, nor above its bytes and one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const tokens = estimateTokens(text);
      return tokens >= 0 && tokens <= Buffer.byteLength(text) + 1;
    }),
    { numRuns: 3_000 },
  );
});
test("slices are the text again, none is long, and none ends inside a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 4_000 }), (text) => {
      const pieces = [...slices(text)];
      return (
        pieces.join("") === text &&
        pieces.every((piece) => piece.length > 0 && piece.length <= 512 && piece.isWellFormed())
      );
    }),
  );
});

/** The longest that anything else had to wait while `work` was done, in milliseconds of this process's own computing. */
async function longestStop(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = process.cpuUsage();
  const watch = setInterval(() => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.cpuUsage();
  }, 1);
  await work();
  clearInterval(watch);
  return longest;
}
const asked = (text: string) => ({
  text,
  promptTokensBound: Buffer.byteLength(text),
  promptTokensEstimate: Math.ceil(text.length / 4),
  outputTokensMax: null,
});
const model = (tokenizer: string) => ({ id: `acme/${tokenizer}`, tokenizer });
const window = (contextLength: number, tokenizer = "o200k_base") => ({
  contextLength,
  model: model(tokenizer),
});

test("a prompt that fits by its bytes is not looked at", () => {
  const size = promptSize(
    asked("hello"),
    [window(1_000)],
    new LearnedFactors(),
    new ExactCounter(),
  );
  assert.not.instance(size, Promise);
});
test("where a window is in doubt the prompt is counted, exactly", async () => {
  const counter = new ExactCounter();
  const text = read("README.md");
  const exact = [...slices(text)].reduce((sum, piece) => sum + countTokens(piece), 0);
  const size = await promptSize(asked(text), [window(exact)], new LearnedFactors(), counter);
  assert.equal([size.of(model("o200k_base")), size.tolerance], [exact, 0.1]);
  await counter.close();
});
test("what is clearly too long, or clearly not, is only estimated", async () => {
  const counter = new ExactCounter();
  const text = read("README.md");
  for (const contextLength of [100, 39_000]) {
    const size = await promptSize(
      asked(text),
      [window(contextLength)],
      new LearnedFactors(),
      counter,
    );
    assert.is(size.tolerance, 0.25);
  }
  await counter.close();
});
test("pictures in data URLs take a fixed part of the window, whatever their bytes", async () => {
  const text = `{"url":"data:image/png;base64,${"A".repeat(2_000_000)}"}`;
  const size = await promptSize(
    asked(text),
    [window(100_000)],
    new LearnedFactors(),
    new ExactCounter(),
  );
  assert.ok(size.of(model("o200k_base")) < 1_700);
});
for (const { name, text } of [
  { name: "100 KB of one letter", text: "a".repeat(102_400) },
  { name: "1 MB of emoji", text: "😀".repeat(262_144) },
  { name: "1 MB without a space", text: randomBytes(750_000).toString("base64") },
]) {
  test(`${name} is counted, and stops nobody meanwhile`, async () => {
    const counter = new ExactCounter();
    await counter.count("warm"); // the vocabulary is loaded on its own thread
    const bound = estimateTokens(text);
    const stop = await longestStop(async () => {
      await promptSize(asked(text), [window(bound)], new LearnedFactors(), counter);
    });
    await counter.close();
    // CPU of the whole process, the counting thread included, so this is wide; in one pass it would be hundreds.
    assert.ok(stop < 150, `${stop} ms`);
  });
}

test("a model's own reports move its factor, garbage does not, and the family's word is where it starts", () => {
  const factors = new LearnedFactors();
  const claude = model("claude-v2");
  assert.is(factors.of(claude), 1.5);
  factors.learn(claude, 1_000, 50); // too few to say anything
  factors.learn(claude, 1_000, 90_000); // a picture
  assert.is(factors.of(claude), 1.5);
  for (let requests = 0; requests < 60; requests++) factors.learn(claude, 1_000, 1_300);
  assert.ok(Math.abs(factors.of(claude) - 1.3) < 0.02, String(factors.of(claude)));
  assert.is(factors.of(model("nobody-knows")), 1.3);
});
test("a counter that is closed, full or late answers null, and nobody waits for ever", async () => {
  const counter = new ExactCounter();
  const many = Array.from({ length: 60 }, () => counter.count("hello world"));
  const counted = await Promise.all(many);
  assert.is(counted.filter((tokens) => tokens === null).length, 28);
  assert.is(counted[0], 2);
  assert.is(await counter.count("x".repeat(4_000_001)), null);
  const open = counter.count("again");
  await counter.close();
  assert.ok([null, 1].includes(await open));
});

test.run();
