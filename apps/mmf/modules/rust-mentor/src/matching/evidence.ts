import type { SyntaxNode } from "@lezer/common";
import { methodCall } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { bare, enclosingFunction, walk } from "../tree.ts";

/** What one function does with its values, each with the first offset at which it does it. */
interface Facts {
  /** `method receiver` of every method call. */
  readonly asked: Map<string, number>;
  /** Either side of every comparison. */
  readonly compared: Map<string, number>;
  /** Subjects of `match`, of slice patterns and of assertions, as flat text. */
  readonly examined: { readonly text: string; readonly at: number }[];
}

const FACTS = new WeakMap<RustFile, Map<number, Facts>>();

/** True when the function, before the place, calls one of the methods on the same value: its size has been thought of. */
export function asksBefore(
  place: SyntaxNode,
  value: SyntaxNode,
  methods: ReadonlySet<string>,
  file: RustFile,
): boolean {
  const facts = factsAround(place, file);
  const wanted = file.flat(bare(value));
  for (const method of methods)
    if ((facts?.asked.get(`${method} ${wanted}`) ?? place.from) < place.from) return true;
  return false;
}

/** True when the function compares the same value with anything before the place. */
export function isComparedBefore(place: SyntaxNode, value: SyntaxNode, file: RustFile): boolean {
  return (factsAround(place, file)?.compared.get(file.flat(bare(value))) ?? place.from) < place.from;
}

/** True when the value is matched on, destructured by a slice pattern, or asserted about before the place. */
export function isMatchedBefore(place: SyntaxNode, value: SyntaxNode, file: RustFile): boolean {
  const wanted = file.flat(bare(value));
  return (
    factsAround(place, file)?.examined.some((fact) => fact.at < place.from && fact.text.includes(wanted)) ??
    false
  );
}

function factsAround(place: SyntaxNode, file: RustFile): Facts | null {
  const body = enclosingFunction(place);
  if (!body) return null;
  const known = FACTS.get(file) ?? new Map<number, Facts>();
  FACTS.set(file, known);
  let facts = known.get(body.from);
  if (!facts) {
    facts = collect(body, file);
    known.set(body.from, facts);
  }
  return facts;
}

/** One walk per function, however many places of it ask. */
function collect(body: SyntaxNode, file: RustFile): Facts {
  const facts: Facts = { asked: new Map(), compared: new Map(), examined: [] };
  walk(body, (node) => {
    if (node.name === "CallExpression") {
      const call = methodCall(node, file);
      if (call) note(facts.asked, `${call.name} ${file.flat(bare(call.receiver))}`, node.from);
      else if (/^(?:debug_)?assert|^ensure$/.test(file.macro(node)?.name ?? "")) examine(node);
    } else if (node.name === "BinaryExpression" && node.getChild("CompareOp")) {
      for (const side of node.getChildren("Expression"))
        note(facts.compared, file.flat(bare(side)), node.from);
    } else if (node.name === "MatchExpression") {
      const subject = node.getChild("Expression");
      if (subject) examine(subject);
    } else if (node.name === "LetDeclaration" && node.getChild("SlicePattern")) examine(node);
    return undefined;
  });
  return facts;

  function examine(node: SyntaxNode): void {
    if (facts.examined.length < 200)
      facts.examined.push({ text: file.flat(node).slice(0, 400), at: node.from });
  }
}

function note(map: Map<string, number>, key: string, at: number): void {
  if (key.length <= 200 && !map.has(key)) map.set(key, at);
}
