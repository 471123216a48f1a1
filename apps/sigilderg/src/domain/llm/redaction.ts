/** What was taken out of a prompt, by kind. */
export interface Redacted {
  readonly kind: string;
  readonly count: number;
}

/**
 * Shapes that issuers gave their secrets so that they can be recognised. Modules choose the text that these run over, inside the
 * control plane: each starts where no other can and is bounded, and the check of all patterns proves that none backtracks.
 */
const SHAPES: readonly (readonly [kind: string, shape: RegExp])[] = [
  ["jwt", /(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{8,8192}\.[\w-]{0,2048}/g],
  ["aws-key", /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g],
  ["github-token", /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})/g],
  ["gitlab-token", /\bglpat-[\w-]{20,255}/g],
  ["slack-token", /\bxox[abeprs]-[A-Za-z0-9-]{20,255}/g],
  ["stripe-key", /\b[rs]k_live_[A-Za-z0-9]{20,255}/g],
  ["google-key", /\bAIza[\w-]{35}/g],
  ["npm-token", /\bnpm_[A-Za-z0-9]{36}\b/g],
  ["model-key", /(?<![\w-])sk-[\w-]{20,255}/g],
  ["bearer-token", /\bBearer [\w.~+/=-]{16,4096}/gi],
];

/** The part after the name or the address goes; what it was called stays. */
const NAMED: readonly (readonly [kind: string, shape: RegExp])[] = [
  ["url-password", /(:\/\/[^\s:/@]{1,128}:)[^\s/@]{1,256}(?=@)/g],
  [
    "named-secret",
    /(\b(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?token|auth[_-]?token|private[_-]?key|client[_-]?secret)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?)[^\s"',;]{8,256}/gi,
  ],
];

const PEM_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY-----/g;
const PEM_END = "PRIVATE KEY-----";
/** What is taken after a BEGIN line without an END. UTF-16 units. */
const PEM_LENGTH = 16_384;

/**
 * Takes secrets and the endpoint's words out of texts, each replaced by `[redacted:<kind>]`, and says what was taken. It keeps
 * accidents from leaving; a module that wants to hide something can write it otherwise, which is what levels are for.
 */
export class Redaction {
  readonly #counts = new Map<string, number>();
  readonly #words: readonly RegExp[];

  constructor(words: readonly string[]) {
    this.#words = words.map((word) => new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "giu"));
  }

  clean(text: string): string {
    let left = this.#privateKeys(text);
    for (const [kind, shape] of SHAPES) left = left.replace(shape, () => this.#mark(kind));
    for (const [kind, shape] of NAMED)
      left = left.replace(shape, (_, name: string) => name + this.#mark(kind));
    for (const word of this.#words) left = left.replace(word, () => this.#mark("word"));
    return left;
  }

  /** In the order of the alphabet. */
  get taken(): Redacted[] {
    return [...this.#counts]
      .map(([kind, count]) => ({ kind, count }))
      .sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }

  #mark(kind: string): string {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    return `[redacted:${kind}]`;
  }

  #privateKeys(text: string): string {
    let left = "";
    let from = 0;
    for (const { index, 0: begin } of text.matchAll(PEM_BEGIN)) {
      if (index < from) continue;
      const end = text.indexOf(PEM_END, index + begin.length);
      left += text.slice(from, index) + this.#mark("private-key");
      from = end < 0 || end - index > PEM_LENGTH ? index + PEM_LENGTH : end + PEM_END.length;
    }
    return left + text.slice(from);
  }
}
