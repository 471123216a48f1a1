import type { SyntaxNode } from "@lezer/common";
import { chain } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { pointee, typeOf } from "../infer.ts";
import { isComparedBefore } from "../matching/evidence.ts";
import type { Rule } from "../rule.ts";
import { bindingOf } from "../scope.ts";
import { bare } from "../tree.ts";

/** usize and isize as on the 64-bit targets that servers run on. */
const INTEGERS: Readonly<Record<string, { signed: boolean; bits: number }>> = {
  u8: { signed: false, bits: 8 },
  u16: { signed: false, bits: 16 },
  u32: { signed: false, bits: 32 },
  u64: { signed: false, bits: 64 },
  u128: { signed: false, bits: 128 },
  usize: { signed: false, bits: 64 },
  i8: { signed: true, bits: 8 },
  i16: { signed: true, bits: 16 },
  i32: { signed: true, bits: 32 },
  i64: { signed: true, bits: 64 },
  i128: { signed: true, bits: 128 },
  isize: { signed: true, bits: 64 },
};

const BOUNDING = new Set([
  "min",
  "clamp",
  "rem_euclid",
  "abs",
  "max",
  "unsigned_abs",
  "as_millis",
  "as_micros",
  "as_nanos",
]);

export const lossyCast: Rule = {
  id: "lossy-cast",
  severity: "warning",
  title: "lossy integer cast",
  matches:
    "`as` between integer types, both known from the file, where values are cut off or change sign; not for constants, and not after a mask, shift, remainder, clamp or comparison of the same value",
  why: "`as` never fails: a value that does not fit is silently cut to its low bits or read with another sign.",
  fix: "Use `try_from` and handle the error, or `from` where the target holds every value.",
  tests: "skip",
  on: ["TypeCastExpression"],
  check(node, file) {
    const value = node.getChild("Expression");
    const type = node.getChild("Type");
    if (!value || !type) return null;
    const target = file.flat(type);
    const origin = pointee(typeOf(value, file) ?? "");
    const from = INTEGERS[origin];
    const to = INTEGERS[target];
    const loss = from && to ? lossBetween(origin, from, target, to) : null;
    if (!loss || isBounded(value, file) || isComparedBefore(node, value, file)) return null;
    return {
      at: node,
      detail: `\`${file.source.snippet(value.from, value.to, 40)}\` is \`${origin}\`; as \`${target}\` ${loss}.`,
      fix: `Use \`${target}::try_from(…)\` and handle the value that does not fit.`,
    };
  },
};

type Integer = { signed: boolean; bits: number };

function lossBetween(origin: string, from: Integer, target: string, to: Integer): string | null {
  if (from.bits > to.bits) return `keeps only its low ${to.bits} bits`;
  // At equal width the author may well want the bits; an index or a length never means them.
  if (from.bits === to.bits && target !== "usize" && !/^[ui]64$/.test(target)) return null;
  if (from.signed && !to.signed) return "turns a negative value into a huge one";
  // A length never exceeds isize::MAX, so usize → i64 or isize keeps every length.
  if (!from.signed && to.signed && from.bits === to.bits && origin !== "usize")
    return `turns values above ${target}::MAX negative`;
  return null;
}

/** The expression itself keeps the value in range, or plainly takes bits out of it. */
function isBounded(value: SyntaxNode, file: RustFile): boolean {
  const inner = bare(value);
  if (isConstant(inner, file)) return true;
  if (inner.name === "Identifier") {
    const binding = bindingOf(file.text(inner), inner, file);
    if (binding?.kind === "let" && binding.value && binding.value.name !== "Identifier")
      return isBounded(binding.value, file);
  }
  if (inner.name === "BinaryExpression") {
    const operator = inner.getChild("BitOp") ?? inner.getChild("ArithOp");
    if (operator && /^(?:&|>>|%)$/.test(file.text(operator))) return true;
  }
  return chain(inner, file).calls.some((call) => BOUNDING.has(call.name));
}

/** Constants and const parameters do not change: who wrote the cast could see the value. */
function isConstant(value: SyntaxNode, file: RustFile): boolean {
  const text = file.flat(value).replace(/\.len\(\)$/, "");
  return /^[A-Z0-9_:+*()-]+$/.test(text.replace(/\b(?:Self|self|crate|as[ui]\w+)\b/g, ""));
}
