import { memory, tagged } from "../../../apps/codex-nexus/test/support/drafts.ts";
import type { TestHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { opened } from "../../../apps/codex-nexus/test/support/store.ts";
import { freshHome } from "./fresh.ts";

/** A closed store of genesis and `notes` records of several sizes in two streams, each under an idempotency key. */
export async function filledHome(notes: number): Promise<TestHome> {
  const home = await freshHome();
  const store = await opened(home);
  for (let n = 0; n < notes; n += 1) {
    const pad = "·".repeat([0, 300, 3000][n % 3] ?? 0);
    const stream = n % 2 === 0 ? "memory/alice" : "memory/bob";
    const draft =
      n % 4 === 0
        ? tagged(`note ${n} ${pad}`, ["all", `tag-${n}`], { stream })
        : memory(`note ${n} ${pad}`, { stream });
    await store.nexus.append({ records: [draft], idempotency: { principal: "alice", key: `${n}` } });
  }
  await store.close();
  return home;
}
