import { openCheckpoint, type TrustFile, verifierKey } from "@sigil/canon";
import { toBase64url } from "@sigil/crypto";
import type { Storage } from "../../../apps/codex-nexus/src/domain/storage.ts";
import { openExclusively } from "../../../apps/codex-nexus/src/store/exclusive.ts";
import { wholeBundle } from "../../../apps/codex-nexus/test/support/bundle.ts";
import { memory } from "../../../apps/codex-nexus/test/support/drafts.ts";
import { temporaryHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { bootstrapped, opened, pinnedOf } from "../../../apps/codex-nexus/test/support/store.ts";
import { afterwards } from "../oracle.ts";
import type { HarnessReport, Progress } from "../report.ts";
import { hammer } from "./hammer.ts";
import type { Target } from "./target.ts";

/** What a test of the hammer plants. */
export interface Planted {
  readonly storage?: (storage: Storage) => Storage;
  readonly target?: (target: Target) => Target;
}

/** Hammers a store that is open in this process, and looks at it afterwards. */
export async function hammerLocal(
  seconds: number,
  options: { planted?: Planted; sampleMs?: number; progress?: Progress } = {},
): Promise<HarnessReport> {
  const { planted = {}, progress, sampleMs } = options;
  const home = temporaryHome();
  const genesis = await bootstrapped(home);
  const exclusive = openExclusively(home.data, { threaded: true });
  exclusive.release();
  const pinned = pinnedOf(home);
  const store = await opened(home, {
    storage: planted.storage?.(exclusive.storage) ?? exclusive.storage,
    pinned,
  });
  const { nexus } = store;
  const target: Target = {
    async append(texts, known) {
      const records = texts.map((text) => memory(text, { stream: "memory/hammer" }));
      const { records: places, checkpoint, consistency } = await nexus.append({ records }, known);
      return { ids: places.map(({ id }) => id), checkpoint: checkpoint.note, consistency };
    },
    prove: (ids) => wholeBundle(nexus.bundle(ids, "Root")),
    memory: () => process.memoryUsage().rss,
  };
  const logKey = home.keys.log.publicKey.raw;
  const first = openCheckpoint(nexus.checkpoint.note, home.origin, verifierKey(home.origin, logKey));
  const issuer = home.keys.issuer;
  const trust: TrustFile = {
    v: 1,
    type: "sigil-trust",
    runtimeId: home.runtimeId,
    origin: home.origin,
    epochs: [{ epoch: 0, origin: home.origin, from: 0 }],
    keys: {
      ...pinned,
      issuer: [{ kid: issuer.kid, publicKey: toBase64url(issuer.publicKey.raw), from: 0, to: null }],
    } as unknown as TrustFile["keys"],
    genesis,
    quorum: { mode: "solo", ceremony: null },
  };
  const report = await hammer(planted.target?.(target) ?? target, seconds, {
    ...{ trust, logKey, first },
    ...(progress === undefined ? {} : { progress }),
    ...(sampleMs === undefined ? {} : { sampleMs }),
  });
  await store.close();
  const after = planted.storage === undefined ? await afterwards(home, []) : [];
  home.remove();
  return { ...report, problems: [...report.problems, ...after] };
}
