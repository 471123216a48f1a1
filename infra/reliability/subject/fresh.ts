import { type TestHome, temporaryHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { bootstrapped } from "../../../apps/codex-nexus/test/support/store.ts";

/** A home with a store that holds its genesis. */
export async function freshHome(): Promise<TestHome> {
  const home = temporaryHome();
  await bootstrapped(home);
  return home;
}
