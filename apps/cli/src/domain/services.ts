/** The three services: their names, the bundle that is started, and the section of the configuration with their port. */
export const SERVICES = [
  { name: "codex-nexus", bundle: "codex-nexus/dist/codex-nexus.js", section: "codex_nexus", node: [] },
  { name: "mmf", bundle: "mmf/dist/mmf.js", section: "mmf", node: [] },
  {
    name: "sigilderg",
    bundle: "sigilderg/dist/sigilderg.js",
    section: "sigilderg",
    // What a request leaves behind is dead when it is answered: more room for it, and it is collected half as often.
    node: ["--max-semi-space-size=32"],
  },
] as const;

export type Service = (typeof SERVICES)[number];
export type ServiceName = Service["name"];
export type Section = Service["section"];

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `http://127.0.0.1:7400`, with brackets around an IPv6 address. */
export function url({ host, port }: Address): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
