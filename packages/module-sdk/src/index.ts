export type {
  CanonEntry,
  Json,
  LlmCompletion,
  LlmMessage,
  LlmRequest,
  MemoryBlock,
  MemoryItem,
  ModuleContext,
  SigilModule,
} from "./context.ts";
export { defineModule } from "./define.ts";
export { ModuleError, type ModuleErrorCode } from "./error.ts";
export type { CapabilityDeclaration, ModuleLimits, ModuleManifest } from "./manifest.ts";
export { type Claim, OUTPUT_LIMITS, type RuleZeroOutput, type Verdict } from "./output.ts";
export { ruleZero } from "./rule-zero.ts";
