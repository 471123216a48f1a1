import type { Facts } from "./facts.ts";
import type { Finding } from "./findings.ts";
import { models } from "./models.ts";
import { config, home, keys, licences, node, permissions } from "./place.ts";
import { isolation, ports, services, versions } from "./runtime.ts";
import { clock, disk, quorum, store } from "./store.ts";

const CHECKS = [
  ...[node, home, config, permissions, keys, licences],
  ...[services, versions, ports, store, quorum, isolation, models, disk, clock],
] as const;

/** Judges the facts: every check answers at least one line of a runtime that is there, and what is not ok says what to do. */
export function examine(facts: Facts): Finding[] {
  return CHECKS.flatMap((check) => check(facts));
}
