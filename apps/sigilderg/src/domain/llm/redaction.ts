/** What was taken out of a prompt, by kind. */
export interface Redacted {
  readonly kind: string;
  readonly count: number;
}

/**
 * A shape of secrets: how it begins, the characters that it goes on with, and whether what goes on is one. Modules choose the text
 * that these run over, inside the control plane: no expression has anything after what it repeats, and none sees a character that the
 * one before has taken, so the time grows with the text alone.
 */
interface Shape {
  readonly kind: string;
  readonly begins: RegExp;
  readonly goesOn: RegExp;
  readonly is: (rest: string) => boolean;
  /** The name of a secret stays where only what follows it goes. */
  readonly keeps?: true;
}

const least = (length: number) => (rest: string) => rest.length >= length;
const WORD = /[\w-]+/y;
const ALPHANUMERIC = /[A-Za-z0-9]+/y;

const SHAPES: readonly Shape[] = [
  {
    kind: "jwt",
    begins: /(?<![\w-])eyJ/g,
    goesOn: /[\w.-]+/y,
    is: (rest) => rest.length >= 24 && rest.split(".").length >= 3,
  },
  { kind: "aws-key", begins: /\bA[KS]IA/g, goesOn: ALPHANUMERIC, is: (rest) => rest.length === 16 },
  { kind: "github-token", begins: /\b(?:gh[pousr]|github_pat)_/g, goesOn: /\w+/y, is: least(36) },
  { kind: "gitlab-token", begins: /\bglpat-/g, goesOn: WORD, is: least(20) },
  { kind: "slack-token", begins: /\bxox[abeprs]-/g, goesOn: WORD, is: least(20) },
  { kind: "stripe-key", begins: /\b[rs]k_live_/g, goesOn: ALPHANUMERIC, is: least(20) },
  { kind: "google-key", begins: /\bAIza/g, goesOn: WORD, is: least(35) },
  { kind: "npm-token", begins: /\bnpm_/g, goesOn: ALPHANUMERIC, is: least(36) },
  { kind: "model-key", begins: /(?<![\w-])sk-/g, goesOn: WORD, is: least(20) },
  { kind: "bearer-token", begins: /\bBearer /gi, goesOn: /[\w.~+/=-]+/y, is: least(16) },
  {
    kind: "named-secret",
    begins:
      /\b(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?token|auth[_-]?token|private[_-]?key)["']?[ \t]?[:=][ \t]?["']?/gi,
    goesOn: /[^\s"',;[]+/y,
    is: least(8),
    keeps: true,
  },
];

const PEM_BEGIN = "-----BEGIN ";
const PEM_DASHES = "-----";
const PEM_LABEL = "PRIVATE KEY";
const PEM_END = "PRIVATE KEY-----";
/** What is taken after a BEGIN line without an END, and the longest label (RFC 7468 section 3). UTF-16 units. */
const PEM_LENGTH = 16_384;
const PEM_LABEL_LENGTH = 64;

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
    let left = this.#urls(this.#privateKeys(text));
    for (const shape of SHAPES) left = this.#shape(left, shape);
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

  #shape(text: string, { kind, begins, goesOn, is, keeps }: Shape): string {
    let left = "";
    let from = 0;
    for (const { index, 0: begin } of text.matchAll(begins)) {
      if (index < from) continue;
      const after = index + begin.length;
      const rest = runAt(text, after, goesOn);
      if (is(rest)) left += text.slice(from, keeps ? after : index) + this.#mark(kind);
      else left += text.slice(from, after + rest.length);
      from = after + rest.length;
    }
    return left + text.slice(from);
  }

  /** `scheme://name:password@host` (RFC 3986 section 3.2.1): the password. */
  #urls(text: string): string {
    let left = "";
    let from = 0;
    for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", from)) {
      const authority = runAt(text, at + 3, /[^\s/?#]+/y);
      const colon = authority.indexOf(":");
      const end = authority.lastIndexOf("@");
      if (colon >= 0 && end > colon + 1)
        left += text.slice(from, at + 3 + colon + 1) + this.#mark("url-password") + authority.slice(end);
      else left += text.slice(from, at + 3 + authority.length);
      from = at + 3 + authority.length;
    }
    return left + text.slice(from);
  }

  /** Private keys in PEM, whatever their label says before it. */
  #privateKeys(text: string): string {
    let left = "";
    let from = 0;
    for (let at = text.indexOf(PEM_BEGIN); at >= 0; at = text.indexOf(PEM_BEGIN, from)) {
      const label = text.slice(at + PEM_BEGIN.length, at + PEM_BEGIN.length + PEM_LABEL_LENGTH);
      const isKey = label.slice(0, Math.max(0, label.indexOf(PEM_DASHES))).endsWith(PEM_LABEL);
      const after = at + PEM_BEGIN.length;
      // The END line has the same words: the search begins behind those of the BEGIN line.
      const ended = isKey ? text.indexOf(PEM_END, after + label.indexOf(PEM_DASHES)) : -1;
      if (isKey) left += text.slice(from, at) + this.#mark("private-key");
      else left += text.slice(from, after);
      const far = ended < 0 || ended - at > PEM_LENGTH;
      from = !isKey ? after : far ? at + PEM_LENGTH : ended + PEM_END.length;
    }
    return left + text.slice(from);
  }
}

/** The characters from `at` on that a sticky expression takes. */
function runAt(text: string, at: number, sticky: RegExp): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? "";
}
