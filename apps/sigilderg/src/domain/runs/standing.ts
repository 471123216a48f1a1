import { ProblemError, type ResponseOf } from "@sigil/wire";
import type { Modules } from "../force/modules.ts";
import {
  hoursBefore,
  type KeptViolation,
  type ViolationLimit,
  type Violations,
} from "../force/violations.ts";

type Standing = ResponseOf<"sigilderg GET /v1/modules/:id/standing">;

/**
 * How the digests of a module stand now, and everything that was found against them, the newest first.
 * @throws ProblemError `module-unknown`
 */
export function standingOf(
  { modules, violations }: { readonly modules: Modules; readonly violations: Violations },
  id: string,
  limit: ViolationLimit,
  now: string,
): Omit<Standing, "violations" | "next"> & { readonly all: Standing["violations"] } {
  const events = modules.eventsOf(id);
  if (events.length === 0) throw new ProblemError("module-unknown", `no module ${id} was ever registered`);
  const inForce = modules.inForce(id)?.digest ?? null;
  const since = hoursBefore(now, limit.hours);
  const versions = new Map(events.flatMap(({ module }) => (module ? [[module.digest, module.version]] : [])));
  const counts = new Set<KeptViolation>();
  const digests = [...versions].map(([digest, version]): Standing["digests"][number] => {
    const counted = violations.counted(id, digest, modules.forgivenAt(id, digest), since);
    for (const each of counted) counts.add(each);
    const running = digest === inForce ? "in-force" : "superseded";
    return { digest, version, state: modules.stopped(id, digest) ?? running, counted: counted.length };
  });
  // What has not landed yet has no place in the log, and is told when it has.
  const all = violations.of(id).flatMap((kept): Standing["violations"] => {
    const { index, id: _id, ...rest } = kept;
    return index === undefined ? [] : [{ ...rest, index, counts: counts.has(kept) }];
  });
  return { id, inForce, limit: { ...limit }, digests, all: all.toReversed() };
}
