import type { SyntaxNode } from "@lezer/common";

interface Import {
  readonly name: string;
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** The `use` declarations of a file with the range of the block or module that each one serves. */
export class Imports {
  readonly #byName = new Map<string, Import[]>();

  add(declaration: SyntaxNode, text: string): void {
    let scope = declaration.parent;
    while (scope && scope.name !== "Block" && scope.name !== "DeclarationList" && scope.name !== "SourceFile")
      scope = scope.parent;
    const from = scope?.from ?? 0;
    const to = scope?.to ?? text.length;
    for (let clause = declaration.firstChild; clause; clause = clause.nextSibling) {
      for (const [name, path] of leaves(clause, "", text)) {
        const list = this.#byName.get(name) ?? [];
        list.push({ name, path, from, to });
        this.#byName.set(name, list);
      }
    }
  }

  /** A path as written at an offset, with its first segment replaced by what the innermost `use` in force says it is. */
  resolve(written: string, offset: number): string {
    const path = written
      .replace(/\s+/g, "")
      .replace(/::<[^>]*(?:<[^>]*>[^>]*)*>/g, "")
      .replace(/^::/, "");
    const cut = path.indexOf("::");
    const head = cut === -1 ? path : path.slice(0, cut);
    let best: Import | undefined;
    for (const entry of this.#byName.get(head) ?? []) {
      if (offset >= entry.from && offset <= entry.to && (!best || entry.from >= best.from)) best = entry;
    }
    const full = best ? best.path + (cut === -1 ? "" : path.slice(cut)) : path;
    return full.replace(/^(core|alloc)::/, "std::");
  }
}

/** Pairs of local name and full path that a use clause brings in. */
function leaves(clause: SyntaxNode, prefix: string, text: string): [string, string][] {
  const written = () => text.slice(clause.from, clause.to).replace(/\s+/g, "");
  const join = (tail: string) => (prefix === "" ? tail.replace(/^::/, "") : `${prefix}::${tail}`);
  switch (clause.name) {
    case "BoundIdentifier":
    case "ScopedIdentifier":
    case "self": {
      const path = written();
      if (path === "self") return [[prefix.split("::").pop() ?? "", prefix]];
      return [[path.split("::").pop() ?? path, join(path)]];
    }
    case "UseAsClause": {
      const alias = clause.lastChild;
      const path = clause.firstChild;
      if (!alias || !path || alias.name !== "BoundIdentifier") return [];
      const target = text.slice(path.from, path.to).replace(/\s+/g, "");
      return [[text.slice(alias.from, alias.to), target === "self" ? prefix : join(target)]];
    }
    case "ScopedUseList": {
      const list = clause.getChild("UseList");
      if (!list) return [];
      const head = text.slice(clause.from, list.from).replace(/\s+/g, "").replace(/::$/, "");
      return leaves(list, join(head), text);
    }
    case "UseList": {
      const found: [string, string][] = [];
      for (let child = clause.firstChild; child; child = child.nextSibling)
        found.push(...leaves(child, prefix, text));
      return found;
    }
    default:
      return [];
  }
}
