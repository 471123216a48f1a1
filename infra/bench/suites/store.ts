// The store: what signing, encrypting, logging and proving cost over engines that do none of it.
import type { Line, Scale } from "../measure.ts";
import { inProcess } from "./store/append.ts";
import { ground } from "./store/ground.ts";

export async function* store(scale: Scale): AsyncGenerator<Line> {
  const own = await ground();
  try {
    yield* inProcess(scale, own);
  } finally {
    own.remove();
  }
}
