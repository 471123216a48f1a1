// The gate: what a decision costs in process, and what the door adds to a request.
import type { Line, Scale } from "../measure.ts";
import { atTheDoor } from "./gate/door.ts";
import { inProcess } from "./gate/process.ts";

export async function* gate(scale: Scale): AsyncGenerator<Line> {
  yield* inProcess(scale);
  yield* atTheDoor(scale);
}
