import Sqlite from "better-sqlite3";
import type { CommitBatch, Storage } from "../../../apps/codex-nexus/src/domain/storage.ts";
import type { Defect } from "./plan.ts";

type Commit = (batch: CommitBatch) => Promise<void>;

/** How long an acknowledgement runs ahead of its commit. */
const AHEAD_MS = 15;

/** The engine with another commit; everything else is its own. */
export function withCommit<S extends Storage>(storage: S, wrap: (commit: Commit) => Commit): S {
  const commit = wrap((batch) => storage.commit(batch));
  return new Proxy(storage, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Plants a defect behind the storage interface, where the writer cannot see it. */
export function planted<S extends Storage>(storage: S, defect: Defect | null): S {
  if (defect === "ack-before-commit") {
    let last = Promise.resolve();
    return withCommit(storage, (commit) => async (batch) => {
      last = last
        .then(() => new Promise((resolve) => setTimeout(resolve, AHEAD_MS)))
        .then(() => commit(batch));
    });
  }
  if (defect === "swallow-failure") {
    return withCommit(storage, (commit) => (batch) => commit(batch).catch(() => undefined));
  }
  return storage;
}

/** Makes the engine answer before the disk has: whoever asks for FULL is given OFF. */
export function withoutSync(): void {
  const { pragma } = Sqlite.prototype;
  Sqlite.prototype.pragma = function (this: Sqlite.Database, text, options) {
    return pragma.call(this, text.replace("synchronous = FULL", "synchronous = OFF"), options);
  };
}
