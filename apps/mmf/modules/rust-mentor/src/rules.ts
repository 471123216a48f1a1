import type { Rule } from "./rule.ts";
import { blanketAllow } from "./rules/blanket-allow.ts";
import { blockingInAsync } from "./rules/blocking-in-async.ts";
import { boxedErrorInApi } from "./rules/boxed-error-in-api.ts";
import { debugMacro } from "./rules/debug-macro.ts";
import { exitOutsideMain } from "./rules/exit-outside-main.ts";
import { expectWithoutReason } from "./rules/expect-without-reason.ts";
import { floatEquality } from "./rules/float-equality.ts";
import { guardAcrossAwait } from "./rules/guard-across-await.ts";
import { guardDroppedAtOnce } from "./rules/guard-dropped-at-once.ts";
import { ignoredResult } from "./rules/ignored-result.ts";
import { lengthSubtraction } from "./rules/length-subtraction.ts";
import { lossyCast } from "./rules/lossy-cast.ts";
import { memForget } from "./rules/mem-forget.ts";
import { needlessClone } from "./rules/needless-clone.ts";
import { panicInResult } from "./rules/panic-in-result.ts";
import { panickingIndex } from "./rules/panicking-index.ts";
import { regexInLoop } from "./rules/regex-in-loop.ts";
import { secretInSource } from "./rules/secret-in-source.ts";
import { shellFromText } from "./rules/shell-from-text.ts";
import { sqlFromText } from "./rules/sql-from-text.ts";
import { staticMut } from "./rules/static-mut.ts";
import { tlsVerificationOff } from "./rules/tls-verification-off.ts";
import { transmute } from "./rules/transmute.ts";
import { unfinishedCode } from "./rules/unfinished-code.ts";
import { uninitialisedMemory } from "./rules/uninitialised-memory.ts";
import { unsafeFnUndocumented } from "./rules/unsafe-fn-undocumented.ts";
import { unsafeWithoutSafety } from "./rules/unsafe-without-safety.ts";
import { unsoundSend } from "./rules/unsound-send.ts";
import { unwrap } from "./rules/unwrap.ts";
import { worldWritable } from "./rules/world-writable.ts";

/** Every rule, the gravest first; the README's table and the guidance are checked against it. */
export const RULES: readonly Rule[] = [
  sqlFromText,
  shellFromText,
  secretInSource,
  tlsVerificationOff,
  worldWritable,
  unsoundSend,
  uninitialisedMemory,
  transmute,
  staticMut,
  unsafeWithoutSafety,
  guardAcrossAwait,
  guardDroppedAtOnce,
  unsafeFnUndocumented,
  blockingInAsync,
  ignoredResult,
  unwrap,
  panicInResult,
  panickingIndex,
  lengthSubtraction,
  lossyCast,
  floatEquality,
  memForget,
  exitOutsideMain,
  unfinishedCode,
  debugMacro,
  expectWithoutReason,
  boxedErrorInApi,
  needlessClone,
  regexInLoop,
  blanketAllow,
];
