import type { InspectedLeaf } from "./inspection.ts";
import type { Fault } from "./record.ts";
import type { Finding } from "./report.ts";

/** What a verification has found so far, each with the name of the record that it is about. */
export class Findings {
  readonly #list: Finding[] = [];
  /** What is known of a leaf, for naming it in findings that come later. */
  readonly #named = new Map<number, { id?: string; kind?: string }>();

  get none(): boolean {
    return this.#list.length === 0;
  }

  named(index: number, name: { id?: string; kind?: string }): void {
    this.#named.set(index, name);
  }

  leaf({ index, id, row }: InspectedLeaf): void {
    const known = row?.id ?? id;
    this.#named.set(index, {
      ...(known === undefined ? {} : { id: known }),
      ...(row === undefined ? {} : { kind: row.kind }),
    });
  }

  found(index: number | null, { check, detail }: Fault): void {
    const name = index === null ? {} : this.#named.get(index);
    this.#list.push({ index, ...name, check, detail });
  }

  /** Findings that come before all that are not about one record. */
  first(findings: readonly Finding[]): void {
    this.#list.unshift(...findings);
  }

  add(findings: readonly Finding[]): void {
    this.#list.push(...findings);
  }

  has(index: number, check: Finding["check"]): boolean {
    return this.#list.some((finding) => finding.index === index && finding.check === check);
  }

  /** A ciphertext that the log commits to and that does not open was sealed with other clear columns. */
  nameEditedTimes(suspected: ReadonlySet<number>): void {
    for (const [at, finding] of this.#list.entries()) {
      if (finding.check !== "decrypt" || finding.index === null || suspected.has(finding.index)) continue;
      const detail = "the ciphertext is the one that the log commits to, so column ts was edited";
      this.#list[at] = { ...finding, check: "column-mismatch", detail };
    }
  }

  /** In log order; what is about the store as a whole comes last. */
  sorted(): readonly Finding[] {
    return this.#list.sort((a, b) => (a.index ?? Number.MAX_VALUE) - (b.index ?? Number.MAX_VALUE));
  }
}
