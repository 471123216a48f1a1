import type { Json, Loa, RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import type { PayloadKind } from "@sigil/wire";
import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import type { Projection } from "../records/projection.ts";
import type { Store } from "../records/store.ts";
import type { ModuleHost } from "../runs/module-host.ts";

/** What a governed action is prepared from and held against: the records, as they are now. */
export interface Ground {
  readonly store: Store;
  readonly projection: Projection;
  /** Says which modules are there to be registered. */
  readonly host: Pick<ModuleHost, "list" | "manifest">;
  /** The control plane's own key, which nobody else may enrol. */
  readonly key: { readonly kid: string };
  readonly now: Clock;
}

/** What is fixed once, when a change is asked for, and recorded as it is when it is done. */
export interface Circumstances {
  readonly mode: "solo" | "quorum";
  /** RFC 3339 with milliseconds and Z. */
  readonly ts: string;
  /** Why, for content that says so: the proposal's own reason. */
  readonly reason: string;
  /** Issuer of the licence under which it is asked for. */
  readonly actingUnder: string;
}

/** The record that an action comes to: entry and content of a proposal, and what its commit writes. */
export interface Write {
  readonly kind: PayloadKind;
  readonly stream: string;
  readonly loa: Loa;
  readonly content: Readonly<Record<string, Json>>;
}

/**
 * An action that others must agree to in quorum mode. The route that does it alone and the proposal of it make the same
 * record of the same request, by `prepare`.
 */
export interface GovernedAction<S extends z.ZodType = z.ZodType> {
  readonly action: string;
  /** The body of the direct route; with `change` where one action has several routes. */
  readonly request: S;
  /**
   * The record that the request comes to. Writes nothing.
   * @throws ProblemError when the records do not allow it now, by a code of the direct route
   */
  prepare(request: z.output<S>, ground: Ground, circumstances: Circumstances): Write | Promise<Write>;
  /**
   * Whether a record that was prepared earlier can still be written, asked right before it is. Without one, always: that its
   * stream has not moved is asked of every proposal.
   * @throws ProblemError as `prepare`
   */
  requireApplicable?(write: Write, ground: Ground): void | Promise<void>;
  /**
   * The object that the write changes, as it is and as it would be, for whoever is to see the difference. Without one, the
   * payload at the tip of the stream and the content.
   */
  views?(
    write: Write,
    ground: Ground,
  ):
    | { readonly before: Json; readonly after: Json }
    | Promise<{ readonly before: Json; readonly after: Json }>;
  /**
   * The records of its commit, where they name what is only found then. Without it one, with exactly the content.
   * @throws ProblemError as `prepare`
   */
  effects?(
    write: Write,
    ground: Ground & { readonly key: SigningKey },
    made: MadeDecision,
  ): Promise<readonly RecordDraft[]>;
  /** The level that it gives away, for rows with `quorumFrom`. */
  targetLoa?(write: Write): Loa;
}

/** A row, its request's type settled. */
export function governed<S extends z.ZodType>(row: GovernedAction<S>): GovernedAction<S> {
  return row;
}
