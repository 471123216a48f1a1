export type { Capability, CapabilityName } from "./capability.ts";
export type {
  CanonEntry,
  CapabilityCalls,
  ContextOf,
  LlmCompletion,
  LlmMessage,
  LlmRequest,
  MemoryBlock,
  MemoryItem,
  ModuleContext,
} from "./context.ts";
export { defineModule, type ModuleDeclaration } from "./define.ts";
export { ModuleError, type ModuleErrorCode } from "./error.ts";
export type { InputOf, InputSchema } from "./input.ts";
export type { Json, ReadonlyJson } from "./json.ts";
export type { CapabilityDeclaration, ModuleLimits, ModuleManifest } from "./manifest.ts";
export { type Claim, OUTPUT_LIMITS, type RuleZeroOutput, type Verdict } from "./output.ts";
export { ruleZero } from "./rule-zero.ts";
