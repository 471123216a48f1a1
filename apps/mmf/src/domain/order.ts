import type { CanonRecord, Json, Loa } from "@sigil/canon";
import type { ChainRef, RuleZeroOutput, TrustResult, Verdict } from "@sigil/policy";
import type { Capability } from "@sigil/wire/module-package";
import type { Usage } from "./sandbox.ts";

/** An admitted run, as SigilDERG orders it. */
export interface RunOrder {
  run: string;
  module: string;
  digest: string;
  input: Json;
  /** The committed `run.input` record, position 0 of `run/<run>`. */
  inputRecord: CanonRecord;
  principal: string;
  loa: Loa;
  session: string;
  trust: TrustResult | null;
  decision: string;
  /** The chains that the caller named as this run's parents. */
  parents: ChainRef[];
  startedAt: string;
}

/** What the run grant says, verified, and the header it came in. */
export interface RunGrant {
  run: string;
  decision: string;
  principal: string;
  loa: Loa;
  moduleDigest: string;
  capabilities: readonly Capability[];
  /** Least level of each host call's action, by the table that admitted the run. */
  levels: Readonly<Record<string, Loa | "none" | "service">>;
  quotas: { cpuMs: number; wallMs: number; memoryBytes: number; hostCalls: number };
  /** Seconds since the epoch. */
  exp: number;
  header: string;
}

export interface RunAnswer {
  status: "done" | "held" | "failed";
  code?: string;
  output: RuleZeroOutput;
  verdict: Verdict;
  records: CanonRecord[];
  usage: Usage & { hostCalls: number };
}
