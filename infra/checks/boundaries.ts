// Cruises every source file against the two import sentences and fails when it cruised none:
// a compiler without an API makes dependency-cruiser skip TypeScript silently and succeed.
import { globSync } from "node:fs";
import { join } from "node:path";
import { cruise, type IReporterOutput } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { options, rules } from "./boundary-rules.ts";

export interface Violation {
  rule: string;
  from: string;
  to: string;
  remedy: string;
}

export interface Boundaries {
  /** TypeScript files that were really read. */
  cruised: number;
  violations: Violation[];
}

const SOURCES = ["packages/*/src", "apps/*/src", "apps/mmf/modules/*/src"];

/** Every violation of the import rules below `baseDir`, which has the layout of this repository. */
export async function checkBoundaries(baseDir: string): Promise<Boundaries> {
  const sources = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: baseDir }));
  const tsConfig = extractTSConfig(join(import.meta.dirname, "../../tsconfig.json"));
  const result: IReporterOutput = await cruise(
    sources,
    { ...options, baseDir, ruleSet: { forbidden: rules }, validate: true },
    undefined,
    { tsConfig },
  );
  if (typeof result.output === "string")
    throw new Error("dependency-cruiser answered text instead of a result");
  const comment = new Map(rules.map((rule) => [rule.name ?? "", rule.comment ?? ""]));
  return {
    cruised: result.output.modules.filter(
      (m) => /\/src\/.*\.ts$/.test(m.source) && !m.source.includes("node_modules"),
    ).length,
    violations: result.output.summary.violations.map((v) => ({
      rule: v.rule.name,
      from: v.from,
      to: v.to,
      remedy: comment.get(v.rule.name) ?? "",
    })),
  };
}

if (import.meta.filename === process.argv[1]) {
  const { cruised, violations } = await checkBoundaries(process.cwd());
  for (const v of violations) console.error(`${v.rule}\n  ${v.from} → ${v.to}\n  ${v.remedy}`);
  if (cruised < 50)
    console.error(`boundaries: only ${cruised} source files were cruised; the check itself is broken`);
  console.log(`boundaries: ${cruised} files, ${violations.length} violations`);
  process.exitCode = violations.length > 0 || cruised < 50 ? 1 : 0;
}
