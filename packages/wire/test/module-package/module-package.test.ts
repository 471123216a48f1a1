import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { canonicalize, parseJson } from "@sigil/canon";
import { utf8 } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import {
  failedStep,
  MANIFEST_FILE,
  PACKAGE_CODES,
  type PackageCode,
  type PackageFiles,
  type PackageStep,
  readManifest,
  readPackage,
  SIGNATURE_FILE,
  sealPackage,
  signManifest,
  verifyPackage,
  writePackageFolder,
} from "../../src/module-package/index.ts";
import {
  CODE,
  DRAFT,
  type Entry,
  entriesOf,
  folder,
  probe,
  publisher,
  stranger,
  tar,
  tarball,
  writeEntries,
  writeTarball,
} from "./packages.ts";

const refused = (code: PackageCode) =>
  expect.objectContaining({ code, remedy: expect.stringMatching(/\.$/) });
const verified = async (path: string) => verifyPackage(await readPackage(path));
const seen = new Set<string>();

/** The code by which a package at `path` is refused, and the step that failed. */
async function refusal(path: string): Promise<{ code: string; step: PackageStep | undefined }> {
  try {
    await verified(path);
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    seen.add(code);
    return { code, step: failedStep(error) };
  }
  return { code: "accepted", step: undefined };
}

const changed = (files: PackageFiles, path: string, content: Uint8Array | undefined): PackageFiles => {
  const next = new Map(files);
  if (content === undefined) next.delete(path);
  else next.set(path, content);
  return next;
};
const json = (files: PackageFiles, path: string) =>
  parseJson(files.get(path) ?? new Uint8Array(), { maxBytes: 65_536 }) as Record<string, unknown>;
const manifestWith = (changes: object) =>
  utf8(JSON.stringify({ ...json(probe(), MANIFEST_FILE), ...changes }));
const signatureOf = (files: PackageFiles) => files.get(SIGNATURE_FILE);
const other = probe({ version: "1.0.1" });

/** Packages that are read whole and refused, from a folder and from a tarball alike. */
const PACKAGES: readonly (readonly [what: string, PackageFiles, PackageStep, PackageCode])[] = [
  ["without a manifest", changed(probe(), MANIFEST_FILE, undefined), "manifest", "manifest-missing"],
  ["whose manifest is no JSON", changed(probe(), MANIFEST_FILE, utf8("{")), "manifest", "manifest-malformed"],
  [
    "whose manifest has a key twice",
    changed(
      probe(),
      MANIFEST_FILE,
      utf8(`{"id":"other",${JSON.stringify(json(probe(), MANIFEST_FILE)).slice(1)}`),
    ),
    "manifest",
    "manifest-malformed",
  ],
  [
    "that asks for more than a ceiling",
    changed(probe(), MANIFEST_FILE, manifestWith({ limits: { cpuMs: 30_001 } })),
    "manifest",
    "limit-over-ceiling",
  ],
  [
    "whose input schema has a pattern",
    changed(probe(), MANIFEST_FILE, manifestWith({ input: { pattern: "(a+)+$" } })),
    "manifest",
    "input-schema-unsupported",
  ],
  [
    "whose code was altered after signing",
    changed(probe(), "dist/module.js", utf8(`${CODE} `)),
    "files",
    "module-file-altered",
  ],
  [
    "that lacks a listed file",
    changed(probe({}, { "dist/data.json": "{}" }), "dist/data.json", undefined),
    "files",
    "module-file-missing",
  ],
  [
    "with a file that no manifest lists",
    changed(probe(), "dist/extra.js", utf8("1")),
    "files",
    "module-file-unlisted",
  ],
  [
    "with the package.json of npm unlisted",
    changed(probe(), "package.json", utf8("{}")),
    "files",
    "module-file-unlisted",
  ],
  ["of bytecode", binary(Uint8Array.of(0x43, 0xff, 0xfe, 0x80)), "files", "module-file-binary"],
  ["with a NUL in its code", binary(utf8("1;\0")), "files", "module-file-binary"],
  ["that nobody signed", changed(probe(), SIGNATURE_FILE, undefined), "signature", "module-unsigned"],
  [
    "whose signature file is something else",
    changed(probe(), SIGNATURE_FILE, utf8('{"v":1,"sig":"x"}')),
    "signature",
    "module-signature-malformed",
  ],
  [
    "whose manifest was altered after signing",
    changed(probe(), MANIFEST_FILE, manifestWith({ capabilities: [{ name: "audit.emit", scope: {} }] })),
    "signature",
    "module-signature-invalid",
  ],
  [
    "with the signature of another version",
    changed(probe(), SIGNATURE_FILE, signatureOf(other)),
    "signature",
    "module-signature-invalid",
  ],
  [
    "that somebody else signed in its publisher's name",
    changed(
      probe(),
      SIGNATURE_FILE,
      signManifest(probe().get(MANIFEST_FILE) ?? new Uint8Array(), stranger).signatureFile,
    ),
    "signature",
    "module-signature-foreign",
  ],
  [
    "whose manifest names no publisher, signed all the same",
    changed(
      sealPackage(DRAFT, new Map([["dist/module.js", utf8(CODE)]])),
      SIGNATURE_FILE,
      signatureOf(probe()),
    ),
    "signature",
    "module-signature-foreign",
  ],
  [
    "with a file of more than 1 MiB",
    probe({}, { "dist/module.js": `//${"x".repeat(1024 * 1024)}` }),
    "read",
    "module-too-large",
  ],
  [
    "with more files than are read",
    probe({}, Object.fromEntries(Array.from({ length: 260 }, (_, i) => [`dist/${i}.js`, "1"]))),
    "read",
    "module-too-many-files",
  ],
];

function binary(content: Uint8Array): PackageFiles {
  return sealPackage(DRAFT, new Map([["dist/module.js", content]]), publisher);
}

describe("a package that was altered, signed by another or not at all, or that holds more than it lists is refused by the step that failed", () => {
  test.each(PACKAGES)("%s, from a folder and from a tarball", async (_, files, step, code) => {
    const asFolder = await refusal(await writeEntries(folder(), entriesOf(files)));
    const asTarball = await refusal(await tarball(entriesOf(files)));
    expect([asFolder, asTarball]).toEqual([
      { step, code },
      { step, code },
    ]);
  });
});

const plus = (...extra: Entry[]) => [...entriesOf(probe()), ...extra];

describe.skipIf(process.platform === "win32")(
  "a package folder that holds a link or a name that is none everywhere is refused [links need rights on Windows]",
  () => {
    const FOLDERS: readonly (readonly [string, readonly Entry[], PackageCode])[] = [
      [
        "with a symbolic link",
        plus({ path: "dist/link.js", type: "SymbolicLink", linkpath: "/etc/hostname" }),
        "module-symbolic-link",
      ],
      [
        "with a symbolic link to a folder",
        plus({ path: "lib", type: "SymbolicLink", linkpath: "/etc" }),
        "module-symbolic-link",
      ],
      [
        "with a file that has a second name",
        plus({ path: "again.js", type: "Link", linkpath: "dist/module.js" }),
        "module-hard-link",
      ],
      ["with a name that is none on every platform", plus({ path: "dist/a b.js" }), "module-path-refused"],
      ["with a hidden file", plus({ path: ".npmrc" }), "module-path-refused"],
      ["with names that differ in case alone", plus({ path: "dist/Module.js" }), "module-path-case"],
    ];
    test.each(FOLDERS)("%s", async (_, entries, code) => {
      expect(await refusal(await writeEntries(folder(), entries))).toEqual({ step: "read", code });
    });

    test("that is a symbolic link itself, is no package, or is not there", async () => {
      const at = await writeEntries(folder(), entriesOf(probe()));
      const link = join(folder(), "link");
      await writeEntries(folder(), []);
      await writeEntries(join(link, ".."), [{ path: "link", type: "SymbolicLink", linkpath: at }]);
      expect((await refusal(link)).step).toBe("read");
      expect((await refusal("/dev/null")).code).toBe("module-unreadable");
      expect((await refusal("/nowhere/module")).code).toBe("module-unreadable");
    });
  },
);

describe("a tarball that leaves its folder, holds more than plain files, is damaged or unpacks to too much is refused", () => {
  const TARBALLS: readonly (readonly [string, readonly Entry[], PackageCode])[] = [
    [
      "with a symbolic link",
      plus({ path: "dist/link.js", type: "SymbolicLink", linkpath: "/etc/hostname" }),
      "module-symbolic-link",
    ],
    [
      "with a hard link",
      plus({ path: "a.js", type: "Link", linkpath: "package/dist/module.js" }),
      "module-hard-link",
    ],
    ["with a character device", plus({ path: "tty", type: "CharacterDevice" }), "module-special-file"],
    ["with a block device", plus({ path: "sda", type: "BlockDevice" }), "module-special-file"],
    ["with a pipe", plus({ path: "pipe", type: "FIFO" }), "module-special-file"],
    [
      "with an entry of a type of its own",
      plus({ path: "x", type: "ContiguousFile" }),
      "module-special-file",
    ],
    ["with a path that climbs out", plus({ path: "../escape.js", content: "1" }), "module-path-refused"],
    ["with a path that climbs and returns", plus({ path: "dist/../dist/x.js" }), "module-path-refused"],
    ["with an absolute path", plus({ path: "//etc/cron.d/x", content: "1" }), "module-path-refused"],
    ["with a path beside package/", plus({ path: "/other/x.js", content: "1" }), "module-path-refused"],
    ["with a backslash in a path", plus({ path: "dist\\x.js", content: "1" }), "module-path-refused"],
    ["with a drive in a path", plus({ path: "C:x.js", content: "1" }), "module-path-refused"],
    [
      "with a device of Windows as a name",
      plus({ path: "dist/aux.js", content: "1" }),
      "module-path-refused",
    ],
    [
      "with a name that ends with a dot",
      plus({ path: "dist/module.js.", content: "1" }),
      "module-path-refused",
    ],
    ["with one path twice", plus({ path: "dist/module.js", content: CODE }), "module-path-duplicate"],
    [
      "with a file that is a folder too",
      plus({ path: "dist/module.js/x", content: "1" }),
      "module-path-duplicate",
    ],
    [
      "with paths that differ in case alone",
      plus({ path: "DIST/module.js", content: CODE }),
      "module-path-case",
    ],
    [
      "that says of a file to be larger than is read",
      plus({ path: "x.js", size: 2 ** 30 }),
      "module-too-large",
    ],
  ];
  test.each(TARBALLS)("%s", async (_, entries, code) => {
    expect(await refusal(await tarball(entries))).toEqual({ step: "read", code });
  });

  const good = () => tar(entriesOf(probe()));
  const FILES: readonly (readonly [string, () => Uint8Array, PackageCode])[] = [
    ["that is not gzip", good, "module-tarball-malformed"],
    ["that is empty", () => new Uint8Array(), "module-tarball-truncated"],
    ["of an empty archive", () => gzipSync(""), "module-tarball-malformed"],
    ["that is no archive", () => gzipSync("x".repeat(2048)), "module-tarball-malformed"],
    ["that is compressed twice", () => gzipSync(gzipSync(good())), "module-tarball-malformed"],
    [
      "with a header whose sum is wrong",
      () => {
        const archive = good();
        archive[0] = 0x71;
        return gzipSync(archive);
      },
      "module-tarball-malformed",
    ],
    ["that was cut", () => gzipSync(good()).subarray(0, -20), "module-tarball-truncated"],
    ["whose archive was cut in a file", () => gzipSync(good().subarray(0, 700)), "module-tarball-truncated"],
    [
      "with a damaged byte",
      () => {
        const bytes = gzipSync(good());
        bytes[bytes.length - 6] = (bytes[bytes.length - 6] ?? 0) ^ 1;
        return bytes;
      },
      "module-tarball-malformed",
    ],
    [
      "with something behind its end",
      () => Buffer.concat([gzipSync(good()), Buffer.from("trailing")]),
      "module-tarball-malformed",
    ],
    ["of more than 8 MiB", () => Buffer.alloc(8 * 1024 * 1024 + 1), "module-tarball-too-large"],
    // 64 MiB of zeroes are 64 KiB of gzip: zero blocks end the archive, and the count goes on behind its end.
    [
      "that unpacks to a thousand times its size",
      () => gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 1 }),
      "module-too-large",
    ],
    [
      "whose files are small each and too large together",
      () =>
        gzipSync(
          tar(
            Array.from({ length: 10 }, (_, i) => ({
              path: `${i}.js`,
              content: Buffer.alloc(1024 * 1000, 32),
            })),
          ),
          { level: 1 },
        ),
      "module-too-large",
    ],
  ];
  test.each(FILES)("%s", async (_, bytes, code) => {
    expect(await refusal(await writeTarball(bytes()))).toEqual({ step: "read", code });
  });
});

test("every code of a refused package has a package that it refuses", () => {
  expect(PACKAGE_CODES.filter((code) => !seen.has(code))).toEqual([]);
});

describe("a package that is accepted", () => {
  test("is the same from a folder and from a tarball, and holds what was verified", async () => {
    const files = probe({}, { "package.json": '{"name":"probe"}', "dist/data.json": "{}" });
    const fromFolder = await verified(await writeEntries(folder(), entriesOf(files)));
    const entries: Entry[] = [
      { path: "", type: "Directory" },
      { path: "dist", type: "Directory" },
    ];
    const fromTarball = await verified(await tarball([...entries, ...entriesOf(files)]));
    expect(fromTarball.manifest).toEqual(fromFolder.manifest);
    expect(fromFolder.code).toBe(CODE);
    expect(fromFolder.publisher?.kid).toBe(publisher.kid);
    expect([...fromTarball.files.keys()].toSorted()).toEqual([...files.keys()].toSorted());
  });

  test("is known by the SHA-256 of its manifest in RFC 8785 form, whatever its spelling on disk", async () => {
    const files = probe();
    const manifest = parseJson(files.get(MANIFEST_FILE) ?? new Uint8Array(), { maxBytes: 65_536 });
    const digest = `sha256:${createHash("sha256").update(canonicalize(manifest)).digest("hex")}`;
    const spelt = changed(files, MANIFEST_FILE, utf8(canonicalize(manifest)));
    expect(verifyPackage(files).manifest.digest).toBe(digest);
    expect(verifyPackage(spelt).manifest.digest).toBe(digest);
  });

  test("is signed over the domain line and the manifest in RFC 8785 form", () => {
    const files = probe();
    const manifest = parseJson(files.get(MANIFEST_FILE) ?? new Uint8Array(), { maxBytes: 65_536 });
    const { sig } = json(files, SIGNATURE_FILE) as { sig: { value: string } };
    const message = utf8(`SIGIL-MODULE-V1\n${canonicalize(manifest)}`);
    expect(() => publisher.publicKey.verify(message, Buffer.from(sig.value, "base64url"))).not.toThrow();
  });

  test("is unsigned only where that is asked for, and then has no publisher", () => {
    const unsigned = sealPackage(DRAFT, new Map([["dist/module.js", utf8(CODE)]]));
    expect(verifyPackage(unsigned, { unsigned: "accept" }).publisher).toBeNull();
    expect(() => verifyPackage(unsigned)).toThrow(refused("module-unsigned"));
  });

  test("with a signature that does not hold is refused where unsigned ones are accepted too", () => {
    const files = changed(probe(), SIGNATURE_FILE, signatureOf(other));
    expect(() => verifyPackage(files, { unsigned: "accept" })).toThrow(refused("module-signature-invalid"));
  });

  test("is written whole, readable by its owner alone, and not over another", async () => {
    const at = join(folder(), "modules/probe");
    await writePackageFolder(probe(), at);
    expect((await verified(at)).manifest.id).toBe("probe");
    expect(statSync(join(at, MANIFEST_FILE)).mode & 0o077).toBe(0);
    await expect(writePackageFolder(other, at)).rejects.toThrow(/ENOTEMPTY|EEXIST/);
    expect((await verified(at)).manifest.version).toBe("1.0.0");
    expect(readdirSync(join(at, ".."))).toEqual(["probe"]);
  });
});

test("signing replaces what a manifest says of its publisher", () => {
  const draft = utf8(JSON.stringify(json(probe(), MANIFEST_FILE)));
  const signed = signManifest(draft, stranger);
  expect(signed.manifest.publisher?.kid).toBe(stranger.kid);
  expect(readManifest(signed.manifestFile).digest).toBe(signed.manifest.digest);
});

test.each([
  "../escape.js",
  "/etc/passwd",
  "dist/../../x.js",
  "C:\\x.js",
  "./module.js",
  "dist//module.js",
  "dist/con",
  "dist/x.",
  "",
])("a manifest that names the path %j is refused", (path) => {
  const files = { [path]: `sha256:${"a".repeat(64)}` };
  expect(() => readManifest(manifestWith({ entry: path, files }))).toThrow(refused("manifest-malformed"));
});

test.each<[string, object]>([
  ["an unknown field", { extra: 1 }],
  ["another engine", { engine: "quickjs-2" }],
  ["an id that is no name", { id: "Not A Name" }],
  ["an entry that is not among its files", { entry: "dist/other.js" }],
  ["a publisher that is no key", { publisher: "sigil" }],
  ["a publisher of small order", { publisher: `AQ${"A".repeat(41)}` }],
])("a manifest with %s is refused as manifest-malformed", (_, changes) => {
  expect(() => readManifest(manifestWith(changes))).toThrow(refused("manifest-malformed"));
});

test.each<[string, object]>([
  ["cpuMs", { cpuMs: 30_001 }],
  ["wallMs", { wallMs: 60_001 }],
  ["memoryBytes", { memoryBytes: 256 * 1024 * 1024 + 1 }],
  ["hostCalls", { hostCalls: 0 }],
])("a manifest that asks for more %s than the ceiling, or for nothing, is refused", (_, limits) => {
  expect(() => readManifest(manifestWith({ limits }))).toThrow(refused("limit-over-ceiling"));
});
