import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Secret, signingKey } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import * as native from "../src/index.ts";
import * as portable from "../src/portable.ts";
import { id, TS } from "./fixture.ts";
import { hash, proposal } from "./quorum.ts";

const formats = readFileSync(join(import.meta.dirname, "../../../docs/reference/formats.md"), "utf8");
const key = signingKey(Secret.from(new Uint8Array(32).fill(1)));
const about = proposal({ id: id(100), policyDigest: hash(1) });

describe.each([
  ["native", native],
  ["portable", portable],
])("the bytes of formats.md, %s", (_, canon) => {
  test("are those of a witness statement", () => {
    const statement = { runtimeId: "0193", id: "w-ada", principal: "ada", replaces: null };
    const proof = canon.proveWitness(statement, key);
    expect(formats).toContain(`\`${proof.sig.value}\``);
    expect(canon.verifyWitnessProof(proof)).toEqual({
      v: 1,
      ...statement,
      kid: key.kid,
      publicKey: proof.statement.publicKey,
    });
  });

  test("are those of a proposal and an attestation", () => {
    const digest = canon.proposalDigest(about);
    expect(formats).toContain(`\`${canon.canonicalize(about)}\``);
    expect(formats).toContain(`\`${digest}\``);
    const attestation = { proposalDigest: digest, verdict: "approve", witness: "w-ada", iat: TS } as const;
    const vote = canon.signAttestation(attestation, key);
    expect(formats).toContain(`\`${vote.sig.value}\``);
    expect(canon.verifyAttestation(vote, key.publicKey)).toEqual({ ...attestation, keyId: key.kid });
  });
});
