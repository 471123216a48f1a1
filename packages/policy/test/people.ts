import type { Caller, Facts, Loa } from "@sigil/policy";

export const NOW = "2026-11-23T12:00:00.000Z";
export const SOLO: Facts = { mode: "solo" };
export const QUORUM: Facts = { mode: "quorum" };

/** A licensed caller of a level. */
export function caller(loa: Loa, scope: readonly string[] = ["*"]): Caller {
  return { principal: "alice", loa, licence: { jti: "l-1", serial: 1, scope } };
}

export const derg: Caller = { principal: "sigilderg", loa: "Guest", service: "sigilderg" };
export const mmf: Caller = { principal: "mmf", loa: "Guest", service: "mmf" };
