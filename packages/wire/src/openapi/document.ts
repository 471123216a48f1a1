import { actionRow } from "@sigil/policy";
import { z } from "zod";
import { PROBLEM_MEDIA_TYPE, problem } from "../problem/schema.ts";
import { PROBLEMS } from "../problem/table.ts";
import { ROUTES, type RouteRow } from "../routes.ts";
import type { ServiceName } from "../schema/service.ts";

type Schema = Record<string, unknown>;

/** An OpenAPI 3.1.1 document. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Schema;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly [key: string]: unknown;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly [key: string]: unknown;
}

const TITLES: Record<ServiceName, { title: string; description: string; port: number }> = {
  sigilderg: {
    title: "SigilDERG",
    description: "The control plane, and the only service that answers callers.",
    port: 7400,
  },
  mmf: { title: "MMF", description: "Runs modules. Answers nobody but SigilDERG.", port: 7401 },
  "codex-nexus": {
    title: "Codex Nexus",
    description: "Stores and proves. Answers nobody but SigilDERG.",
    port: 7402,
  },
};

/** What proves a caller, by the `auth` of a row. */
const SECURITY: Record<RouteRow["auth"], readonly Schema[]> = {
  none: [],
  licence: [{ licence: [] }, { licence: [], envelope: [] }],
  envelope: [{ envelope: [] }],
  "envelope+grant": [{ envelope: [], grant: [] }],
};

const SCHEMES = {
  licence: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "sigil-license+jwt",
    description: "A recorded licence. One that is bound to a key (cnf) counts only with an envelope.",
  },
  envelope: {
    type: "apiKey",
    in: "header",
    name: "Sigil-Envelope",
    description: "A signature over the whole request; docs/reference/formats.md, Request envelope.",
  },
  grant: {
    type: "apiKey",
    in: "header",
    name: "Sigil-Grant",
    description: "The capability of one run, minted by SigilDERG.",
  },
};

/**
 * The OpenAPI 3.1 document of a service, from the rows and the very schemas by which its requests and answers are
 * validated. Deterministic: the same rows give the same document.
 */
export function openApi(service: ServiceName, version: string): OpenApiDocument {
  const { title, description, port } = TITLES[service];
  const rows = (ROUTES as readonly RouteRow[]).filter((row) => row.service === service);
  const schemas = new Schemas();
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const row of rows) {
    const path = row.path.replaceAll(/:([a-z]+)(\{[^}]*\})?/g, "{$1}");
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: operation(row, schemas) };
  }
  return {
    openapi: "3.1.1",
    info: { title, version, description, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: `http://127.0.0.1:${port}`, description: "the default; loopback only" }],
    tags: [...new Set(rows.map(tagOf))].sort().map((name) => ({ name })),
    paths,
    components: { schemas: schemas.all(), securitySchemes: schemesOf(rows), responses: { Problem: PROBLEM } },
  };
}

const PROBLEM = {
  description: `RFC 9457. \`code\` is one of: ${Object.keys(PROBLEMS).sort().join(", ")}.`,
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
};

function schemesOf(rows: readonly RouteRow[]): Schema {
  const used = new Set(rows.flatMap((row) => SECURITY[row.auth].flatMap(Object.keys)));
  return Object.fromEntries(Object.entries(SCHEMES).filter(([name]) => used.has(name)));
}

function operation(row: RouteRow, schemas: Schemas): OpenApiOperation {
  const id = operationId(row);
  const parameters = [...parametersOf("path", row.params), ...parametersOf("query", row.query)];
  const { response, request, frame } = row;
  const other = frame === undefined ? { type: "string" } : schemas.ref(`${id}Frame`, frame, "output");
  const answer =
    response === undefined
      ? { [row.media ?? "text/plain"]: { schema: other } }
      : { "application/json": { schema: schemas.ref(`${id}Answer`, response, "output") } };
  return {
    operationId: id,
    summary: `${row.method} ${row.path.replaceAll(/:([a-z]+)(\{[^}]*\})?/g, "{$1}")}`,
    description: describe(row),
    tags: [tagOf(row)],
    security: SECURITY[row.auth],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: `At most ${row.maxBytes} bytes of strict JSON.`,
            content: { "application/json": { schema: schemas.ref(`${id}Request`, request, "input") } },
          },
        }),
    responses: {
      "2XX": { description: "Done.", content: answer },
      default: { $ref: "#/components/responses/Problem" },
    },
    "x-sigil-action": row.action,
  };
}

/** What the action table says of a row, in a sentence. */
function describe({ action, roles }: RouteRow): string {
  const { least, trust, recorded, quorum, note } = actionRow(action);
  const who =
    least === "none"
      ? "Needs no licence"
      : least === "service"
        ? `Answers ${roles?.join(", ") ?? "services"} only`
        : `Needs ${least}`;
  const more = [
    ...(trust === null ? [] : [`trust ${trust}`]),
    `recorded: ${recorded}`,
    ...(quorum === "none" ? [] : [`quorum: ${quorum}`]),
    ...(note === undefined ? [] : [note]),
  ];
  return `Action \`${action}\`. ${who}; ${more.join("; ")}.`;
}

/** The first word of the path below the version. */
function tagOf({ path }: RouteRow): string {
  return path.split("/").find((step) => step !== "" && step !== "v1" && step !== ".well-known") ?? "service";
}

/** `POST /v1/memory/:id/forget` is `postMemoryIdForget`. */
export function operationId({ method, path }: Pick<RouteRow, "method" | "path">): string {
  const words = path
    .replaceAll(/\{[^{}]{0,200}\}/g, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && word !== "v1");
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("");
}

/** A parameter as it is sent, whatever it is parsed into. */
function parametersOf(where: "path" | "query", schema: z.ZodType | undefined): Schema[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input") as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: property,
  }));
}

/** Component schemas; one that several routes share is there once. */
class Schemas {
  readonly #names = new Map<z.ZodType, string>([[problem, "Problem"]]);
  readonly #schemas = new Map<string, Schema>([["Problem", jsonSchema(problem, "output")]]);

  ref(name: string, schema: z.ZodType, io: "input" | "output"): Schema {
    const known = this.#names.get(schema);
    if (known === undefined) {
      this.#names.set(schema, name);
      this.#schemas.set(name, jsonSchema(schema, io));
    }
    return { $ref: `#/components/schemas/${known ?? name}` };
  }

  all(): Schema {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** JSON Schema 2020-12, which OpenAPI 3.1 speaks. What no schema describes (any JSON) is any value. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): Schema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    reused: "inline",
  });
  return rest;
}
