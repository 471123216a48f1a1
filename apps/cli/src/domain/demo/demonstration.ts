import { type BundleReport, canonicalBytes, type ProofBundle } from "@sigil/canon";
import type { RunResult, StoredRecord } from "@sigil/wire";
import type { Door } from "../door.ts";
import { CliError } from "../error.ts";
import { layout } from "../home.ts";
import type { Cited } from "../show/run.ts";
import type { StoreReport } from "../store-report.ts";
import type { Bench, Flip } from "./workshop.ts";

/** What a run left in the log, read back from it. */
export interface Evidence {
  readonly run: RunResult;
  readonly cited: readonly Cited[];
  readonly records: readonly StoredRecord[];
  readonly genesis: StoredRecord;
  readonly bundle: ProofBundle;
}

/** A step of the demonstration did not end as it has to. */
export function failed(step: string, detail: string): CliError {
  return new CliError(
    "demo-failed",
    `${step}: ${detail}`,
    "This is a defect of Sigil: report it with what was printed.",
  );
}

/** Reads back what the run left, and the proofs of all of it. `prover` is the door under a licence that may export. */
export async function gather(
  door: Door,
  prover: Door,
  run: RunResult,
  cited: readonly Cited[],
): Promise<Evidence> {
  const get = async (id: string) => (await door.call("sigilderg GET /v1/canon/:id", { params: { id } })).body;
  const records = await Promise.all(run.records.map(({ id }) => get(id)));
  const { body } = await prover.call("sigilderg GET /v1/canon", {
    query: { kind: "system.genesis", limit: 1 },
  });
  const [genesis] = body.records;
  if (genesis === undefined) throw failed("export", "the log has no genesis record that a Root may read");
  const ids = new Set([
    genesis.signed.record.id,
    ...run.records.map(({ id }) => id),
    ...cited.map(({ ref }) => ref),
  ]);
  const bundle = (await prover.call("sigilderg POST /v1/canon/export", { body: { ids: [...ids] } })).body;
  return { run, cited, records, genesis, bundle };
}

/** The offline verification of a bundle by another process. */
export interface Verification {
  readonly holds: readonly string[];
  readonly code: number;
  readonly report: BundleReport;
}

/** Verifies in a folder that holds the bundle and, if `trust` is given, the trust file, and nothing else. */
export async function verifyAlone(
  bench: Bench,
  bundle: ProofBundle,
  trust: string | undefined,
): Promise<Verification> {
  const folder = bench.sub(trust === undefined ? "verifier-without-trust" : "verifier");
  bench.write(`${folder}/bundle.json`, `${JSON.stringify(bundle, null, 2)}\n`);
  if (trust !== undefined) bench.copy(trust, `${folder}/trust.json`);
  const holds = bench.list(folder);
  const args = ["verify", "bundle.json", ...(trust === undefined ? [] : ["--trust", "trust.json"]), "--json"];
  const { code, stdout, stderr } = await bench.sigil(folder, args);
  const report = parsed<BundleReport>("offline verification", stdout, stderr);
  const expected = trust === undefined ? { verdict: "unpinned", code: 2 } : { verdict: "verified", code: 0 };
  if (report.verdict !== expected.verdict || code !== expected.code)
    throw failed(
      "offline verification",
      `${report.verdict} ${report.code ?? ""} with exit code ${code}; ${expected.verdict} with ${expected.code} was due`,
    );
  return { holds, code, report };
}

/** One byte changed in a copy of the database, and what the store's check says before and after. */
export interface Tampering {
  readonly record: StoredRecord;
  readonly flip: Flip;
  readonly clean: StoreReport;
  readonly damaged: StoreReport;
}

/** nonce (12) and tag (16) around the signed record's RFC 8785 form. */
const SEAL_BYTES = 28;

/** Copies the data folder of the stopped runtime, checks the copy, flips one byte of a stored record, checks again. */
export async function tamper(
  bench: Bench,
  home: string,
  data: string,
  evidence: Evidence,
): Promise<Tampering> {
  const folder = bench.sub("copy");
  const file = bench.copyStore(data, folder);
  const check = async () => {
    const { code, stdout, stderr } = await bench.sigil(folder, [
      "canon",
      "verify",
      "--data",
      folder,
      "--home",
      layout(home).home,
      "--json",
    ]);
    return { code, report: parsed<StoreReport>("canon verify", stdout, stderr) };
  };
  const clean = await check();
  if (clean.code !== 0 || !clean.report.ok) throw failed("canon verify", "the untouched copy is not clean");
  const [record, offset] = find(bench, file, evidence);
  const flip = bench.flip(file, offset + 64);
  const damaged = await check();
  const { id } = record.signed.record;
  if (damaged.code !== 1 || !damaged.report.findings.some((finding) => finding.id === id))
    throw failed("canon verify", `the changed byte of ${id} was not found`);
  return { record, flip, clean: clean.report, damaged: damaged.report };
}

/** A record of the run whose ciphertext lies in one piece in the file: found by its hash, not by any file format. */
function find(bench: Bench, file: string, { records }: Evidence): [StoredRecord, number] {
  const order = ["chain.frozen", "decision", "decision.outcome"];
  const candidates = order.flatMap((kind) => records.filter(({ signed }) => signed.record.kind === kind));
  for (const record of candidates) {
    const length = canonicalBytes(record.signed, { maxBytes: 1 << 24 }).length + SEAL_BYTES;
    const offset = bench.locate(file, { near: record.signed.record.id, sha256: record.ch, length });
    if (offset !== undefined) return [record, offset];
  }
  throw failed("tampering", `no record of the run lies in one piece in ${file}`);
}

function parsed<T>(step: string, stdout: string, stderr: string): T {
  try {
    const value = JSON.parse(stdout) as T & { error?: { code: string; message: string } };
    if (value.error !== undefined) throw failed(step, `${value.error.code}: ${value.error.message}`);
    return value;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw failed(step, `the separate process answered no JSON: ${stderr || stdout}`);
  }
}
