import { type SyntaxNode, type Tree, TreeFragment } from "@lezer/common";
import { parser } from "@lezer/rust";

/**
 * The grammar keeps a macro's arguments as bare tokens, since a macro may read them as it likes. The macros named here read
 * theirs as expressions, so the same text is parsed again with `name!` as a call (and `vec!` as nothing before its array):
 * every offset stays, and rules see expressions inside `format!(…)` as they see them elsewhere.
 */
const EXPRESSION_MACROS = new Set([
  ...[
    "print",
    "println",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "write",
    "writeln",
    "panic",
    "dbg",
    "vec",
  ],
  ...["assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "debug_assert_ne"],
  ...["todo", "unimplemented", "unreachable", "anyhow", "bail", "ensure"],
  ...["trace", "debug", "info", "warn", "error"],
]);

/** Longest text, in UTF-16 units, that is parsed twice; in a longer one macro arguments stay tokens, to keep within 30 s of CPU. */
const MAX_REWRITTEN = 262_144;

/** A parsed file: offsets are those of the original text. */
export interface Parsed {
  readonly tree: Tree;
  /** Offset of a rewritten macro's path → the macro's name. */
  readonly macros: ReadonlyMap<number, string>;
  /** Offsets at which the text is not Rust, in order. */
  readonly errors: readonly number[];
}

interface MacroUse {
  readonly name: string;
  readonly from: number;
  readonly bang: number;
  readonly to: number;
}

/** Parses Rust text; never throws. */
export function parseRust(text: string): Parsed {
  const plain = parser.parse(text);
  const errors = errorOffsets(plain);
  const uses = errors.length === 0 && text.length <= MAX_REWRITTEN ? macroUses(plain, text) : [];
  if (uses.length === 0) return { tree: plain, macros: new Map(), errors };
  const first = parseRewritten(text, uses, plain);
  if (first.errors.length === 0) return first;
  // Arguments that are no expressions (`info!(%id, "…")`): those macros stay tokens.
  const kept = uses.filter((use) => !first.errors.some((at) => at >= use.from && at <= use.to));
  const second = parseRewritten(text, kept, plain);
  return second.errors.length === 0 ? second : { tree: plain, macros: new Map(), errors };
}

function parseRewritten(text: string, uses: readonly MacroUse[], plain: Tree): Parsed {
  let rewritten = "";
  let done = 0;
  const macros = new Map<number, string>();
  const changes: { fromA: number; toA: number; fromB: number; toB: number }[] = [];
  for (const use of uses.toSorted((a, b) => a.from - b.from)) {
    const from = use.name === "vec" ? use.from : use.bang;
    const to = use.bang + 1;
    rewritten += text.slice(done, from) + " ".repeat(to - from);
    if (use.name !== "vec") macros.set(use.from, use.name);
    changes.push({ fromA: from, toA: to, fromB: from, toB: to });
    done = to;
  }
  // Statements without a rewritten macro are taken over from the first tree.
  const fragments = TreeFragment.applyChanges(TreeFragment.addTree(plain), changes, 32);
  const tree = parser.parse(rewritten + text.slice(done), fragments);
  return { tree, macros, errors: errorOffsets(tree) };
}

function errorOffsets(tree: Tree): number[] {
  const offsets: number[] = [];
  tree.iterate({
    enter(node) {
      if (node.type.isError) offsets.push(node.from);
    },
  });
  return offsets;
}

/** Uses of expression macros in expression or statement position, nested ones inside their arguments included. */
function macroUses(tree: Tree, text: string): MacroUse[] {
  const uses: MacroUse[] = [];
  tree.iterate({
    enter(ref) {
      if (
        ref.name === "MacroDefinition" ||
        ref.name === "DeclarativeMacroItem" ||
        ref.name === "MacroPattern"
      )
        return false;
      if (ref.name !== "MacroInvocation") return undefined;
      const node = ref.node;
      if (isItemPosition(node)) return false;
      const path = node.firstChild;
      const bang = node.getChild("!");
      const tokens = path && bang && argumentTokens(bang);
      if (tokens) consider(path, bang, tokens);
      return false;
    },
  });
  return uses;

  function consider(path: SyntaxNode, bang: SyntaxNode, tokens: SyntaxNode): void {
    const written = text.slice(path.from, path.to).replace(/\s+/g, "");
    // `crate::format!` is another macro than the standard one.
    const name = /^(?:crate|self|super|\$crate)::/.test(written) ? "" : (written.split("::").pop() ?? "");
    const shape = name === "vec" ? "BracketedTokens" : "ParenthesizedTokens";
    if (!EXPRESSION_MACROS.has(name) || tokens.name !== shape) return;
    // A comment or line break between name and bang is legal and rare; rewriting it is not worth the doubt.
    if (bang.from !== path.to) return;
    uses.push({ name, from: path.from, bang: bang.from, to: tokens.to });
    nested(tokens);
  }

  function nested(tokens: SyntaxNode): void {
    for (let node = tokens.firstChild; node; node = node.nextSibling) {
      if (node.name.endsWith("Tokens")) {
        const bang = node.prevSibling;
        const path = bang?.name === "!" ? bang.prevSibling : null;
        if (bang && path?.name === "Identifier" && path.prevSibling?.name !== "::")
          consider(path, bang, node);
        else if (path?.name !== "Identifier") nested(node);
      }
    }
  }
}

function argumentTokens(bang: SyntaxNode): SyntaxNode | null {
  for (let node = bang.nextSibling; node; node = node.nextSibling)
    if (node.name.endsWith("Tokens")) return node;
  return null;
}

/** At item level a call would not parse; `println!` there is an error anyway. */
function isItemPosition(node: SyntaxNode): boolean {
  const parent = node.parent?.name;
  return (
    parent === "SourceFile" ||
    parent === "DeclarationList" ||
    parent === "MacroPattern" ||
    node.parent?.type.is("Type") === true
  );
}
