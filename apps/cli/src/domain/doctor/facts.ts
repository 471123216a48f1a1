import type { KeyRow } from "../key-row.ts";

/** What the machine says; everything that `examine` judges, gathered without judging. */
export interface Facts {
  readonly node: string;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly state: "fresh" | "sigil";
  /** What a home that was a runtime lacks; null for one that is whole, or that never was one. */
  readonly partial: { readonly message: string; readonly remedy: string } | null;
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
  readonly services: readonly {
    readonly name: string;
    readonly url: string;
    readonly setting: string;
    readonly loopback: boolean;
    readonly reachable: boolean;
    readonly ready: boolean;
    readonly reasons: readonly string[];
    /** Whether the port can be listened on; null when a service of ours is expected to hold it. */
    readonly free: boolean | null;
  }[];
  readonly anchor: { readonly path: string; readonly present: boolean; readonly inData: boolean };
  readonly database: boolean;
  readonly quorum: "solo" | "quorum" | null;
  readonly isolation: {
    readonly configured: string;
    readonly bwrap: string | null;
    /** Why bubblewrap can make no namespaces here, in its own words; null when it can, or is absent. */
    readonly refusal: string | null;
  };
  readonly freeBytes: number | null;
  /** The clock of this process and the newest time that the home has seen. */
  readonly clock: { readonly now: string; readonly newest: string | null };
  readonly licences: readonly {
    readonly name: string;
    readonly principal: string;
    readonly loa: string;
    readonly expires: string;
  }[];
}
