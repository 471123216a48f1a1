import type { SyntaxNode } from "@lezer/common";
import type { RustFile } from "./file.ts";
import { expressions } from "./tree.ts";

/** `receiver.name(args)`, with or without a turbofish. */
export interface MethodCall {
  readonly receiver: SyntaxNode;
  readonly name: string;
  /** The name's own node: the place to point at in a long chain. */
  readonly at: SyntaxNode;
  readonly args: readonly SyntaxNode[];
}

/** `path::to(args)` with the path resolved through the `use` declarations in force. */
export interface PathCall {
  readonly path: string;
  readonly args: readonly SyntaxNode[];
}

function callee(node: SyntaxNode): SyntaxNode | null {
  if (node.name !== "CallExpression") return null;
  const first = node.firstChild;
  return first?.name === "GenericFunction" ? first.firstChild : first;
}

function callArguments(node: SyntaxNode): readonly SyntaxNode[] {
  const list = node.getChild("ArgList");
  return list ? expressions(list) : [];
}

interface Reading {
  readonly node: SyntaxNode;
  readonly method: MethodCall | null;
  readonly path: PathCall | null;
}

/** The last few readings: a dozen rules ask about the same node and its receiver one after another. */
const RECENT: Reading[] = [];
let next = 0;

function read(node: SyntaxNode, file: RustFile): Reading {
  for (const reading of RECENT) if (reading.node === node) return reading;
  const isCall = node.name === "CallExpression";
  const method = isCall ? readMethod(node, file) : null;
  const reading = { node, method, path: isCall && !method ? readPath(node, file) : null };
  RECENT[next] = reading;
  next = (next + 1) % 4;
  return reading;
}

/** Reads a node as a method call, or null. */
export function methodCall(node: SyntaxNode, file: RustFile): MethodCall | null {
  return read(node, file).method;
}

/** Reads a node as a call of a path, or null; a call that is a rewritten macro is none. */
export function pathCall(node: SyntaxNode, file: RustFile): PathCall | null {
  return read(node, file).path;
}

function readMethod(node: SyntaxNode, file: RustFile): MethodCall | null {
  const target = callee(node);
  if (target?.name !== "FieldExpression") return null;
  const receiver = target.firstChild;
  const at = target.getChild("FieldIdentifier");
  if (!receiver || !at) return null;
  return { receiver, name: file.text(at), at, args: callArguments(node) };
}

function readPath(node: SyntaxNode, file: RustFile): PathCall | null {
  if (file.isMacro(node)) return null;
  const target = callee(node);
  if (target?.name !== "Identifier" && target?.name !== "ScopedIdentifier") return null;
  return { path: file.resolve(target), args: callArguments(node) };
}

/** The calls of a method chain from the outermost inwards, ending at the expression that starts it. */
export function chain(
  node: SyntaxNode,
  file: RustFile,
): { readonly calls: readonly MethodCall[]; readonly root: SyntaxNode } {
  const calls: MethodCall[] = [];
  let at = node;
  for (;;) {
    while (
      at.name === "TryExpression" ||
      at.name === "AwaitExpression" ||
      at.name === "ParenthesizedExpression"
    ) {
      const inner = at.getChild("Expression");
      if (!inner) return { calls, root: at };
      at = inner;
    }
    const call = methodCall(at, file);
    if (!call) return { calls, root: at };
    calls.push(call);
    at = call.receiver;
  }
}
