import { PolicyError } from "../error.ts";

/** One way out of the sandbox. */
export interface HostCall {
  /** The name on the bridge and of the route `POST /v1/host/:call`. */
  readonly method: string;
  /** How a module writes it. */
  readonly context: string;
  /** The action that is decided for it. */
  readonly action: string;
  /** The capability that a manifest declares and a grant gives. */
  readonly capability: string;
  /** The fields that may stand in the capability's scope; each is a list of identifiers, a final `*` standing for any rest. */
  readonly scope: readonly string[];
  /** The call asks for a write, which lands only with an Allow. */
  readonly writes: boolean;
  /** Where the result names records: it is one (`ref`), has a list of them (`items[].ref`), or names none. */
  readonly returns: "item" | "items" | "nothing";
}

/** Every host call. What is not here does not exist for a module. */
export const HOST_CALLS = [
  {
    method: "memory.write",
    context: "memory.write",
    action: "memory.write",
    capability: "memory.write",
    scope: [],
    writes: true,
    returns: "item",
  },
  {
    method: "memory.list",
    context: "memory.list",
    action: "memory.read",
    capability: "memory.list",
    scope: [],
    writes: false,
    returns: "items",
  },
  {
    method: "canon.read",
    context: "canon.read",
    action: "canon.read",
    capability: "canon.read",
    scope: ["streams"],
    writes: false,
    returns: "item",
  },
  {
    method: "interaction.log",
    context: "logInteraction",
    action: "interaction.log",
    capability: "interaction.log",
    scope: [],
    writes: true,
    returns: "nothing",
  },
  {
    method: "audit.emit",
    context: "emitAudit",
    action: "audit.emit",
    capability: "audit.emit",
    scope: [],
    writes: true,
    returns: "nothing",
  },
  {
    method: "llm.complete",
    context: "llm.complete",
    action: "llm.complete",
    capability: "llm.complete",
    scope: ["endpoints"],
    writes: false,
    returns: "nothing",
  },
] as const satisfies readonly HostCall[];

export type HostCallMethod = (typeof HOST_CALLS)[number]["method"];

const rows: ReadonlyMap<string, HostCall> = new Map(HOST_CALLS.map((row) => [row.method, row]));

/** The row of a host call. @throws PolicyError `host-call-unknown` */
export function hostCall(method: string): HostCall {
  const row = rows.get(method);
  if (row === undefined) {
    throw new PolicyError(
      "host-call-unknown",
      `there is no such host call; there are ${[...rows.keys()].join(", ")}`,
    );
  }
  return row;
}
