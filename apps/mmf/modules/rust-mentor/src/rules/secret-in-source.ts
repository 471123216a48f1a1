import type { SyntaxNode } from "@lezer/common";
import type { RustFile } from "../file.ts";
import type { Match, Rule } from "../rule.ts";

/** Shapes that issuers chose so that they can be recognised. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/, "an AWS access key id"],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{60,}\b/, "a GitHub token"],
  [/\bglpat-[\w-]{20,}\b/, "a GitLab token"],
  [/\bxox[abprs]-[A-Za-z0-9-]{20,}\b/, "a Slack token"],
  [/\b[rs]k_live_[A-Za-z0-9]{20,}\b/, "a Stripe live key"],
  [/\bAIza[\w-]{35}\b/, "a Google API key"],
  [/\bsk-(?:ant-|proj-)[\w-]{20,}\b/, "an LLM provider's key"],
  [/\bnpm_[A-Za-z0-9]{36}\b/, "an npm token"],
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*(?:\\n)?[A-Za-z0-9+/=\s\\]{40,}/, "a private key"],
  [
    /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@{}]+:(?!\*|x{3,}|pass(?:word)?@|secret@|changeme@)[^\s:/@{}$<]{6,}@[\w.-]+/i,
    "a URL with a password",
  ],
];
const NAMES =
  /(?:^|_)(?:password|passwd|secret|api_?key|auth_?token|access_?token|private_?key|client_secret|credential)s?(?:_|$)/i;
const PLACEHOLDER =
  /example|sample|placeholder|change.?me|your|dummy|test|fake|todo|xxxx|<|>|\$\{|\{|\*\*\*|1234567|abcdef/i;

export const secretInSource: Rule = {
  id: "secret-in-source",
  severity: "error",
  title: "secret in source",
  matches:
    "a string with the shape of a known kind of key, token, private key or URL with a password; or a random-looking string given to a name like `api_key` or `PASSWORD`",
  why: "Whoever can read the repository, its history or the compiled program has the secret.",
  fix: "Revoke it, then read it at run time from the environment or a secret store.",
  tests: "skip",
  on: ["String", "RawString"],
  check(node, file) {
    const text = file.text(node);
    if (text.length < 14) return null;
    for (const [shape, what] of SHAPES) {
      const hit = shape.exec(text)?.[0];
      if (hit && !/EXAMPLE|XXXX|example\.(?:com|org)|localhost|127\.0\.0\.1/.test(hit))
        return found(node, text, `This string has the shape of ${what}.`);
    }
    const name = assignedTo(node, file);
    const value = text.replace(/^[bcr#]*"|"#*$/g, "");
    if (!name || !NAMES.test(name) || !looksRandom(value)) return null;
    return found(node, text, `\`${name}\` is given a fixed, random-looking value.`);
  },
};

/** The finding shows the first characters only: a report is no place for the secret either. */
function found(at: SyntaxNode, text: string, detail: string): Match {
  return { at, detail, snippet: `${text.slice(0, 5)}… (${text.length} characters, not shown)` };
}

/** The name of the constant, variable or field that a literal is the whole value of. */
function assignedTo(node: SyntaxNode, file: RustFile): string | null {
  let at = node.parent;
  // `"…".to_string()`, `String::from("…")`, `Some("…")`
  for (
    let depth = 0;
    at && depth < 3 && /^(?:FieldExpression|CallExpression|ArgList|ReferenceExpression)$/.test(at.name);
    depth++
  )
    at = at.parent;
  if (!at || !/^(?:ConstItem|StaticItem|LetDeclaration|FieldInitializer|AssignmentExpression)$/.test(at.name))
    return null;
  const name = at.getChild("BoundIdentifier") ?? at.getChild("FieldIdentifier") ?? at.firstChild;
  return name ? (file.flat(name).split(".").pop() ?? null) : null;
}

/** At least 16 characters, letters and digits, no spaces, and at least 3.4 bits of entropy per character. */
function looksRandom(value: string): boolean {
  if (value.length < 16 || /[\s/\\]/.test(value) || PLACEHOLDER.test(value)) return false;
  if (!/[0-9]/.test(value) || !/[A-Za-z]/.test(value)) return false;
  return entropy(value) >= 3.4;
}

/** Shannon entropy in bits per character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
