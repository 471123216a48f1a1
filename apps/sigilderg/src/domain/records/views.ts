import type { LicenceClaims } from "@sigil/policy";
import type { LicenceView, MemoryView, ResponseOf, RunResult } from "@sigil/wire";
import type { Alone } from "../governed/alone.ts";
import type { FinishedRun } from "../runs/runs.ts";
import type { StoredRecord } from "./store.ts";

/** A memory block as its reader sees it. */
export function memoryView({ signed: { record }, index, rh }: StoredRecord): MemoryView {
  const { type, text, tags, visibility } = record.payload as unknown as {
    type: MemoryView["kind"];
    text: string;
    tags: string[];
    visibility: MemoryView["visibility"];
  };
  const { principal, module, run } = record.author;
  return {
    id: record.id,
    kind: type,
    text,
    tags,
    visibility,
    principal,
    loa: record.loa,
    ts: record.ts,
    index,
    hash: rh,
    ...(module === undefined ? {} : { module }),
    ...(run === undefined ? {} : { run }),
  };
}

/** A change that came into force, as its caller sees it. */
export function changedView({ write, placed, decision }: Alone): ResponseOf<"sigilderg POST /v1/policy"> {
  const version = Number(write.content.version);
  return { version, record: placed.id, index: placed.index, decision };
}

/** A finished run as its caller sees it: the Rule Zero output, and where every record of it landed. */
export function runResultView({ order, answer, checked, end, begun, placed, kinds }: FinishedRun): RunResult {
  const records = [...begun.records, ...placed.records].map(({ id, hash, index }) => ({
    id,
    kind: kinds.get(id) ?? "",
    hash,
    index,
  }));
  return {
    run: order.run,
    decision: order.decision,
    module: { id: order.module, digest: order.digest },
    status: end.status,
    ...(end.code === undefined ? {} : { code: end.code }),
    verdict: answer.verdict,
    reasons: checked.reasons,
    output: checked.output,
    trust: order.trust,
    records,
    usage: answer.usage,
  };
}

/** What a licence says, without the token. */
export function licenceView({
  scope,
  bindings,
  owner,
  cnf,
  ...claims
}: LicenceClaims): LicenceView["claims"] {
  return {
    ...claims,
    owner: { ...owner },
    scope: [...scope],
    bindings: { ...bindings },
    ...(cnf === undefined ? {} : { cnf: { ...cnf } }),
  };
}
