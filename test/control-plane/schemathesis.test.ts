// Schemathesis, a stranger to us, reads our OpenAPI document and tries to make the API break its word: no 5xx, no status,
// content type or answer that is not described. Skipped with a word where PyPI is out of reach; test/control-plane/openapi.test.ts
// asks the same with a generator of our own.
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import { restHandler } from "#control/rest/rest-handler.ts";
import { pythonWith } from "#test/python.ts";
import { smallInstallation } from "./small-installation.ts";

const wanted = ["schemathesis==4.32.5"];
const casesEach = process.env["FUZZ_CASES"] ?? "5";
/** `coverage` before it asks for every boundary of every schema, in half a minute. */
const phases = process.env["FUZZ_PHASES"] ?? "fuzzing";
const runMsMax = Number(process.env["FUZZ_MS"] ?? 60_000);
const checks =
  "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

const schemathesis = suite("schemathesis");
const { packages, why } = await pythonWith(wanted);
if (packages === null) {
  console.log(`Skipped: ${why}`);
  schemathesis.skip("whatever it asks is answered as the document says", () => {});
} else {
  const installation = await smallInstallation();
  const { runtime, acme, record, book } = installation;
  await book(record(acme));
  const handle = restHandler(runtime);
  const server = createServer((request, response) => {
    void handle(request, response).then((answered) => {
      if (!answered) response.writeHead(421).end("not ours");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  schemathesis.after(async () => {
    server.closeAllConnections();
    server.close();
    await installation.close();
  });

  schemathesis("whatever it asks is answered as the document says", async () => {
    const { code, output } = await run(packages, [
      ...`run ${base}/openapi.json --url ${base} --exclude-tag Inference --no-color`.split(" "),
      ...`--phases ${phases} --max-examples ${casesEach} --checks ${checks}`.split(" "),
      ...`--request-timeout 20 --max-failures 20 --suppress-health-check all`.split(" "),
      "--header",
      `Authorization: Bearer ${acme.management.key}`,
    ]);
    if (code !== 0) throw new Error(output.slice(-8_000));
    console.log(/\d+ generated, \d+ passed/.exec(output)?.[0] ?? output.slice(-300));
  });
}
schemathesis.run();

function run(
  packages: string,
  words: readonly string[],
): Promise<{ code: number; output: string }> {
  const { PATH, HOME, LANG } = process.env;
  return new Promise((resolve) => {
    execFile(
      "python3",
      ["-m", "schemathesis.cli", ...words],
      {
        cwd: packages, // where it may leave what it remembers
        env: {
          PATH,
          HOME,
          LANG,
          PYTHONUTF8: "1",
          PYTHONPATH: packages,
          PYTHONPYCACHEPREFIX: join(packages, "compiled"),
        },
        timeout: runMsMax,
        maxBuffer: 50_000_000,
      },
      (error, stdout, stderr) =>
        resolve({
          code: error === null ? 0 : 1,
          output: `${stdout}${stderr}${error?.killed ? "\nkilled: it took too long" : ""}`,
        }),
    );
  });
}
