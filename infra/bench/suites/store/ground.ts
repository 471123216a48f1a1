import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestHome, temporaryHome } from "../../../../apps/codex-nexus/test/support/home.ts";
import { bootstrapped } from "../../../../apps/codex-nexus/test/support/store.ts";
import { PlainStore } from "./plain.ts";

/** An empty store in a home of its own, and the plain database of the baselines, on the same disk. */
export interface Ground {
  readonly home: TestHome;
  readonly folder: string;
  readonly plain: PlainStore;
  remove(): void;
}

export async function ground(): Promise<Ground> {
  const home = temporaryHome();
  const folder = mkdtempSync(join(tmpdir(), "sigil-bench-"));
  const plain = new PlainStore(folder);
  await bootstrapped(home);
  return {
    home,
    folder,
    plain,
    remove() {
      plain.close();
      home.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
