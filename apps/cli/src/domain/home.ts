import { join } from "node:path";

/** Where everything of a runtime lies. Folders are 0700, files 0600. */
export interface Layout {
  readonly home: string;
  readonly config: string;
  readonly trust: string;
  readonly registry: string;
  readonly licences: string;
  readonly logs: string;
  readonly run: string;
  readonly supervisor: string;
  readonly keys: string;
  readonly secrets: string;
}

export function layout(home: string): Layout {
  return {
    home,
    config: join(home, "sigil.toml"),
    trust: join(home, "trust.json"),
    registry: join(home, "keys/registry.json"),
    licences: join(home, "licences"),
    logs: join(home, "logs"),
    run: join(home, "run"),
    supervisor: join(home, "run/supervisor.json"),
    keys: join(home, "keys"),
    secrets: join(home, "secrets"),
  };
}

/** What a runtime puts into its home, at the top. */
export const ENTRIES: readonly string[] = [
  ...["sigil.toml", "trust.json", "keys", "secrets", "licences"],
  ...["data", "anchor", "logs", "run", "decisions-due"],
];

export const OWNERS = ["codex-nexus", "sigilderg", "mmf", "issuer"] as const;
export type Owner = (typeof OWNERS)[number];

/** Every key of a runtime: one per purpose, sealed with its owner's own secret. */
export const KEYS = [
  { owner: "codex-nexus", purpose: "root", curve: null },
  { owner: "codex-nexus", purpose: "record", curve: "Ed25519" },
  { owner: "codex-nexus", purpose: "log", curve: "Ed25519" },
  { owner: "codex-nexus", purpose: "channel", curve: "X25519" },
  { owner: "sigilderg", purpose: "service", curve: "Ed25519" },
  { owner: "sigilderg", purpose: "channel", curve: "X25519" },
  { owner: "mmf", purpose: "service", curve: "Ed25519" },
  { owner: "mmf", purpose: "channel", curve: "X25519" },
  { owner: "issuer", purpose: "issuer", curve: "Ed25519" },
] as const satisfies readonly { owner: Owner; purpose: string; curve: "Ed25519" | "X25519" | null }[];

export const secretPath = (owner: Owner): string => `secrets/${owner}.secret`;
export const keyPath = (owner: Owner, purpose: string): string => `keys/${owner}/${purpose}.key`;
