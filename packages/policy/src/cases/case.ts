import type { Loa } from "@sigil/canon/portable";
import type { Facts } from "../facts.ts";
import type { ReasonCode } from "../reason.ts";

/** The rule of a question that no row answers. */
export const DEFAULT_DENY = "default-deny";

/** Who asks in a case: the holder of a licence, a service under its own key, or nobody. */
export type CaseCaller =
  | { readonly loa: Loa; readonly scope?: readonly string[]; readonly via?: readonly Loa[] }
  | { readonly service: "sigilderg" | "mmf" };

/** One question with the answer that it must get. */
export interface PolicyCase {
  readonly id: string;
  readonly input: {
    readonly action: string;
    readonly caller: CaseCaller | null;
    readonly facts?: Partial<Facts>;
  };
  readonly expect: { readonly verdict: "allow" | "deny"; readonly reasons?: readonly ReasonCode[] };
  /** The row that decides it: an action of the table, or `default-deny` for what has no row. */
  readonly rule: string;
}
