// Writes schema.graphql, the schema as people and code generators read it. A test says when it is stale;
// `npm run format` lays it out.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { schemaText } from "./schema.ts";

await writeFile(join(import.meta.dirname, "schema.graphql"), schemaText());
