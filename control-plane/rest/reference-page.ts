/** The OpenAPI document as a page to read: one file, no script, nothing from elsewhere. */
import { createHash } from "node:crypto";
import type { JsonSchema, OpenApiDocument, Operation, Parameter } from "./openapi-document.ts";

/** A schema within a schema is shown to this depth; what is below it stands under Shapes or is plain JSON. */
const depthMax = 4;

/** The policy allows the page's own style by its hash, and nothing else. */
export function referencePage(document: OpenApiDocument): {
  html: string;
  contentSecurityPolicy: string;
} {
  const hash = createHash("sha256").update(style).digest("base64");
  return {
    html: pageOf(document),
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function pageOf(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const topics = document.tags.map((tag) => ({
    ...tag,
    id: idOf("topic", tag.name),
    operations: operations.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const shapes = Object.entries(document.components.schemas).toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(document.info.title)} API</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Contents">
<p class="name">${text(document.info.title)}</p>
<ul>
${topics.map(({ name, id, operations: all }) => `<li><a href="#${id}">${text(name)}</a><span>${all.length}</span></li>`).join("\n")}
<li><a href="#shapes">Shapes</a><span>${shapes.length}</span></li>
</ul>
<p><a href="openapi.json">openapi.json</a></p>
</nav>
<main>
<header>
<h1>API</h1>
<p>${text(document.info.description)}</p>
<pre class="base">${text(document.servers[0]?.url ?? "")}</pre>
</header>
${topics
  .map(
    ({ name, id, description, operations: all }) => `<section id="${id}">
<h2>${text(name)}</h2>
<p>${prose(description)}</p>
${all.map((one) => operationOf(one, document.components.schemas)).join("\n")}
</section>`,
  )
  .join("\n")}
<section id="shapes">
<h2>Shapes</h2>
<p>What the operations above take and answer, by name.</p>
${shapes.map(([name, schema]) => `<details id="${idOf("shape", name)}"><summary><code>${text(name)}</code></summary><div>${noteOf(schema)}${schemaOf(schema, 0)}</div></details>`).join("\n")}
</section>
</main>
</body>
</html>
`;
}

type Shapes = OpenApiDocument["components"]["schemas"];

function operationOf(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  shapes: Shapes,
): string {
  const { summary, security, parameters = [], requestBody, responses, operationId } = operation;
  const answers = Object.entries(responses);
  const good = answers.filter(([status]) => status.startsWith("2"));
  const refusals = answers.filter(([status]) => !status.startsWith("2"));
  return `<details class="operation" id="${text(operationId)}">
<summary><b class="${text(method)}">${text(method.toUpperCase())}</b> <code>${pathOf(path)}</code> <span>${text(summary)}</span></summary>
<div>
<p class="who">${whoOf(security)}</p>
${parameters.length === 0 ? "" : `<h3>Parameters</h3><dl>${parameters.map(parameterOf).join("")}</dl>`}
${requestBody ? `<h3>Body</h3>${mediaOf(requestBody.content, shapes)}` : ""}
${good.map(([status, { description, content }]) => `<h3>${text(status)}</h3><p class="type">${prose(description)}</p>${content ? mediaOf(content, shapes) : ""}`).join("")}
<h3>Refusals</h3><ul class="refusals">${refusals.map(([status, { description }]) => `<li><b>${text(status)}</b> ${prose(description)}</li>`).join("")}</ul>
</div>
</details>`;
}

function whoOf(security: Operation["security"]): string {
  const names = security.flatMap((one) => Object.keys(one));
  if (names.length === 0) return "No key is needed";
  if (names.length > 1) return "With any key";
  return names[0] === "managementKey" ? "With a management key" : "With an inference key";
}

const parameterOf = ({ name, in: place, required, description, schema }: Parameter): string =>
  `<dt><code>${text(name)}</code> <i>${text(kindOf(schema))}</i>${required ? " <em>required</em>" : ""}${place === "path" ? " in the path" : ""}${boundsOf(schema)}</dt><dd>${prose(description ?? "")}</dd>`;

/** A shape is named, and shown at once: who reads an operation wants its members. */
const mediaOf = (content: Record<string, { schema: JsonSchema }>, shapes: Shapes): string =>
  Object.entries(content)
    .map(([type, { schema }]) =>
      type === "application/json"
        ? schemaOf(schema, 0) + shownOf(schema, shapes)
        : `<p>Also as <code>${text(type)}</code>.</p>`,
    )
    .join("");

function shownOf(schema: JsonSchema, shapes: Shapes): string {
  const shape = shapes[refOf(schema) ?? ""];
  return shape ? schemaOf(shape, 0) : "";
}

/** The members of an object, the alternatives of a choice, or one line. */
function schemaOf(schema: JsonSchema, depth: number): string {
  const { properties, required = [], anyOf, oneOf, items, additionalProperties } = schema;
  if (isObject(properties) && depth < depthMax) {
    const musts = new Set(required as string[]);
    const members = Object.entries(properties as Record<string, JsonSchema>).filter(
      ([, { not }]) => not === undefined,
    );
    if (members.length === 0) return `<p class="type">${text(kindOf(schema))}</p>`;
    return `<dl>${members
      .map(([name, member]) => {
        const inner = innerOf(member);
        return `<dt><code>${text(name)}</code> <i>${kindLink(member)}</i>${musts.has(name) ? " <em>required</em>" : ""}${boundsOf(member)}</dt><dd>${prose(descriptionOf(member))}${inner ? schemaOf(inner, depth + 1) : ""}</dd>`;
      })
      .join("")}</dl>`;
  }
  const choices = (anyOf ?? oneOf) as JsonSchema[] | undefined;
  if (choices && depth < depthMax)
    return `<ul class="choices">${choices.map((one) => `<li><i>${kindLink(one)}</i>${boundsOf(one)}${innerOf(one) ? schemaOf(one, depth + 1) : ""}</li>`).join("")}</ul>`;
  if (isObject(items) && innerOf(items) && depth < depthMax)
    return `<p class="type">${kindLink(schema)}</p>${schemaOf(items, depth + 1)}`;
  if (isObject(additionalProperties) && Object.keys(additionalProperties).length > 0)
    return `<p class="type">names to ${kindLink(additionalProperties)}</p>`;
  return `<p class="type">${kindLink(schema)}${boundsOf(schema)}</p>`;
}

/** What of a member is worth a list of its own: an object or choice that has no name, its own or of its rows. */
function innerOf(schema: JsonSchema): JsonSchema | null {
  if (refOf(schema) !== null) return null;
  if (isObject(schema["properties"]) && Object.keys(schema["properties"]).length > 0) return schema;
  if (isObject(schema["items"])) return innerOf(schema["items"]);
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  if (!choices) return null;
  const worth = choices.filter((one) => innerOf(one) !== null);
  if (worth.length === 1 && worth[0]) return innerOf(worth[0]);
  return worth.length === 0 ? null : { anyOf: worth };
}

function kindOf(schema: JsonSchema): string {
  const name = refOf(schema);
  if (name !== null) return name;
  const { type, enum: words, const: only, items } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(words)) return words.map((word) => JSON.stringify(word)).join(" | ");
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  if (choices && !isObject(schema["properties"]))
    return [...new Set(choices.map(kindOf))].join(" | ");
  if (type === "array") return isObject(items) ? `list of ${kindOf(items)}` : "list";
  if (Array.isArray(type)) return type.join(" | ");
  if (typeof schema["format"] === "string") return schema["format"];
  return typeof type === "string" ? type : "anything";
}

/** The same, with every shape a link to it. */
const kindLink = (schema: JsonSchema): string =>
  text(kindOf(schema)).replaceAll(
    /\b[A-Z][A-Za-z]+\b(?![^&]*;)/g,
    (name) => `<a href="#${idOf("shape", name)}">${name}</a>`,
  );

function boundsOf(schema: JsonSchema): string {
  const plain = boundedOf(schema);
  const said: string[] = [];
  const { minimum, maximum, maxLength, minItems, maxItems } = plain;
  if (typeof minimum === "number" && typeof maximum === "number")
    said.push(`${amount(minimum)} to ${amount(maximum)}`);
  else if (typeof minimum === "number") said.push(`at least ${amount(minimum)}`);
  if (typeof maxLength === "number") said.push(`at most ${amount(maxLength)} characters`);
  if (typeof minItems === "number" && minItems > 0) said.push(`at least ${amount(minItems)}`);
  if (typeof maxItems === "number") said.push(`at most ${amount(maxItems)}`);
  if (schema["default"] !== undefined && schema["default"] !== "")
    said.push(`${JSON.stringify(schema["default"])} unless told`);
  return said.length === 0 ? "" : ` <small>${text(said.join(", "))}</small>`;
}
/** Of what may be null, what it is otherwise. */
function boundedOf(schema: JsonSchema): JsonSchema {
  const choices = schema["anyOf"];
  if (!Array.isArray(choices)) return schema;
  const others = (choices as JsonSchema[]).filter(({ type }) => type !== "null");
  return others.length === 1 && others[0] ? others[0] : {};
}

const descriptionOf = ({ description }: JsonSchema): string =>
  typeof description === "string" ? description : "";
const noteOf = (schema: JsonSchema): string =>
  descriptionOf(schema) === "" ? "" : `<p>${prose(descriptionOf(schema))}</p>`;
const refOf = ({ $ref }: JsonSchema): string | null =>
  typeof $ref === "string" ? ($ref.split("/").at(-1) ?? null) : null;
const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const amount = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString("en-US").replaceAll(",", "\u202f") : String(value);
const idOf = (kind: string, name: string): string =>
  `${kind}-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
const pathOf = (path: string): string =>
  text(path).replaceAll(/\{\w+\}/g, (name) => `<var>${name}</var>`);

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const text = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
/** With what stands between backticks as code. */
const prose = (value: string): string => text(value).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

const style = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif;
  --ink: light-dark(#1c2024, #e8eaed); --soft: light-dark(#5f6873, #9aa3ad); --line: light-dark(#e3e6ea, #2c3138);
  --paper: light-dark(#fff, #14171a); --panel: light-dark(#f7f8f9, #1a1e22); --link: light-dark(#1f5fbf, #86b4f5); }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); display: grid; grid-template-columns: 14rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 2rem 1.25rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav .name { font-weight: 650; margin: 0 0 1rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { display: flex; justify-content: space-between; padding: .2rem 0; }
nav span { color: var(--soft); font-variant-numeric: tabular-nums; }
main { max-width: 56rem; padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { font-size: 1.9rem; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 3rem 0 .25rem; }
h3 { font-size: .8rem; margin: 1.25rem 0 .4rem; color: var(--soft); text-transform: uppercase; letter-spacing: .05em; }
section > p, header p { color: var(--soft); margin: 0 0 1rem; max-width: 42rem; }
code, pre, i { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
i { color: var(--soft); overflow-wrap: anywhere; }
.base { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem; margin: 0; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; background: var(--paper); }
details[open] { background: var(--panel); }
details > div { padding: 0 1rem 1rem; }
summary { cursor: pointer; padding: .55rem .9rem; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 8px; }
summary b { font: 600 .72rem/1.4 ui-monospace, monospace; width: 3.6rem; flex: none; text-align: center; border-radius: 4px; padding: .1rem 0; border: 1px solid currentcolor; }
summary span { color: var(--soft); font-size: .9rem; }
summary var { font-style: normal; color: var(--link); }
b.get { color: light-dark(#1a6f4a, #6fcf9f); } b.post { color: light-dark(#1f5fbf, #86b4f5); }
b.patch, b.put { color: light-dark(#8a5a00, #e0b252); } b.delete { color: light-dark(#b3261e, #f08a82); }
.who { color: var(--soft); font-size: .9rem; margin-top: 0; margin-bottom: 0; }
dl { margin: 0; border-left: 2px solid var(--line); padding-left: .9rem; }
dt { margin-top: .5rem; }
dd { margin: 0; color: var(--soft); font-size: .92rem; }
dd dl, dd ul { margin-top: .25rem; color: var(--ink); }
em { font-style: normal; font-size: .75rem; color: light-dark(#b3261e, #f08a82); }
small { color: var(--soft); }
.refusals { margin: 0; padding: 0; list-style: none; font-size: .9rem; color: var(--soft); }
.refusals b { color: var(--ink); display: inline-block; width: 2.6rem; font-variant-numeric: tabular-nums; }
.choices { padding-left: 1.1rem; }
.type { margin: .2rem 0; }
@media (max-width: 48rem) { body { display: block; } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); padding: 1.25rem; } }
`;
