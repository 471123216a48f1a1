import { mkdtempSync } from "node:fs";
import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { Secret, signingKey, utf8 } from "@sigil/crypto";
import { Header } from "tar";
import { type ManifestDraft, type PackageFiles, sealPackage } from "../../src/module-package/index.ts";

export const CODE = "export default { run() { return 1 } };";
export const publisher = signingKey(Secret.from(new Uint8Array(32).fill(7)));
export const stranger = signingKey(Secret.from(new Uint8Array(32).fill(8)));

export const DRAFT: ManifestDraft = {
  id: "probe",
  version: "1.0.0",
  engine: "quickjs-1",
  entry: "dist/module.js",
  input: { type: "object" },
  capabilities: [{ name: "memory.write", scope: {} }],
  limits: { cpuMs: 100 },
  licence: "Apache-2.0",
};

/** A signed package of one file, or what `changes` make of it. */
export function probe(changes: object = {}, content: Record<string, string> = {}): PackageFiles {
  const files = new Map(Object.entries({ "dist/module.js": CODE, ...content }).map(([k, v]) => [k, utf8(v)]));
  return sealPackage({ ...DRAFT, ...changes }, files, publisher);
}

export const folder = () => mkdtempSync(join(tmpdir(), "sigil-package-"));

/** One entry of a package as it is laid on disk or into an archive. */
export interface Entry {
  readonly path: string;
  readonly content?: Uint8Array | string;
  readonly type?:
    | "File"
    | "SymbolicLink"
    | "Link"
    | "Directory"
    | "CharacterDevice"
    | "BlockDevice"
    | "FIFO"
    | "ContiguousFile";
  readonly linkpath?: string;
  /** What the header says in place of the content's length. */
  readonly size?: number;
}

export const entriesOf = (files: PackageFiles): Entry[] =>
  [...files].map(([path, content]) => ({ path, content }));

export async function writeEntries(at: string, entries: readonly Entry[]): Promise<string> {
  for (const { path, content = "", type = "File", linkpath = "" } of entries) {
    await mkdir(dirname(join(at, path)), { recursive: true });
    if (type === "SymbolicLink") await symlink(linkpath, join(at, path));
    else if (type === "Link") await link(join(at, linkpath), join(at, path));
    else await writeFile(join(at, path), content);
  }
  return at;
}

/** A tar archive of these entries, each below `package/` unless its path begins with a slash, which is dropped. */
export function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.map(({ path, content = "", type = "File", linkpath, size }) => {
    const bytes = Buffer.from(content as Uint8Array);
    const header = new Header({
      path: path.startsWith("/") ? path.slice(1) : `package/${path}`,
      size: size ?? bytes.length,
      type,
      mode: 0o644,
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Writes a file of these bytes, and says where. */
export async function writeTarball(bytes: Uint8Array): Promise<string> {
  const path = join(folder(), "probe-1.0.0.tgz");
  await writeFile(path, bytes);
  return path;
}

export const tarball = (entries: readonly Entry[]) => writeTarball(gzipSync(tar(entries)));
