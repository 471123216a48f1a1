// Module packages that tests write, signed by a publisher of theirs.
import { join } from "node:path";
import { publicKeyToPem, Secret, signingKey, utf8 } from "@sigil/crypto";
import { type ManifestDraft, sealPackage, writePackageFolder } from "@sigil/wire/module-package";

export const publisher = signingKey(Secret.from(new Uint8Array(32).fill(7)));

/** Writes a signed package of one file into `folder`, under its id. */
export async function plant(folder: string, id: string, code: string, changes: object = {}): Promise<void> {
  const draft: ManifestDraft = {
    id,
    version: "1.0.0",
    engine: "quickjs-1",
    entry: "dist/module.js",
    input: { type: "object" },
    capabilities: [],
    licence: "Apache-2.0",
    ...changes,
  };
  const files = sealPackage(draft, new Map([["dist/module.js", utf8(code)]]), publisher);
  await writePackageFolder(files, join(folder, id));
}

/** Its public key as a PEM file holds it. */
export const publisherFile = (): string => publicKeyToPem(publisher.publicKey.raw);
