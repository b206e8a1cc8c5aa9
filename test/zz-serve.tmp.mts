import { createServer } from "node:http";
import { restHandler } from "#control/rest/rest-handler.ts";
import { smallInstallation } from "./control-plane/small-installation.ts";
const { runtime, acme, book, record } = await smallInstallation();
await book(record(acme));
const handle = restHandler(runtime);
createServer((q, r) => { void handle(q, r).then((a) => { if (!a) r.writeHead(404, {"content-type":"application/json"}).end('{"error":{"code":404,"message":"x"}}'); }); }).listen(5871, "127.0.0.1", () => console.log("KEY", acme.management.key));
