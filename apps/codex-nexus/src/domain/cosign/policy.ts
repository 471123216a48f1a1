import { CanonError, parseCosignerKey, parseVerifierKey, type Verifier, verifierKey } from "@sigil/canon";
import { equalBytes, type SigningKey, toHex } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";

/** A log witness that the policy names, and where checkpoints are submitted to it. */
export interface Cosigner {
  readonly name: string;
  readonly key: Verifier;
  /** Submission prefix, without the slash at its end; absent for one that is not asked. */
  readonly url: string | undefined;
}

/** A C2SP tlog-policy: who may cosign, and which sets of them are enough. */
export interface CosigningPolicy {
  readonly cosigners: readonly Cosigner[];
  /** Whether these cosigners, by key hash and key name, are a quorum. */
  satisfied(present: ReadonlySet<string>): boolean;
}

const MOST = 64;
type Rule = (present: ReadonlySet<string>) => boolean;

/** How a cosigner is counted: name and hash of its key, as a signature line says them. */
export const cosignerId = ({ name, keyHash }: Pick<Verifier, "name" | "keyHash">) => `${name}+${keyHash}`;

/** This log, as a policy lists it: its origin, and the key that signs its next checkpoint. */
export interface OwnLog {
  readonly origin: string;
  readonly key: SigningKey["publicKey"];
}

/**
 * Reads a policy file of C2SP tlog-policy. A policy that lists logs must list this one, by origin and key. Left out for one
 * that is in force already: a restore gives the log another origin and a rotation another key, and its policy is followed
 * all the same. Throws `log-policy-invalid` naming the line.
 */
export function parsePolicy(text: string, own?: OwnLog): CosigningPolicy {
  return new PolicyReader(own).read(text);
}

class PolicyReader {
  readonly #own: OwnLog | undefined;
  readonly #logs: Verifier[] = [];
  readonly #cosigners: Cosigner[] = [];
  readonly #rules = new Map<string, Rule>();
  readonly #keys = new Set<string>();
  readonly #members = new Set<string>();
  #quorum: Rule | undefined;
  #line = 0;

  constructor(own: OwnLog | undefined) {
    this.#own = own;
  }

  read(text: string): CosigningPolicy {
    // Tab and line feed are the only control characters of the format.
    if (/[^\t\n -~\u0080-\uffff]/.test(text)) throw this.#refuse("has a control character");
    for (const line of text.split("\n")) {
      this.#line += 1;
      const words = line.split(/[ \t]+/).filter((word) => word !== "");
      if (words.length > 0 && words[0]?.startsWith("#") !== true) this.#define(words);
    }
    const quorum = this.#quorum;
    if (quorum === undefined) throw this.#refuse("ends without a quorum line");
    this.#requireOwn();
    return { cosigners: this.#cosigners, satisfied: quorum };
  }

  #requireOwn(): void {
    if (this.#own === undefined || this.#logs.length === 0) return;
    const { origin, key } = this.#own;
    const named = this.#logs.filter(({ name }) => name === origin);
    if (named.some(({ raw }) => equalBytes(raw, key.raw))) return;
    const line = `log ${verifierKey(origin, key.raw)}`;
    throw this.#refuse(
      named.length === 0
        ? `ends without this log among those that it lists; it wants ${line}`
        : `ends without the key that signs this log's checkpoints; it wants ${line}`,
    );
  }

  #define([what, ...words]: readonly string[]): void {
    if (what === "log") this.#log(words);
    else if (what === "witness") this.#witness(words);
    else if (what === "group") this.#group(words);
    else if (what === "quorum") this.#setQuorum(words);
    else
      throw this.#refuse(
        `begins with ${JSON.stringify(what?.slice(0, 32))}, not log, witness, group or quorum`,
      );
  }

  #log([vkey, url, ...rest]: readonly string[]): void {
    if (vkey === undefined || rest.length > 0) throw this.#refuse("is not log <vkey> [<url>]");
    if (url !== undefined) this.#url(url);
    this.#logs.push(this.#key(() => parseVerifierKey(vkey)));
    this.#bounded(this.#logs.length);
  }

  #witness([name, vkey, url, ...rest]: readonly string[]): void {
    if (name === undefined || vkey === undefined || rest.length > 0)
      throw this.#refuse("is not witness <name> <vkey> [<url>]");
    const key = this.#key(() => parseCosignerKey(vkey));
    const id = cosignerId(key);
    this.#name(name, (present) => present.has(id));
    this.#cosigners.push({ name, key, url: url === undefined ? undefined : this.#url(url) });
  }

  #group([name, threshold, ...members]: readonly string[]): void {
    if (name === undefined || threshold === undefined || members.length === 0)
      throw this.#refuse("is not group <name> all|any|<k> <name>...");
    const rules = members.map((member) => {
      if (this.#members.has(member)) throw this.#refuse(`lists ${member}, which a group has already`);
      this.#members.add(member);
      return this.#rule(member);
    });
    const k = threshold === "all" ? rules.length : threshold === "any" ? 1 : Number(threshold);
    if (!/^(all|any|[1-9]\d{0,2})$/.test(threshold) || k > rules.length)
      throw this.#refuse(`asks for ${threshold.slice(0, 16)} of ${rules.length} members`);
    this.#name(name, (present) => rules.filter((rule) => rule(present)).length >= k);
  }

  #setQuorum([name, ...rest]: readonly string[]): void {
    if (name === undefined || rest.length > 0) throw this.#refuse("is not quorum <name>");
    if (this.#quorum !== undefined) throw this.#refuse("is a second quorum line");
    this.#quorum = name === "none" ? () => true : this.#rule(name);
  }

  #rule(name: string): Rule {
    const rule = this.#rules.get(name);
    if (rule === undefined) throw this.#refuse(`names ${name.slice(0, 64)}, which no line before defines`);
    return rule;
  }

  #name(name: string, rule: Rule): void {
    if (name === "none" || this.#rules.has(name)) throw this.#refuse(`defines ${name.slice(0, 64)} again`);
    this.#rules.set(name, rule);
    this.#bounded(this.#rules.size);
  }

  #key(parse: () => Verifier): Verifier {
    try {
      const key = parse();
      const raw = toHex(key.raw);
      if (this.#keys.has(raw)) throw this.#refuse("lists a key a second time");
      this.#keys.add(raw);
      return key;
    } catch (error) {
      if (error instanceof CanonError) throw this.#refuse(`has no usable key: ${error.message}`);
      throw error;
    }
  }

  #url(text: string): string {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const web = url?.protocol === "https:" || url?.protocol === "http:";
    if (url === undefined || !web || url.username !== "" || url.search !== "" || url.hash !== "")
      throw this.#refuse("has a url that is not http(s) with a host and a path alone");
    return url.href.replace(/\/$/, "");
  }

  #bounded(count: number): void {
    if (count > MOST) throw this.#refuse(`is one too many; the limit is ${MOST}`);
  }

  #refuse(why: string): ProblemError {
    return new ProblemError("log-policy-invalid", `line ${this.#line} of the log policy ${why}`);
  }
}
