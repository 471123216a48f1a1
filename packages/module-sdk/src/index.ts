export type {
  CanonEntry,
  Json,
  MemoryBlock,
  MemoryItem,
  ModuleContext,
  SigilModule,
} from "./context.ts";
export { defineModule } from "./define.ts";
export { type Claim, type RuleZeroOutput, ruleZero, type Verdict } from "./rule-zero.ts";
