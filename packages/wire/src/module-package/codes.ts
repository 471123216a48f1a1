/** The steps of a verification, in their order: the first that fails is named. */
export const PACKAGE_STEPS = ["read", "manifest", "files", "signature"] as const;
export type PackageStep = (typeof PACKAGE_STEPS)[number];

const PLAIN = "A package holds plain files and folders only: replace what the message names.";
const REBUILD = "Build and sign the module again, or fetch it again; do not run it as it is.";

/** Why a module package is refused: the step that found it, and what to do about it. */
export const REFUSALS = {
  "module-unreadable": { step: "read", remedy: "Name a package folder or a .tgz that you may read." },
  "module-tarball-malformed": { step: "read", remedy: "Pack it again with `npm pack`, or fetch it again." },
  "module-tarball-truncated": { step: "read", remedy: "Fetch it again: its end is missing." },
  "module-tarball-too-large": { step: "read", remedy: "Make the module smaller." },
  "module-too-large": { step: "read", remedy: "Make the module smaller." },
  "module-too-many-files": { step: "read", remedy: "Bundle the module's files into fewer." },
  "module-path-refused": {
    step: "read",
    remedy:
      "Use relative paths of letters, digits, dots, dashes and underscores that stay inside the package.",
  },
  "module-path-duplicate": { step: "read", remedy: "Keep one of the two entries." },
  "module-path-case": {
    step: "read",
    remedy: "Rename one of the two: they are one file where case is not told apart.",
  },
  "module-symbolic-link": { step: "read", remedy: PLAIN },
  "module-hard-link": { step: "read", remedy: PLAIN },
  "module-special-file": { step: "read", remedy: PLAIN },
  "manifest-missing": { step: "manifest", remedy: "Name the folder that holds sigil.module.json." },
  "manifest-malformed": {
    step: "manifest",
    remedy: "Correct the manifest at the place that the message names, and build the module again.",
  },
  "input-schema-unsupported": {
    step: "manifest",
    remedy: "Use the keywords that the message lists; docs/reference/formats.md says what each means.",
  },
  "limit-over-ceiling": { step: "manifest", remedy: "Ask for less in the manifest." },
  "module-file-missing": { step: "files", remedy: REBUILD },
  "module-file-unlisted": { step: "files", remedy: "Remove the file, or build the module again." },
  "module-file-altered": { step: "files", remedy: REBUILD },
  "module-file-binary": {
    step: "files",
    remedy: "A package holds source as text; neither bytecode nor anything else that is not UTF-8 is loaded.",
  },
  "module-unsigned": { step: "signature", remedy: "Sign it: `sigil module sign`." },
  "module-signature-malformed": { step: "signature", remedy: "Sign it again: `sigil module sign`." },
  "module-signature-foreign": {
    step: "signature",
    remedy: "The publisher whom the manifest names must sign it; ask where the package comes from.",
  },
  "module-signature-invalid": { step: "signature", remedy: REBUILD },
} as const satisfies Record<string, { step: PackageStep; remedy: string }>;

export type PackageCode = keyof typeof REFUSALS;

/** Every code, in the order of the steps. */
export const PACKAGE_CODES = Object.keys(REFUSALS) as PackageCode[];
