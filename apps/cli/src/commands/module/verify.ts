import { failedStep, PACKAGE_STEPS, type PackageStep } from "@sigil/wire/module-package";
import { PACKAGE_REPORT } from "../../domain/answer/shapes.ts";
import type { Command, Result } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { packageLines } from "../../domain/show/package.ts";

/** `sigil module verify <folder|tgz>`: offline, without a home: whether a package holds, and which step failed. */
export function moduleVerify({ packages }: Pick<Needs, "packages">): Command {
  return {
    path: "module verify",
    action: "local.run",
    group: "Make modules",
    summary: "verify a module package offline, and say what it may do: 0 it holds, 1 refused",
    arguments: [{ usage: "<package>", summary: "a package folder, or a .tgz as npm packs it" }],
    examples: ["module verify ./hello-1.0.0.tgz"],
    answer: PACKAGE_REPORT,
    async run(input) {
      try {
        const { manifest, publisher } = await packages.open(input.argument("package"));
        const { id, version, digest, capabilities, limits } = manifest;
        return {
          json: {
            ...{ verdict: "verified", id, version, digest, publisher, capabilities, limits },
          },
          text: (style) => [
            ...PACKAGE_STEPS.map((step) => `  ${style.good("ok")}  ${WHAT[step]}`),
            ...packageLines(manifest, publisher, style),
            style.dim("  whether its publisher is trusted is for the runtime to say: sigil publisher list"),
          ],
        };
      } catch (error) {
        const step = failedStep(error);
        if (step === undefined) throw error;
        return refused(step, error as Error & { code: string; remedy?: string });
      }
    },
  };
}

const WHAT: Readonly<Record<PackageStep, string>> = {
  read: "read: plain files of plain names, within the limits",
  manifest: "manifest: of the form that docs/reference/module-manifest.schema.json describes",
  files: "files: every one that is listed, with its hash, and no other",
  signature: "signature: of the publisher whom the manifest names, over exactly this manifest",
};

function refused(step: PackageStep, error: Error & { code: string; remedy?: string }): Result {
  const { code, message, remedy = "" } = error;
  const held = PACKAGE_STEPS.slice(0, PACKAGE_STEPS.indexOf(step));
  return {
    json: { verdict: "refused", step, code, detail: message, remedy },
    text: (style) => [
      ...held.map((each) => `  ${style.good("ok")}  ${WHAT[each]}`),
      `  ${style.bad("FAILED")}  ${step}: ${code}`,
      `  ${message}`,
      `  ${remedy}`,
    ],
    exit: EXIT.refused,
  };
}
