import type { CapabilityCalls } from "./context.ts";
import { ModuleError } from "./error.ts";

export type CapabilityName = keyof CapabilityCalls;

/** What narrows a capability. A field that is left out does not narrow. */
interface Scopes {
  /** `streams`: each exact, or a prefix with a final `*`. */
  "canon.read": { readonly streams?: readonly string[] };
  /** `endpoints`, likewise. */
  "llm.complete": { readonly endpoints?: readonly string[] };
}

/** A capability that a module asks for: its name, or its name with the scope that narrows it. */
export type Capability = {
  [Name in CapabilityName]:
    | Name
    | {
        readonly name: Name;
        readonly scope?: Name extends keyof Scopes ? Scopes[Name] : { readonly [field: string]: never };
      };
}[CapabilityName];

type NameOf<C> = C extends CapabilityName ? C : C extends { readonly name: infer Name } ? Name : never;

/** The names in a declared list. A list that the compiler does not know word by word declares nothing. */
export type NamesOf<C extends readonly Capability[]> = number extends C["length"]
  ? never
  : Extract<NameOf<C[number]>, CapabilityName>;

/** Every capability, and the fields that its scope may have. */
export const CAPABILITIES: Readonly<Record<CapabilityName, readonly string[]>> = {
  "memory.write": [],
  "memory.list": [],
  "canon.read": ["streams"],
  "llm.complete": ["endpoints"],
  "interaction.log": [],
  "audit.emit": [],
};

/** @throws ModuleError `capability-unknown`, `capability-twice` */
export function checkCapabilities(list: unknown): void {
  if (!Array.isArray(list))
    throw new ModuleError("capability-unknown", "capabilities must be a list of names; [] asks for nothing");
  const seen: unknown[] = [];
  for (const each of list as readonly unknown[]) {
    const { name, scope = {} } =
      typeof each === "object" && each !== null ? (each as Record<string, unknown>) : { name: each };
    const fields = typeof name === "string" && Object.hasOwn(CAPABILITIES, name) ? name : undefined;
    if (fields === undefined)
      throw new ModuleError(
        "capability-unknown",
        `${String(name)} is no capability; there are ${Object.keys(CAPABILITIES).join(", ")}`,
      );
    const known = CAPABILITIES[fields as CapabilityName];
    const foreign = Object.keys(scope as object).find((field) => !known.includes(field));
    if (foreign !== undefined)
      throw new ModuleError(
        "capability-unknown",
        `the scope of ${fields} has no field ${foreign}; it has ${known.join(", ") || "none"}`,
      );
    if (seen.includes(name))
      throw new ModuleError("capability-twice", `${fields} is declared twice; declare it once`);
    seen.push(name);
  }
}
