import type { SyntaxNode } from "@lezer/common";
import { Imports } from "./imports.ts";
import { parseRust } from "./parse.ts";
import { Source } from "./source.ts";
import { isTestPath, testRange } from "./test-code.ts";
import { expressions } from "./tree.ts";

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A macro use whose arguments are parsed as expressions, or known only as tokens (`args` null). */
export interface MacroUse {
  readonly name: string;
  readonly args: readonly SyntaxNode[] | null;
}

/** One parsed Rust file with what rules ask of it: text, test code, imports, comments, items by name. */
export class RustFile {
  readonly path: string;
  readonly source: Source;
  readonly root: SyntaxNode;
  readonly errors: readonly number[];
  readonly #macros: ReadonlyMap<number, string>;
  readonly #imports = new Imports();
  readonly #tests: Range[] = [];
  readonly #comments: Range[] = [];
  readonly #items = new Map<string, SyntaxNode[]>();
  nodes = 0;

  constructor(text: string, path: string) {
    this.path = path;
    this.source = new Source(text);
    const parsed = parseRust(text);
    this.root = parsed.tree.topNode;
    this.errors = parsed.errors;
    this.#macros = parsed.macros;
    if (isTestPath(path)) this.#tests.push({ from: 0, to: text.length });
    parsed.tree.iterate({
      enter: (ref) => {
        this.nodes++;
        switch (ref.name) {
          case "UseDeclaration":
            this.#imports.add(ref.node, text);
            break;
          case "LineComment":
          case "BlockComment":
            this.#comments.push({ from: ref.from, to: ref.to });
            break;
          case "AttributeItem":
          case "InnerAttribute": {
            const range = testRange(ref.node, text);
            // Ranges come in source order; one within the last adds nothing.
            if (range && range.to > (this.#tests.at(-1)?.to ?? -1)) this.#tests.push(range);
            break;
          }
          case "FunctionItem":
          case "StructItem":
          case "ConstItem":
          case "StaticItem":
            this.#addItem(ref.node);
        }
      },
    });
  }

  #addItem(node: SyntaxNode): void {
    const name = node.getChild("BoundIdentifier") ?? node.getChild("TypeIdentifier");
    if (!name) return;
    const key = `${node.name} ${this.text(name)}`;
    const list = this.#items.get(key) ?? [];
    list.push(node);
    this.#items.set(key, list);
  }

  /** The original text of a node. */
  text(node: SyntaxNode): string {
    return this.source.text.slice(node.from, node.to);
  }

  /** The original text of a node without white space: good for comparing, not for showing. */
  flat(node: SyntaxNode): string {
    return this.text(node).replace(/\s+/g, "");
  }

  isTest(node: SyntaxNode): boolean {
    const range = this.#tests[lastStart(this.#tests, node.from)];
    return range !== undefined && node.to <= range.to;
  }

  /** A path node's full path through the `use` declarations; generics dropped, `core::` and `alloc::` read as `std::`. */
  resolve(path: SyntaxNode): string {
    return this.#imports.resolve(this.text(path), path.from);
  }

  /** True for the call that a rewritten macro became, and for no call that merely starts with one. */
  isMacro(call: SyntaxNode): boolean {
    const callee = call.firstChild?.name;
    return (
      call.name === "CallExpression" &&
      (callee === "Identifier" || callee === "ScopedIdentifier") &&
      this.#macros.has(call.from)
    );
  }

  /** Reads a node as a use of a macro, or null. */
  macro(node: SyntaxNode): MacroUse | null {
    if (node.name === "MacroInvocation") {
      const written = node.firstChild ? this.flat(node.firstChild) : "";
      if (/^(?:crate|self|super|\$crate)::/.test(written)) return { name: written, args: null };
      return { name: written.split("::").pop() ?? "", args: null };
    }
    if (!this.isMacro(node)) return null;
    const list = node.getChild("ArgList");
    return { name: this.#macros.get(node.from) ?? "", args: list ? expressions(list) : [] };
  }

  /** The only item of a kind with this name in the file, or null when there is none or more than one. */
  item(kind: "FunctionItem" | "StructItem" | "ConstItem" | "StaticItem", name: string): SyntaxNode | null {
    const list = this.#items.get(`${kind} ${name}`);
    return list?.length === 1 ? (list[0] ?? null) : null;
  }

  /** The joined text of the comments that lie within a range of offsets. */
  comments(from: number, to: number): string {
    let joined = "";
    for (let at = lastStart(this.#comments, from - 1) + 1; ; at++) {
      const range = this.#comments[at];
      if (!range || range.from > to) return joined;
      if (range.to <= to) joined += `${this.source.text.slice(range.from, range.to)}\n`;
    }
  }

  /** True when a comment stands on the node's own lines or on the line right above them: the author said why. */
  isExplained(node: SyntaxNode): boolean {
    const text = this.source.text;
    const before = this.#comments[lastStart(this.#comments, node.from)];
    if (before && before.to <= node.from) {
      const gap = text.slice(before.to, node.from);
      if (gap.trim() === "" && gap.split("\n").length <= 2) return true;
    }
    return this.comments(node.from, this.source.lineRange(node.to)[1]) !== "";
  }
}

/** Index of the last range that starts at or before an offset, -1 for none; ranges are in order of their starts. */
function lastStart(ranges: readonly Range[], offset: number): number {
  let low = -1;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ranges[middle]?.from ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
