import { describe, expect, it } from "vitest";
import { LicenceRegister } from "../../src/domain/credentials/licence-register.ts";

const issue = (jti: string, sub: string, serial: number) => ({
  kind: "license.issue" as const,
  payload: { jti, sub, serial, loa: "Operator", exp: 0, scope: ["*"], issuer: "k" },
});

describe("licence register", () => {
  it("a licence is recorded once its record is read, and revoked once its revocation is", () => {
    const register = new LicenceRegister();
    expect(register.state("j1")).toBe("unrecorded");
    register.absorb(issue("j1", "alice", 1));
    expect(register.state("j1")).toBe("recorded");
    register.absorb({ kind: "license.revoke", payload: { jti: "j1", sub: "alice", reason: "lost" } });
    expect(register.state("j1")).toBe("revoked");
  });

  it("a revocation counts whichever order the records are read in", () => {
    const register = new LicenceRegister();
    register.absorb({ kind: "license.revoke", payload: { jti: "j1", sub: "alice", reason: "lost" } });
    register.absorb(issue("j1", "alice", 1));
    expect(register.state("j1")).toBe("revoked");
  });

  it("the highest serial of a subject never falls", () => {
    const register = new LicenceRegister();
    expect(register.highestSerial("alice")).toBeUndefined();
    register.absorb(issue("j2", "alice", 2));
    register.absorb(issue("j1", "alice", 1));
    register.absorb(issue("j9", "bob", 9));
    expect(register.highestSerial("alice")).toBe(2);
  });

  it("a record of another kind says nothing about licences, whatever its payload", () => {
    const register = new LicenceRegister();
    register.absorb({ kind: "memory.block", payload: issue("j1", "alice", 1).payload });
    expect(register.state("j1")).toBe("unrecorded");
  });
});
