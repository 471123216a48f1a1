import type { RecordDraft } from "@sigil/canon";
import { issueLicence, type LicenceClaims } from "@sigil/policy";
import { formatKeyRegistry, renderDefaultToml } from "@sigil/service";
import type { SystemGenesis } from "@sigil/wire";
import { CliError } from "./error.ts";
import {
  CEREMONY_DAYS,
  claimsFor,
  genesisPayload,
  guidanceDrafts,
  licenceDraft,
  type ModulePackage,
  newRuntimeId,
  originOf,
  trustFile,
} from "./genesis.ts";
import { newKeyring } from "./keyring.ts";

/** A folder beside the home in which a home is made; it becomes the home in one step, or disappears. */
export interface Staging {
  readonly path: string;
  /** Writes a file (0600) and the folders above it (0700), and waits until it is on the disk. */
  readonly write: (path: string, text: string) => void;
  /** Renames the folder to the home. */
  readonly commit: () => void;
  readonly discard: () => void;
}

export interface Ceremony {
  readonly stage: () => Staging;
  readonly modules: () => Promise<readonly ModulePackage[]>;
  /** Writes genesis and the first records into the empty store of the home at `home`; answers the hash of record 0. */
  readonly genesis: (
    home: string,
    input: { readonly genesis: SystemGenesis; readonly records: readonly RecordDraft[] },
  ) => Promise<{ readonly genesisHash: string }>;
  readonly now: () => Date;
  readonly owner: { readonly id: string; readonly name: string };
}

/** What the ceremony made. */
export interface Founded {
  readonly runtimeId: string;
  readonly genesis: string;
  readonly modules: readonly { readonly id: string; readonly digest: string }[];
  readonly guidance: number;
}

/**
 * The person whose runtime it is: one principal with two licences of one serial, so that neither supersedes the other.
 * What they did with the lower one is theirs to export with the higher.
 */
export const OWNER = "owner";

const LICENCES = [
  { file: "licences/operator.jwt", loa: "Operator" },
  { file: "licences/root.jwt", loa: "Root" },
] as const;

/**
 * Makes a runtime: keys, genesis, the first records, trust file and licences. All of it comes to be at once, when the
 * folder is renamed; whatever fails before leaves no home and is `bootstrap-failed` unless it has a name of its own.
 */
export async function bootstrap(ceremony: Ceremony): Promise<Founded> {
  const staging = ceremony.stage();
  try {
    const founded = await found(ceremony, staging);
    staging.commit();
    return founded;
  } catch (error) {
    staging.discard();
    const { code, message, remedy } = error as { code?: unknown; message?: unknown; remedy?: unknown };
    const named = code === undefined || code === "bootstrap-failed" ? "" : `${code}: `;
    throw new CliError(
      "bootstrap-failed",
      `no runtime was made, and what there was of it is removed: ${named}${message}`,
      typeof remedy === "string"
        ? remedy
        : "Correct what the sentence names and start again; nothing has to be cleaned up.",
      { cause: error },
    );
  }
}

async function found(ceremony: Ceremony, staging: Staging): Promise<Founded> {
  const now = ceremony.now();
  const createdAt = now.toISOString();
  const runtimeId = newRuntimeId();
  const modules = await ceremony.modules();
  const { files, entries, issuer } = newKeyring(createdAt);
  for (const [path, text] of files) staging.write(path, text);
  staging.write("sigil.toml", renderDefaultToml());
  staging.write(
    "keys/registry.json",
    formatKeyRegistry({
      v: 1,
      type: "sigil-key-registry",
      runtimeId,
      origin: originOf(runtimeId),
      keys: [...entries],
    }),
  );
  const licences = LICENCES.map(({ file, loa }) => ({
    file,
    claims: claimsFor({
      principal: OWNER,
      loa,
      scope: ["*"],
      owner: ceremony.owner,
      issuer: issuer.kid,
      serial: 1,
      days: CEREMONY_DAYS,
      now,
    }),
  }));
  const guidance = guidanceDrafts(modules);
  const { genesisHash } = await ceremony.genesis(staging.path, {
    genesis: genesisPayload(runtimeId, entries, modules, createdAt),
    records: [...licences.map(({ claims }) => licenceDraft(claims, issuer.kid)), ...guidance],
  });
  for (const { file, claims } of licences) {
    const bound: LicenceClaims = { ...claims, bindings: { runtimeId, canonFingerprint: genesisHash } };
    staging.write(file, `${await issueLicence(bound, issuer)}\n`);
  }
  // Last, because it is what tells a home from a folder: a home has a trust file.
  staging.write("trust.json", `${JSON.stringify(trustFile(runtimeId, entries, genesisHash), null, 2)}\n`);
  return {
    runtimeId,
    genesis: genesisHash,
    modules: modules.map(({ id, digest }) => ({ id, digest })),
    guidance: guidance.length,
  };
}
