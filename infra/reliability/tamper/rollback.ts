import { memory } from "../../../apps/codex-nexus/test/support/drafts.ts";
import type { TestHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { opened } from "../../../apps/codex-nexus/test/support/store.ts";
import { filledHome } from "../subject/filled.ts";
import { copyOf } from "../subject/wounded.ts";

/** A store that went on after a copy of it was taken; the anchor is of today. */
export async function olderCopy(): Promise<{ home: TestHome; folder: string }> {
  const home = await filledHome(3);
  const folder = copyOf(home, "older");
  const store = await opened(home);
  await store.nexus.append({ records: [memory("later")] });
  await store.close();
  return { home, folder };
}
