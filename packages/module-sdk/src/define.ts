import { type Capability, checkCapabilities } from "./capability.ts";
import type { ContextOf } from "./context.ts";
import { ModuleError } from "./error.ts";
import type { InputOf, InputSchema } from "./input.ts";
import type { ModuleLimits } from "./manifest.ts";
import type { RuleZeroOutput } from "./output.ts";

/** What a module takes, what it asks for, and what it does: all that its manifest says of its code stands here, once. */
export interface ModuleDeclaration<S extends InputSchema, C extends readonly Capability[]> {
  /** JSON Schema of the input; `input` of `run` has the type of what it admits. */
  readonly input: S;
  /** What the module may do; `ctx` of `run` has these calls and no others. */
  readonly capabilities: C;
  /** Bounds that differ from the host's defaults. */
  readonly limits?: ModuleLimits;
  run(input: InputOf<S>, ctx: ContextOf<C>): Promise<RuleZeroOutput> | RuleZeroOutput;
}

/**
 * The default export of a module's entry: returns the same object. `sigil module build` writes the manifest from it, so that
 * what the compiler held `run` to is what the host holds the module to.
 * @throws ModuleError `module-without-run`, `input-missing`, `capability-unknown`, `capability-twice`
 */
export function defineModule<const S extends InputSchema, const C extends readonly Capability[]>(
  module: ModuleDeclaration<S, C>,
): ModuleDeclaration<S, C> {
  if (typeof module?.run !== "function")
    throw new ModuleError("module-without-run", "defineModule needs an object with run(input, ctx)");
  if (typeof module.input !== "object" || module.input === null)
    throw new ModuleError("input-missing", "defineModule needs input, the JSON Schema of what run takes");
  checkCapabilities(module.capabilities);
  return module;
}
