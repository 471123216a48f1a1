// What others made and Sigil uses. Usage: npm run supply -- audit | licences | sbom [file] | lowest | outdated
// Exit 0: as it should be. 1: something was found. 2: usage. 3: the registry does not answer.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ALLOWED, type Listing, licenceFindings } from "./licences.ts";
import { testLowest } from "./lowest.ts";
import { pnpm } from "./pnpm.ts";

/** Known vulnerabilities of what is shipped fail; those of tools are told. */
function audit(): number {
  const shipped = pnpm(["audit", "--prod", "--audit-level", "low"]);
  const text = `${shipped.stdout}${shipped.stderr}`;
  if (/ERR_PNPM_AUDIT/.test(text)) {
    console.error(`error: audit-unavailable: this registry answers no questions about advisories
remedy: Ask one that does: npm_config_registry=<its address> npm run supply -- audit\n${text}`);
    return 3;
  }
  process.stdout.write(text);
  const tools = pnpm(["audit", "--dev", "--audit-level", "high"]);
  process.stdout.write(tools.stdout);
  return shipped.status === 0 && tools.status === 0 ? 0 : 1;
}

function licences(): number {
  let found = 0;
  for (const [what, flag] of [
    ["shipped", "--prod"],
    ["development", "--dev"],
  ] as const) {
    const { status, stdout, stderr } = pnpm(["--recursive", "licenses", "list", "--json", flag]);
    if (status !== 0) throw new Error(`supply: pnpm licenses ended with ${status}: ${stdout}${stderr}`);
    const listing = JSON.parse(stdout) as Listing;
    const count = Object.values(listing).flat().length;
    if (count === 0) throw new Error(`supply: pnpm lists no ${what} dependency`);
    const findings = licenceFindings(listing, ALLOWED[what]);
    for (const finding of findings)
      console.error(`${what}: ${finding} is not on the list of infra/supply/licences.ts`);
    console.log(
      `licences: ${count} ${what} packages, ${Object.keys(listing).length} expressions, ${findings.length} findings`,
    );
    found += findings.length;
  }
  return found === 0 ? 0 : 1;
}

/** CycloneDX of what is shipped. */
function sbom(name = "sbom.cdx.json"): number {
  const file = resolve(name);
  mkdirSync(dirname(file), { recursive: true });
  const { status, stdout, stderr } = pnpm([
    ...["--recursive", "sbom", "--prod", "--sbom-format", "cyclonedx", "--sbom-spec-version", "1.6"],
    ...["--sbom-type", "application", "--out", file],
  ]);
  if (status !== 0) throw new Error(`supply: pnpm sbom ended with ${status}: ${stdout}${stderr}`);
  const { components = [] } = JSON.parse(readFileSync(file, "utf8")) as { components?: { name: string }[] };
  if (!components.some(({ name }) => name === "better-sqlite3"))
    throw new Error(`supply: ${file} does not name better-sqlite3, which is shipped`);
  console.log(`sbom: ${file}, CycloneDX 1.6, ${components.length} components`);
  return 0;
}

/** A report, not a verdict: when to go on to a newer version is somebody's decision. */
function outdated(): number {
  const { stdout, stderr } = pnpm([
    "--recursive",
    "outdated",
    "--include-github-actions",
    "--format",
    "list",
  ]);
  process.stdout.write(stdout || stderr);
  return 0;
}

const COMMANDS: Readonly<Record<string, (argument?: string) => number>> = {
  audit,
  licences,
  sbom,
  lowest: testLowest,
  outdated,
};

const [name = "", argument] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) {
  console.error(`supply: unknown command "${name}"; use ${Object.keys(COMMANDS).join(", ")}`);
  process.exitCode = 2;
} else process.exitCode = command(argument);
