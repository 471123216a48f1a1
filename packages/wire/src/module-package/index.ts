export { PACKAGE_CODES, PACKAGE_STEPS, type PackageCode, type PackageStep } from "./codes.ts";
export { MANIFEST_FILE, type PackageFiles, SIGNATURE_FILE } from "./files.ts";
export { readPackageFolder } from "./folder.ts";
export { checkSchema, type InputSchema } from "./input-schema.ts";
export { LIMIT_NAMES, LIMITS, type LimitName, PACKAGE_LIMITS, type RunLimits, runLimits } from "./limits.ts";
export {
  type Capability,
  digestOf,
  ENGINE_ID,
  type Manifest,
  manifestSchema,
  type Publisher,
  parseManifest,
  readManifest,
} from "./manifest.ts";
export { readPackage } from "./read.ts";
export { failedStep } from "./refusal.ts";
export { type ManifestDraft, sealPackage } from "./seal.ts";
export { parseSignature, type SignedManifest, signManifest, verifySignedManifest } from "./signature.ts";
export { readPackageTarball } from "./tarball.ts";
export {
  capabilityText,
  type Difference,
  differences,
  isOlder,
  type Terms,
} from "./terms.ts";
export { type ModulePackage, verifyPackage } from "./verify.ts";
export { writePackageFolder } from "./write.ts";
