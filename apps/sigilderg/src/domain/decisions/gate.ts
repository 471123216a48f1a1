import type { RecordDraft } from "@sigil/canon";
import {
  type Caller,
  type Facts,
  type LicenceClaims,
  lockedDown,
  type Policy,
  PolicyError,
  REASONS,
  type ReasonCode,
} from "@sigil/policy";
import { denialOf, ProblemError, type ResponseOf } from "@sigil/wire";
import type { Clock } from "../clock.ts";
import { AuthenticLicences } from "../credentials/authentic-licences.ts";
import { type AuthenticatedCaller, type LicenceGround, resolveCaller } from "../credentials/caller.ts";
import { CredentialError } from "../credentials/credential-error.ts";
import type { Projection } from "../records/projection.ts";
import type { DecisionBatcher } from "./decision-batcher.ts";
import { type MadeDecision, makeDecision, makeRefusal, type Question, recording } from "./decisions.ts";
import type { DenialCap } from "./denial-cap.ts";
import type { RequestRates } from "./rates.ts";
import type { RefusalTally } from "./refusals.ts";

/** Told of everything that the gate answers; for logs and metrics. */
export interface GateObserver {
  decided(made: MadeDecision): void;
  refused(code: string, detail: string): void;
}

export interface GateOptions {
  readonly projection: Projection;
  readonly batcher: DecisionBatcher;
  readonly tally: RefusalTally;
  readonly denials: DenialCap;
  readonly rates: RequestRates;
  /** Lands a denial: its decision as a record of its own. */
  readonly land: (drafts: readonly RecordDraft[]) => Promise<unknown>;
  readonly compose: (made: MadeDecision) => RecordDraft;
  readonly observer: GateObserver;
  readonly now: Clock;
}

/** Who may come in, and the record of everyone who asked. */
export class Gate {
  readonly #options: GateOptions;
  readonly #authentic = new AuthenticLicences();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** What decides now. A question names the one that it is to be decided by. */
  get policy(): Policy {
    return this.#options.projection.policy;
  }

  /**
   * The caller behind the one credential that a request presents. `sealedBy` is whose verified envelope
   * binds that licence.
   * @throws ProblemError `licence-refused`, one outward shape for every bad credential; the precise code is counted
   */
  async authenticate<P extends { readonly token: string }>(
    present: () => P,
    route: string,
    sealedBy?: LicenceGround["sealedBy"],
  ): Promise<AuthenticatedCaller & { readonly presented: P }> {
    const { observer, tally } = this.#options;
    try {
      const presented = present();
      return { presented, ...(await this.#resolve(presented.token, sealedBy)) };
    } catch (error) {
      if (!(error instanceof PolicyError || error instanceof CredentialError)) throw error;
      tally.count(error.code, route);
      observer.refused(error.code, error.message);
      throw new ProblemError(
        "licence-refused",
        "no acceptable licence of this runtime came with the request",
        {
          cause: error,
        },
      );
    }
  }

  /**
   * What `authenticate` would say to a licence, with the precise reason: for whoever holds it and is let in. That nobody has
   * proved its key here is the reason of a licence that lacks nothing else.
   */
  async examine(token: string): Promise<ResponseOf<"sigilderg POST /v1/licences/validation">> {
    try {
      return { valid: true, claims: (await this.#resolve(token)).claims };
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      const other = error.code === "licence-possession" ? await this.#besidePossession(token) : undefined;
      const { code, message } = other ?? error;
      return { valid: false, code, detail: message };
    }
  }

  /** What a licence with a key would still lack if its key had been proved. */
  async #besidePossession(token: string): Promise<PolicyError | undefined> {
    const { cnf, sub } = await this.#authentic.claimsOf(token, this.#options.projection.issuers.keys);
    try {
      await this.#resolve(token, { kid: cnf?.jkt ?? "", issuer: sub });
      return undefined;
    } catch (error) {
      if (error instanceof PolicyError) return error;
      throw error;
    }
  }

  #resolve(token: string, sealedBy?: LicenceGround["sealedBy"]): Promise<AuthenticatedCaller> {
    const { projection, now } = this.#options;
    const { genesis, licences } = projection;
    return resolveCaller(token, {
      ...{ issuers: projection.issuers.keys, authentic: this.#authentic, genesis, licences, sealedBy },
      now: now(),
    });
  }

  /**
   * Whether a licence that came in would still come in: for what goes on after it was admitted.
   * @throws ProblemError `licence-refused`
   */
  recheck({ jti, sub, serial, exp }: LicenceClaims): void {
    const { projection, now } = this.#options;
    const { licences } = projection;
    const good =
      licences.state(jti) === "recorded" &&
      serial >= (licences.highestSerial(sub) ?? serial) &&
      Date.parse(now()) < exp * 1000;
    if (!good) throw new ProblemError("licence-refused", "the licence of this request holds no longer");
  }

  /**
   * Whether what was admitted may still be done: a body that arrives after a lockdown was entered does nothing.
   * @throws ProblemError `locked-down`
   */
  requireUnlocked({ id, body: { action }, facts, policy: { rows } }: MadeDecision): void {
    const lockdown = this.#options.projection.lockdown.inForce !== undefined;
    const row = rows.get(action);
    if (row !== undefined && !lockedDown(row, { ...facts, lockdown }, rows)) return;
    throw new ProblemError("locked-down", `${action} was stopped: lockdown began while it was asked`, {
      decisionId: id,
    });
  }

  /** Facts that hold for every question of this caller now. */
  facts(caller: Caller, more: Partial<Facts> = {}): Facts {
    const { projection, rates, now } = this.#options;
    return {
      mode: projection.mode,
      witness: projection.governance.witnesses.of(caller.principal) !== undefined,
      lockdown: projection.lockdown.inForce !== undefined,
      requestRate: rates.observe(caller.principal, Date.parse(now())),
      ...more,
    };
  }

  /**
   * Decides, and sees to the record: a batched allow is queued before it takes effect, a denial lands as a record of
   * its own. A durable allow is returned for the caller to land together with its effect and outcome.
   * @throws ProblemError `audit-unavailable` when nothing can be recorded; the denial's own problem otherwise
   */
  async admit(question: Question): Promise<MadeDecision> {
    const { batcher, observer, now } = this.#options;
    const made = makeDecision(question, now());
    observer.decided(made);
    if (made.outcome.verdict === "deny") return await this.#deny(made);
    if (recording(made) === "batched") batcher.add(made.body);
    return made;
  }

  /**
   * What a known caller is told whom the door turns away before anything is decided: for asking too often, or by a browser
   * that another site may lead. It becomes a denial of record as far as the cap and the store allow, and is counted otherwise.
   */
  async turnedAway(question: Question, error: unknown): Promise<unknown> {
    if (!(error instanceof ProblemError) || !isReason(error.code)) return error;
    const { denials, tally, land, compose, observer, now } = this.#options;
    const made = makeRefusal(question, { code: error.code, detail: error.detail }, now());
    observer.decided(made);
    const recorded =
      denials.take(made.caller.principal, Date.parse(now())) &&
      (await land([compose(made)]).then(
        () => true,
        () => false,
      ));
    if (recorded) return new ProblemError(error.code, error.detail, { ...error.extras, decisionId: made.id });
    tally.count(error.code, made.body.route);
    return error;
  }

  async #deny(made: MadeDecision): Promise<never> {
    const { denials, tally, land, compose, now } = this.#options;
    const recorded = denials.take(made.caller.principal, Date.parse(now()));
    if (recorded) await land([compose(made)]);
    else tally.count("denial-over-cap", made.body.route);
    throw denial(made, recorded);
  }
}

function isReason<C extends string>(code: C): code is C & ReasonCode {
  return Object.hasOwn(REASONS, code);
}

/** The problem that an authenticated caller sees: every reason, what is missing, and the decision's id if a record holds it. */
function denial(made: MadeDecision, recorded: boolean): ProblemError {
  const { code, detail, missing } = denialOf(made.outcome);
  return new ProblemError(made.outcome.status === 404 ? "not-found" : code, detail, {
    ...(recorded ? { decisionId: made.id } : {}),
    missing,
  });
}
