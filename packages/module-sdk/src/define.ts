import type { Json, SigilModule } from "./context.ts";
import { ModuleError } from "./error.ts";

/**
 * The default export of a module's entry. Gives the input its type and returns the same object.
 * @throws ModuleError `module-without-run`
 */
export function defineModule<Input = Json>(module: SigilModule<Input>): SigilModule<Input> {
  if (typeof module?.run !== "function") {
    throw new ModuleError("module-without-run", "defineModule needs an object with run(input, ctx)");
  }
  return module;
}
