import type { LlmEndpoint } from "@sigil/wire";
import type { KeyRow } from "../key-row.ts";
import type { StoreGlance } from "../store-glance.ts";

type HomeRefusal = "home-incomplete" | "home-newer" | "home-not-sigil" | "home-not-writable";

/** What the machine says; everything that `examine` judges, gathered without judging. */
export interface Facts {
  readonly node: string;
  /** Of this command. */
  readonly version: string;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly state: "fresh" | "sigil";
  /** Why what lies there is no runtime to work with; null for one that is whole, or that never was one. */
  readonly refused: {
    readonly code: HomeRefusal;
    readonly message: string;
    readonly remedy: string;
  } | null;
  /** Files and folders in the home that no part of Sigil put there. */
  readonly foreign: readonly string[];
  /** What bootstraps left that were killed. */
  readonly leftovers: readonly string[];
  /** Files and folders of the home with their mode bits and whether this user owns them. */
  readonly files: readonly {
    readonly path: string;
    readonly folder: boolean;
    readonly mode: number;
    readonly own: boolean;
  }[];
  /** Secrets that the user of this command can read. */
  readonly readable: readonly string[];
  readonly keys: readonly KeyRow[];
  /** Why the configuration is refused; null when it holds. */
  readonly config: { readonly message: string; readonly remedy: string | null } | null;
  readonly supervisor: { readonly pid: number; readonly startedAt: string } | null;
  /** A lock of a supervisor that is gone, and the services of it that are not; null when there is none. */
  readonly lock: {
    readonly pid: number;
    readonly alive: readonly { readonly name: string; readonly pid: number }[];
  } | null;
  readonly services: readonly {
    readonly name: string;
    readonly url: string;
    readonly setting: string;
    readonly loopback: boolean;
    readonly reachable: boolean;
    readonly ready: boolean;
    readonly reasons: readonly string[];
    readonly version: string | undefined;
    /** Whether the port can be listened on; null when a service of ours is expected to hold it. */
    readonly free: boolean | null;
  }[];
  readonly anchor: { readonly path: string; readonly inData: boolean };
  /** What the store's own program sees, or why it did not look. */
  readonly store: StoreGlance | { readonly unknown: { readonly message: string; readonly remedy: string } };
  readonly quorum: "solo" | "quorum" | null;
  readonly isolation: {
    readonly configured: string;
    readonly bwrap: string | null;
    /** Why bubblewrap can make no namespaces here, in its own words; null when it can, or is absent. */
    readonly refusal: string | null;
  };
  /** The language models that may be asked, and what keeps the key of one from being sent. */
  readonly models: readonly (Pick<LlmEndpoint, "name" | "base" | "model" | "level" | "plaintext"> & {
    readonly keyProblem: { readonly message: string; readonly remedy: string } | null;
  })[];
  readonly freeBytes: number | null;
  /** Bytes below which a disk is called full. */
  readonly leastFree: number;
  /** The clock of this process and the newest time that the home has seen. */
  readonly clock: { readonly now: string; readonly newest: string | null };
  readonly licences: readonly {
    readonly name: string;
    readonly principal: string;
    readonly loa: string;
    readonly expires: string;
  }[];
}
