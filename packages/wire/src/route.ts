import type { z } from "zod";
import { WireError } from "./error.ts";
import { ROUTES, type RouteRow } from "./routes.ts";

type Row = (typeof ROUTES)[number];
type IdOf<R extends Row> = R extends Row ? `${R["service"]} ${R["method"]} ${R["path"]}` : never;

/** `<service> <METHOD> <path>`, such as `codex-nexus POST /v1/records`. */
export type RouteId = IdOf<Row>;
export type RouteOf<I extends RouteId> = Extract<
  Row,
  I extends `${infer S} ${infer M} ${infer P}` ? { service: S; method: M; path: P } : never
>;

type Parsed<R, K extends string> = R extends { readonly [P in K]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;
type Unparsed<R, K extends string> = R extends { readonly [P in K]: infer S extends z.ZodType }
  ? z.input<S>
  : undefined;

/** The validated body that a handler of the route receives. */
export type RequestOf<I extends RouteId> = Parsed<RouteOf<I>, "request">;
/** The body that a caller of the route sends. */
export type RequestInputOf<I extends RouteId> = Unparsed<RouteOf<I>, "request">;
export type ResponseOf<I extends RouteId> = Parsed<RouteOf<I>, "response">;
/** A route whose answer comes in frames, and what each of them holds. */
export type FramedRouteId = IdOf<Extract<Row, { readonly frame: z.ZodType }>>;
export type FrameOf<I extends RouteId> = Parsed<RouteOf<I>, "frame">;
export type QueryOf<I extends RouteId> = Parsed<RouteOf<I>, "query">;
export type ParamsOf<I extends RouteId> = Parsed<RouteOf<I>, "params">;

/** The id of a row. */
export function routeId(row: RouteRow): RouteId {
  return `${row.service} ${row.method} ${row.path}` as RouteId;
}

const byId = new Map<string, RouteRow>(ROUTES.map((row) => [routeId(row), row]));

/** The row of an id. Throws `route-unknown`. */
export function routeRow(id: string): RouteRow {
  const row = byId.get(id);
  if (row === undefined) {
    throw new WireError(
      "route-unknown",
      `no route ${JSON.stringify(id)} in ROUTES; add a row with its action first`,
    );
  }
  return row;
}

/**
 * The request target of a route: path parameters are percent-encoded, query values that are undefined are left
 * out. Throws `route-unknown` when a parameter is missing.
 */
export function routePath(
  id: string,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  // A parameter with a pattern, such as `:tile{.+}`, is the rest of a path: its slashes stay.
  const path = routeRow(id).path.replaceAll(/:([a-z]+)(\{[^}]*\})?/g, (_, key: string, rest?: string) => {
    const value = params[key];
    if (value === undefined) throw new WireError("route-unknown", `${id} needs the path parameter ${key}`);
    return rest === undefined
      ? encodeURIComponent(value)
      : value.split("/").map(encodeURIComponent).join("/");
  });
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}
