import type { Json, SigilModule } from "./context.ts";

/** The default export of a module's entry. Gives the input its type and changes nothing; throws a TypeError without `run`. */
export function defineModule<Input = Json>(module: SigilModule<Input>): SigilModule<Input> {
  if (typeof module?.run !== "function")
    throw new TypeError("defineModule needs an object with run(input, ctx)");
  return module;
}
