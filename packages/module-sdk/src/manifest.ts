import type { CapabilityName } from "./capability.ts";
import type { Json } from "./json.ts";

/** What a module may do with one host call. A scope without a field does not narrow; an unknown field grants nothing. */
export interface CapabilityDeclaration {
  name: CapabilityName;
  /** `canon.read`: `streams`, a list of streams, each exact or a prefix with a final `*`; `llm.complete`: `endpoints`, likewise. */
  scope: { streams?: string[]; endpoints?: string[] };
}

/** Bounds of a run that differ from the host's defaults; never above its ceilings. */
export interface ModuleLimits {
  cpuMs?: number;
  wallMs?: number;
  memoryBytes?: number;
  stackBytes?: number;
  hostCalls?: number;
  argumentBytes?: number;
  outputBytes?: number;
}

/** `sigil.module.json`: what a module is, what it asks for, and the bytes that it consists of. */
export interface ModuleManifest {
  /** `[a-z0-9][a-z0-9._-]{0,63}`. */
  id: string;
  /** Semantic version. */
  version: string;
  publisher?: string;
  description?: string;
  engine: "quickjs-1";
  /** Path inside the package of the built ES module; one of `files`. */
  entry: string;
  /** JSON Schema of the run's input. */
  input: Json;
  capabilities: CapabilityDeclaration[];
  limits?: ModuleLimits;
  /** SPDX expression. */
  licence: string;
  /** `sha256:<hex>` of every file by its path. */
  files: { [path: string]: string };
}
