import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkBoundaries } from "./boundaries.ts";

const base = mkdtempSync(join(tmpdir(), "sigil-boundaries-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A file that imports another: [importing file, imported file or package, the rule that refuses it]. */
const PLANTED: [string, string, string][] = [
  ["packages/crypto/src/a.ts", "packages/canon/src/index.ts", "packages-crypto-imports-only-to-its-right"],
  ["packages/canon/src/a.ts", "packages/policy/src/index.ts", "packages-canon-imports-only-to-its-right"],
  ["packages/policy/src/a.ts", "packages/wire/src/index.ts", "packages-policy-imports-only-to-its-right"],
  ["packages/wire/src/a.ts", "packages/service/src/index.ts", "packages-wire-imports-only-to-its-right"],
  ["packages/service/src/a.ts", "apps/mmf/src/app.ts", "service-imports-no-app"],
  ["packages/module-sdk/src/a.ts", "packages/canon/src/index.ts", "module-sdk-imports-nothing"],
  ["apps/cli/src/commands/a.ts", "apps/mmf/src/app.ts", "no-app-imports-another"],
  ["apps/mmf/modules/x/src/a.ts", "packages/canon/src/index.ts", "modules-import-only-the-sdk"],
  ["apps/mmf/src/domain/a.ts", "apps/mmf/src/store/index.ts", "domain-imports-only-domain"],
  ["apps/mmf/src/domain/b.ts", "node:fs", "domain-touches-no-io"],
  ["apps/mmf/src/routes/a.ts", "apps/mmf/src/store/index.ts", "routes-import-only-domain"],
  ["apps/mmf/src/app.ts", "apps/mmf/src/store/index.ts", "app-imports-routes-and-domain"],
  ["apps/mmf/src/store/a.ts", "apps/mmf/src/clients/index.ts", "adapters-import-only-domain"],
  ["apps/mmf/src/store/b.ts", "apps/mmf/src/main.ts", "nothing-imports-main"],
  ["packages/canon/src/b.ts", "node:crypto", "pure-packages-touch-no-node"],
  ["packages/crypto/src/portable.ts", "packages/crypto/src/node-hash.ts", "portable-reaches-no-node"],
  ["apps/mmf/src/clients/keys.ts", "packages/crypto/src/development.ts", "development-keys-only-in-tests"],
  ["packages/crypto/src/keys.ts", "packages/crypto/src/development.ts", "development-keys-only-in-tests"],
];

function write(path: string, text: string): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}

describe("the import rules", () => {
  test("refuse each planted violation by the rule made for it, and name the remedy", async () => {
    for (const [, to] of PLANTED) if (to.endsWith(".ts")) write(to, "export const x = 1;\n");
    write(
      "packages/crypto/src/node-hash.ts",
      'import { hash } from "node:crypto";\nexport const x = hash;\n',
    );
    for (const [from, to] of PLANTED) {
      const specifier = to.endsWith(".ts") ? relative(dirname(join(base, from)), join(base, to)) : to;
      write(
        from,
        `import * as x from "${specifier.startsWith(".") || to === specifier ? specifier : `./${specifier}`}";\nexport default x;\n`,
      );
    }
    const { cruised, violations } = await checkBoundaries(base);
    expect(cruised).toBeGreaterThanOrEqual(PLANTED.length);
    for (const [from, , rule] of PLANTED) {
      const hits = violations.filter((v) => v.from.endsWith(from)).map((v) => v.rule);
      expect(hits, `${from} is refused by ${rule}`).toContain(rule);
    }
    for (const v of violations) expect(v.remedy, `${v.rule} names a remedy`).not.toBe("");
  });
});
