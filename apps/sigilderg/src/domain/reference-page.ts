import { createHash } from "node:crypto";
import type { OpenApiDocument, OpenApiOperation } from "@sigil/wire";

/** A page and the Content-Security-Policy under which it is served. */
export interface ReferencePage {
  readonly html: string;
  readonly csp: string;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --dim: #888; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.3rem; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1rem; color: var(--dim); }
nav { margin: 1rem 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; margin: .5rem 0; padding: .75rem; border: 1px solid var(--line); border-radius: 6px; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; padding: 0 .75rem; }
summary { cursor: pointer; padding: .5rem 0; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
summary b { min-width: 4rem; }
summary small { color: var(--dim); margin-left: auto; }
:is(summary, a):focus-visible { outline: 2px solid; outline-offset: 2px; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top; }
details details { margin: .25rem 0 .75rem; }
`;

/** Nothing but this style: no script, no image, no other origin, no frame, no form. */
const CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The routes of these services as one page that needs no script and no network. */
export function referencePage(documents: readonly OpenApiDocument[]): ReferencePage {
  const titles = documents.map((document) => String(document.info.title));
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sigil API reference</title><style>${STYLE}</style></head>
<body>
<header><h1>Sigil API reference</h1>
<p>Generated from the schemas that validate. As data: <a href="/openapi.json">/openapi.json</a>,
<a href="/openapi/mmf">/openapi/mmf</a>, <a href="/openapi/codex-nexus">/openapi/codex-nexus</a>.</p>
<nav aria-label="Services">${titles.map((title) => `<a href="#${anchor(title)}">${escaped(title)}</a>`).join("")}</nav></header>
<main>${documents.map(serviceSection).join("\n")}</main>
</body>
</html>
`;
  return { html, csp: CSP };
}

function serviceSection(document: OpenApiDocument): string {
  const title = String(document.info.title);
  const { schemas } = document.components as { schemas: Record<string, unknown> };
  const operations = Object.values(document.paths).flatMap(Object.values);
  const groups = Map.groupBy(operations, ({ tags }) => tags[0] ?? "");
  const parts = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([tag, all]) =>
        `<h3>${escaped(tag)}</h3>${all.map((each) => operationDetails(title, each, schemas)).join("\n")}`,
    );
  return `<section><h2 id="${anchor(title)}">${escaped(title)}</h2><p>${escaped(String(document.info.description))}</p>
${parts.join("\n")}</section>`;
}

function operationDetails(
  title: string,
  operation: OpenApiOperation,
  schemas: Readonly<Record<string, unknown>>,
): string {
  const [method = "", path = ""] = operation.summary.split(" ");
  return `<details id="${anchor(title)}-${escaped(operation.operationId)}">
<summary><b>${escaped(method)}</b><code>${escaped(path)}</code><small>${escaped(String(operation["x-sigil-action"]))}</small></summary>
<p>${code(operation.description)}</p>
<p>Proof: ${proofOf(operation)}.</p>
${parameters(operation)}${bodies(operation, schemas)}
</details>`;
}

function proofOf({ security }: OpenApiOperation): string {
  const ways = (security as readonly Record<string, unknown>[]).map((way) => Object.keys(way).join(" and "));
  return ways.length === 0 ? "none" : escaped(ways.join(", or "));
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
}

function parameters(operation: OpenApiOperation): string {
  const all = (operation.parameters ?? []) as readonly Parameter[];
  if (all.length === 0) return "";
  const rows = all.map(
    ({ name, in: where, required, schema }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${escaped(where)}${required ? ", required" : ""}</td><td><code>${escaped(JSON.stringify(schema))}</code></td></tr>`,
  );
  return `<table><thead><tr><th>Parameter</th><th>In</th><th>Schema</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;
}

function bodies(operation: OpenApiOperation, schemas: Readonly<Record<string, unknown>>): string {
  const request = operation.requestBody as (Content & { readonly description: string }) | undefined;
  const answer = (operation.responses as Record<string, Content>)["2XX"];
  return [
    ...(request === undefined ? [] : [body(`Request: ${request.description}`, request, schemas)]),
    ...(answer === undefined ? [] : [body("Answer", answer, schemas)]),
  ].join("\n");
}

function body(label: string, { content = {} }: Content, schemas: Readonly<Record<string, unknown>>): string {
  return Object.entries(content)
    .map(([media, { schema }]) => {
      const name = schema.$ref?.slice("#/components/schemas/".length);
      const shape = name === undefined ? schema : schemas[name];
      return `<details><summary>${escaped(label)} <small>${escaped(media)}</small></summary><pre>${escaped(JSON.stringify(shape, null, 2))}</pre></details>`;
    })
    .join("");
}

/** Backticks become code. */
function code(text: string): string {
  return escaped(text).replaceAll(/`([^`]{1,200})`/g, "<code>$1</code>");
}

function anchor(title: string): string {
  return escaped(title.toLowerCase().replaceAll(" ", "-"));
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
