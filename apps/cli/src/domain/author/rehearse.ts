import type { Json } from "@sigil/canon";
import { fromUtf8 } from "@sigil/crypto";
import type { RehearsalAnswer } from "@sigil/wire";
import { CliError } from "../error.ts";
import { type Built, packageOf } from "./build.ts";
import { type ModuleCase, problemsOf, readCases } from "./cases.ts";
import { ATTACK_CPU_MS, attacks } from "./conformance.ts";
import type { AuthorTools, Rehearsals } from "./tools.ts";

/** A case with what came of it. */
export interface CaseResult {
  readonly case: ModuleCase;
  readonly answer: RehearsalAnswer;
  readonly problems: readonly string[];
}

/** An attack on the author's own module, and whether the sandbox held. */
export interface GuardResult {
  readonly name: string;
  readonly problem: string | undefined;
  readonly code: string | undefined;
  readonly cpuMs: number | undefined;
}

/** Every case of a module's case files. @throws CliError `cases-invalid` */
export function casesOf(tools: AuthorTools, folder: string, only?: string): ModuleCase[] {
  const all = tools.cases(folder).flatMap(({ path, text }) => readCases(path, text));
  const chosen = only === undefined ? all : all.filter(({ name }) => name.includes(only));
  if (chosen.length > 0) return chosen;
  throw new CliError(
    "cases-invalid",
    only === undefined ? "the module has no case" : `no case has ${JSON.stringify(only)} in its name`,
    'A case is an input with the answer that it must get: cases/*.json, {"v": 1, "cases": [...]}.',
  );
}

const textsOf = (files: Built["files"]) =>
  Object.fromEntries([...files].map(([path, bytes]) => [path, fromUtf8(bytes)]));

/** Runs one case of a built module in the real sandbox. */
export async function runCase(rehearsals: Rehearsals, built: Built, each: ModuleCase): Promise<CaseResult> {
  const { input, level: loa, now, world } = each;
  const answer = await rehearsals.ask({
    do: "rehearse",
    files: textsOf(built.files),
    input,
    loa,
    now,
    world,
  });
  return { case: each, answer, problems: problemsOf(each, answer) };
}

/** Turns the module into each attack, and runs it under the module's own manifest, with less CPU time where it asks for much. `each` supplies an input that is let in. */
export async function* guard(
  tools: AuthorTools,
  rehearsals: Rehearsals,
  built: Built,
  { input, level: loa, now, world }: ModuleCase,
): AsyncGenerator<GuardResult> {
  const declared = built.manifest.capabilities.map(({ name }) => name);
  const asked = (built.declared.limits ?? {}) as { readonly [limit: string]: Json };
  const limits = { ...asked, cpuMs: Math.min(built.manifest.limits.cpuMs, ATTACK_CPU_MS) };
  for (const { name, code, problem } of attacks(declared)) {
    const attack = await tools.bundle(built.source.folder, code);
    const files = textsOf(packageOf(built.source, { ...built.declared, limits }, attack));
    const answer = await rehearsals.ask({ do: "rehearse", files, input, loa, now, world });
    if ("rehearsal" in answer) {
      const { rehearsal } = answer;
      yield { name, problem: problem(rehearsal), code: rehearsal.code, cpuMs: rehearsal.usage.cpuMs };
    } else {
      const why = "error" in answer ? `${answer.error.code}: ${answer.error.message}` : "no run";
      yield { name, problem: why, code: undefined, cpuMs: undefined };
    }
  }
}
