import type { SyntaxNode } from "@lezer/common";

const TEST_ATTRIBUTE =
  /^(?:[\w:]+::)?(?:test|bench|rstest|test_case|quickcheck|proptest|wasm_bindgen_test|should_panic)(?:\(|$)/;
const TEST_PATH = /(?:^|[\\/])(?:tests|benches)[\\/]|(?:^|[\\/])(?:tests?|\w+_tests?)\.rs$/;

/** True when an attribute's inner text marks its item as compiled for tests only. */
export function marksTest(meta: string): boolean {
  const flat = meta.replace(/\s+/g, "");
  if (TEST_ATTRIBUTE.test(flat)) return true;
  if (!flat.startsWith("cfg(")) return false;
  const positive = flat.replace(/not\([^()]*\)/g, "").replace(/"[^"]*"/g, "");
  return /[(,]test[,)]/.test(positive);
}

/** True when a whole file is test code by where it lies. */
export function isTestPath(path: string): boolean {
  return TEST_PATH.test(path);
}

/** The range that an attributed item or a conventionally named module makes test code, or null. */
export function testRange(node: SyntaxNode, text: string): { from: number; to: number } | null {
  if (node.name === "AttributeItem") {
    for (const attribute of node.getChildren("Attribute")) {
      const meta = attribute.getChild("MetaItem");
      if (meta && marksTest(text.slice(meta.from, meta.to))) return { from: node.from, to: node.to };
    }
  } else if (node.name === "InnerAttribute") {
    const meta = node.getChild("MetaItem");
    const holder = node.parent;
    if (meta && holder && marksTest(text.slice(meta.from, meta.to)))
      return { from: holder.from, to: holder.to };
  }
  return null;
}
