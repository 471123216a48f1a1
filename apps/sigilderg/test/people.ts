import { proveWitness, signAttestation } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import type { Answer, Stack } from "./stack.ts";

/** A witness of a test: a principal with a key of its own. */
export class Voter {
  readonly key: SigningKey = signingKey(generateSeed());
  readonly id: string;
  readonly principal: string;

  constructor(principal: string, id = `w-${principal}`) {
    this.principal = principal;
    this.id = id;
  }

  proof(runtimeId: string, replaces: string | null = null) {
    const { id, principal, key } = this;
    return proveWitness({ runtimeId, id, principal, replaces }, key);
  }

  vote(proposalDigest: string, verdict: "approve" | "reject" = "approve", key = this.key) {
    return signAttestation({ proposalDigest, verdict, witness: this.id, iat: new Date().toISOString() }, key);
  }
}

/** What people do with proposals at a door. */
export class People {
  readonly #stack: Stack;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  enter(as: string, voters: readonly Voter[]): Promise<Answer> {
    const { runtimeId } = this.#stack.home;
    const witnesses = voters.map((voter) => voter.proof(runtimeId));
    return this.#stack.ask("POST", "/v1/quorum", { as, body: { witnesses } });
  }

  propose(as: string, action: string, request: unknown, more: Record<string, unknown> = {}): Promise<Answer> {
    const body = { action, request, reason: "a test asks for it", ...more };
    return this.#stack.ask("POST", "/v1/proposals", { as, body });
  }

  attest(
    voter: Voter,
    proposal: { id: string; digest: string },
    verdict: "approve" | "reject" = "approve",
  ): Promise<Answer> {
    return this.hand(voter.principal, proposal.id, voter.vote(proposal.digest, verdict));
  }

  hand(as: string, id: string, vote: unknown): Promise<Answer> {
    return this.#stack.ask("POST", `/v1/proposals/${id}/attestations`, { as, body: { vote } });
  }

  show(as: string, id: string): Promise<Answer> {
    return this.#stack.ask("GET", `/v1/proposals/${id}`, { as });
  }

  commit(as: string, id: string): Promise<Answer> {
    return this.#stack.ask("POST", `/v1/proposals/${id}/commit`, { as });
  }
}
