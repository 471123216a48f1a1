import type { SyntaxNode } from "@lezer/common";
import { RustFile } from "./file.ts";
import type { Match, Rule } from "./rule.ts";
import { RULES } from "./rules.ts";
import { type Position, type Source, shorten } from "./source.ts";

/** A rule's match with its place. */
export interface Finding extends Position {
  readonly rule: Rule;
  readonly detail: string;
  readonly fix: string;
  /** The code in question on one line, at most 80 characters. */
  readonly snippet: string;
}

/** The review of one text. */
export interface Review {
  /** In source order. Where the text does not parse, only items that are whole are reviewed. */
  readonly findings: readonly Finding[];
  /** Where the text is not Rust, in order; empty for a file that parses. */
  readonly errors: readonly Position[];
  readonly lines: number;
  /** Syntax nodes read. */
  readonly nodes: number;
}

const RULES_BY_NODE: ReadonlyMap<string, readonly Rule[]> = new Map(
  [...new Set(RULES.flatMap((rule) => rule.on))].map((name) => [
    name,
    RULES.filter((rule) => rule.on.includes(name)),
  ]),
);

/** Reviews a text: one pass over its syntax tree with every rule. Deterministic, and never throws. */
export function review(text: string, path = ""): Review {
  const file = new RustFile(text, path);
  const matches: [Rule, Match][] = [];
  for (let item = file.root.firstChild; item; item = item.nextSibling) {
    const { from, to } = item;
    // An item with an error inside has no tree to trust.
    if (!file.errors.some((at) => at >= from && at <= to)) matches.push(...matchesIn(item, file));
  }
  // What one finding keeps to itself, no other finding on that line shows.
  const hidden = matches.flatMap(([, match]) => (match.snippet === undefined ? [] : [match.at]));
  matches.sort(([a, x], [b, y]) => x.at.from - y.at.from || RULES.indexOf(a) - RULES.indexOf(b));
  const findings = matches.map(([rule, match]) => finding(rule, match, hidden, file));
  return {
    findings,
    errors: file.errors.map((at) => file.source.position(at)),
    lines: file.source.lines,
    nodes: file.nodes,
  };
}

function matchesIn(item: SyntaxNode, file: RustFile): [Rule, Match][] {
  const matches: [Rule, Match][] = [];
  item.cursor().iterate((ref) => {
    const rules = RULES_BY_NODE.get(ref.name);
    if (!rules) return;
    const node = ref.node;
    const isTest = file.isTest(node);
    for (const rule of rules) {
      if (isTest && rule.tests === "skip") continue;
      const match = rule.check(node, file);
      if (match) matches.push([rule, match]);
    }
  });
  return matches;
}

function finding(rule: Rule, match: Match, hidden: readonly SyntaxNode[], file: RustFile): Finding {
  return {
    ...file.source.position(match.at.from),
    rule,
    detail: match.detail,
    fix: match.fix ?? rule.fix,
    snippet: match.snippet ?? snippetOf(match.at, hidden, file.source),
  };
}

/** The first line of a node with what stands around it, or a node over several lines put on one. */
function snippetOf(at: SyntaxNode, hidden: readonly SyntaxNode[], source: Source): string {
  const [from, to] = source.shownRange(at.from, at.to);
  let masked = "";
  let done = from;
  for (const secret of hidden) {
    if (secret.to <= from || secret.from >= to) continue;
    masked += `${source.text.slice(done, Math.max(done, secret.from))}"…"`;
    done = secret.to;
  }
  return shorten(masked + source.text.slice(Math.min(done, to), to), 80);
}
