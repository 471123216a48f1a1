import { PolicyError } from "../error.ts";

/** One way out of the sandbox: the method of ModuleContext, the action it is decided as, and the capability that must be granted. */
export interface HostCall {
  readonly method: string;
  readonly action: string;
  readonly capability: string;
  /** Fields that a capability's scope may hold, each a prefix or an exact value that the arguments are held against. */
  readonly scope: readonly string[];
}

export const HOST_CALLS: readonly HostCall[] = [
  { method: "memory.write", action: "memory.write", capability: "memory.write", scope: [] },
  { method: "memory.list", action: "memory.read", capability: "memory.list", scope: [] },
  { method: "canon.read", action: "canon.read", capability: "canon.read", scope: ["stream"] },
  { method: "interaction.log", action: "interaction.log", capability: "interaction.log", scope: [] },
  { method: "audit.emit", action: "audit.emit", capability: "audit.emit", scope: [] },
];

const ACTION_OF: ReadonlyMap<string, string> = new Map(
  HOST_CALLS.map(({ method, action }) => [method, action]),
);

/** The action that a host call is decided as. @throws PolicyError `action-unknown` */
export function actionOfCall(method: string): string {
  const action = ACTION_OF.get(method);
  if (action === undefined)
    throw new PolicyError(
      "action-unknown",
      `"${method}" is no host call; there are ${[...ACTION_OF.keys()].join(", ")}`,
    );
  return action;
}
