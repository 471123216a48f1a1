// Modules: what a run in a fresh guest costs, in process and through the door.
import type { Line, Scale } from "../measure.ts";
import { throughTheDoor } from "./modules/door.ts";
import { killed } from "./modules/killed.ts";
import { runs } from "./modules/runs.ts";
import { rustMentor } from "./modules/rust-mentor.ts";

export async function* modules(scale: Scale): AsyncGenerator<Line> {
  yield* runs(scale);
  yield* killed(scale);
  yield* throughTheDoor(scale);
  yield* rustMentor(scale);
}
