// `turnpike profile`: of a gateway that works, by the same words a person types.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "#control/cli/run.ts";
import { smallGateway } from "../data-plane/small-gateway.ts";

const test = suite("profile");
const folder = mkdtempSync(join(tmpdir(), "turnpike-profile-"));
const gateway = await smallGateway();
const { key } = await gateway.key(await gateway.organization("10"));
await gateway.model("ok");
await gateway.key(await gateway.organization("1")); // waits until the model is in force

async function turnpike(words: string[], dataDir = gateway.dataDir) {
  let out = "";
  let error = "";
  const code = await run(words, {
    environment: { DATA_DIR: dataDir },
    folder,
    stdin: process.stdin,
    write: (text) => void (out += text),
    writeError: (text) => void (error += text),
    width: 100,
  });
  return { code, out, error };
}

test("a running gateway is sampled while it serves: a CPU profile, a heap profile and a summary that say what it did", async () => {
  let serving = true;
  const load = (async () => {
    let served = 0;
    for (; serving; served++) {
      const answer = await gateway.chat(key, {
        model: "acme/ok",
        messages: [{ role: "user", content: "hi" }],
      });
      assert.is(answer.status, 200);
      await answer.text();
    }
    return served;
  })();
  const { code, out } = await turnpike(["profile", "--seconds", "1", "--json"]);
  serving = false;
  const served = await load;
  assert.is(code, 0);
  const said = JSON.parse(out) as {
    requests: number;
    cpuMicroseconds: number;
    top: { function: string; place: string; microseconds: number }[];
    files: string[];
  };
  assert.ok(said.requests > 0 && said.requests <= served + 1, `${said.requests} of ${served}`);
  assert.ok(said.cpuMicroseconds > 0);
  assert.ok(
    said.top.some(({ place }) => place.startsWith("data-plane/")),
    "our own code shows",
  );
  const [cpu = "", heap = "", summary = ""] = said.files;
  const profile = JSON.parse(readFileSync(cpu, "utf8")) as { nodes: unknown[]; samples: unknown[] };
  assert.ok(profile.nodes.length > 10 && profile.samples.length > 100);
  assert.ok("head" in (JSON.parse(readFileSync(heap, "utf8")) as object));
  assert.ok("memory" in (JSON.parse(readFileSync(summary, "utf8")) as object));
  const all = said.files.map((file) => readFileSync(file, "utf8")).join("");
  assert.not.match(all, key);
  assert.not.match(all, "sk-upstream-secret-of-ours");
});
test("at a terminal it is a table of what was on top, the memory, and how to open the files", async () => {
  const { code, out } = await turnpike(["profile", "--seconds", "1", "--gateway", "gateway-1"]);
  assert.is(code, 0);
  assert.match(out, "Sampling gateway-1 for 1 s");
  assert.match(out, /SELF\s+FUNCTION\s+WHERE/);
  assert.match(out, "memory ");
  assert.match(out, "DevTools");
});
for (const { name, words, code, says } of [
  { name: "no seconds at all", words: ["--seconds", "0"], code: 2, says: "from 1 to 120" },
  { name: "an hour", words: ["--seconds", "3600"], code: 2, says: "from 1 to 120" },
  { name: "a word", words: ["--seconds", "ten"], code: 2, says: "got ten" },
  {
    name: "another gateway",
    words: ["--gateway", "gateway-9"],
    code: 1,
    says: "there is gateway-1",
  },
  {
    name: "a folder that is not there",
    words: ["--seconds", "1", "--out", "/nowhere/at/all"],
    code: 1,
    says: "--out",
  },
]) {
  test(`${name} is refused with what would do`, async () => {
    const said = await turnpike(["profile", ...words]);
    assert.is(said.code, code, said.error);
    assert.match(said.error, says);
  });
}
test("where nothing runs it says so, and what to type", async () => {
  const empty = mkdtempSync(join(tmpdir(), "turnpike-profile-empty-"));
  assert.match((await turnpike(["profile"], empty)).error, "turnpike start");
  mkdirSync(join(empty, "gateways"));
  const dead = {
    metrics: "http://127.0.0.1:9/metrics",
    profile: "http://127.0.0.1:9/profile",
    pid: 2 ** 22 + 1,
  };
  writeFileSync(join(empty, "gateways", "gateway-1.json"), JSON.stringify(dead));
  assert.match((await turnpike(["profile"], empty)).error, "turnpike start");
  rmSync(empty, { recursive: true });
});
test("two profiles at once are not taken, and neither is one that a web page asks for", async () => {
  const { profile } = JSON.parse(
    readFileSync(join(gateway.dataDir, "gateways", "gateway-1.json"), "utf8"),
  ) as { profile: string };
  const ask = (headers: Record<string, string>) =>
    fetch(`${profile}?seconds=1`, { method: "POST", headers });
  const first = ask({ "x-turnpike": "profile" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.is((await ask({ "x-turnpike": "profile" })).status, 409);
  assert.is((await ask({})).status, 405);
  assert.is((await first).status, 200);
  assert.ok(readdirSync(folder).length > 0);
});

test.after(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});
test.run();
