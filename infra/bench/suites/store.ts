// The store: what signing, encrypting, logging and proving cost over engines that do none of it.
import type { Line, Scale } from "../measure.ts";
import { inProcess } from "./store/append.ts";
import { keylessAudit } from "./store/audit.ts";
import { ground } from "./store/ground.ts";
import { overHttp } from "./store/http.ts";
import { million } from "./store/million.ts";

export async function* store(scale: Scale): AsyncGenerator<Line> {
  const own = await ground();
  try {
    yield* inProcess(scale, own);
    yield* overHttp(scale, own);
    yield* keylessAudit(scale, own);
  } finally {
    own.remove();
  }
  if (!scale.million) return;
  const large = await ground();
  try {
    yield* million(scale, large);
  } finally {
    large.remove();
  }
}
