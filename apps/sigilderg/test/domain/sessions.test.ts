import type { LicenceClaims } from "@sigil/policy";
import { describe, expect, it } from "vitest";
import type { CredentialError } from "../../src/domain/credentials/credential-error.ts";
import { SESSION_IDLE_MS, SESSION_MAX_MS, Sessions } from "../../src/domain/credentials/sessions.ts";

const NOW = 1_795_435_200_000;
const claims = (sub = "alice", jti = "j1", exp = NOW / 1000 + 1e6) =>
  ({ sub, jti, exp }) as unknown as LicenceClaims;
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as CredentialError).code;
  }
  return "none";
};

describe("sessions", () => {
  it("open with the cookie and the secret of one another, and with nothing else", () => {
    const sessions = new Sessions();
    const [one, two] = [sessions.open(claims(), "t1", NOW), sessions.open(claims("bob", "j2"), "t2", NOW)];
    expect(sessions.use(one.cookie, one.secret, NOW).token).toBe("t1");
    expect(codeOf(() => sessions.use(one.cookie, two.secret, NOW))).toBe("session-secret");
    expect(codeOf(() => sessions.use(one.secret, one.cookie, NOW))).toBe("session-unknown");
    expect(codeOf(() => sessions.use("", "", NOW))).toBe("session-unknown");
  });

  it("end without use, after their time, and with the licence", () => {
    const sessions = new Sessions();
    const idle = sessions.open(claims(), "t", NOW);
    expect(codeOf(() => sessions.use(idle.cookie, idle.secret, NOW + SESSION_IDLE_MS))).toBe(
      "session-unknown",
    );
    const busy = sessions.open(claims(), "t", NOW);
    for (let at = NOW; at < NOW + SESSION_MAX_MS; at += SESSION_IDLE_MS - 1)
      expect(sessions.use(busy.cookie, busy.secret, at).token).toBe("t");
    expect(codeOf(() => sessions.use(busy.cookie, busy.secret, NOW + SESSION_MAX_MS))).toBe(
      "session-unknown",
    );
    const short = sessions.open(claims("alice", "j1", NOW / 1000 + 5), "t", NOW);
    expect(codeOf(() => sessions.use(short.cookie, short.secret, NOW + 5_000))).toBe("session-unknown");
    const revoked = sessions.open(claims("alice", "j9"), "t", NOW);
    expect(sessions.closeOf("j9")).toBe(1);
    expect(codeOf(() => sessions.use(revoked.cookie, revoked.secret, NOW))).toBe("session-unknown");
  });

  it("are bounded: the oldest of a principal gives way, and nobody's when all are taken", () => {
    const sessions = new Sessions();
    const first = sessions.open(claims(), "t", NOW);
    for (let at = 0; at < 16; at++) sessions.open(claims(), "t", NOW);
    expect(codeOf(() => sessions.use(first.cookie, first.secret, NOW))).toBe("session-unknown");
    expect(sessions.size).toBe(16);
    for (let at = 0; at < 2_000 && sessions.size < 1_024; at++) sessions.open(claims(`p${at}`), "t", NOW);
    expect(codeOf(() => sessions.open(claims("late"), "t", NOW))).toBe("sessions-full");
    sessions.sweep(NOW + SESSION_IDLE_MS);
    expect(sessions.size).toBe(0);
  });
});

describe("a CSRF token", () => {
  const sessions = new Sessions();
  const keyOf = (jti: string) => {
    const { cookie, secret } = sessions.open(claims(jti, jti), "t", NOW);
    return sessions.use(cookie, secret, NOW).key;
  };
  const [mine, other] = [keyOf("a"), keyOf("b")];

  it("is good for one success: a mutation that did not happen gives it back", () => {
    const { token } = sessions.mint(mine, NOW);
    const undo = sessions.spend(mine, token, NOW);
    expect(
      codeOf(() => sessions.spend(mine, token, NOW)),
      "while the first is under way",
    ).toBe("csrf-refused");
    undo();
    sessions.spend(mine, token, NOW);
    expect(codeOf(() => sessions.spend(mine, token, NOW))).toBe("csrf-refused");
  });

  it("is worth nothing in another session, after ten minutes, changed or absent", () => {
    const { token, endsAt } = sessions.mint(mine, NOW);
    expect(codeOf(() => sessions.spend(other, token, NOW))).toBe("csrf-refused");
    expect(codeOf(() => sessions.spend(mine, token, endsAt))).toBe("csrf-refused");
    const flipped = (at: number) =>
      token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    for (const wrong of [
      undefined,
      "",
      "x",
      `${token}=`,
      ` ${token}`,
      ...Array.from({ length: 76 }, (_, at) => flipped(at)),
    ])
      expect(
        codeOf(() => sessions.spend(mine, wrong, NOW)),
        String(wrong),
      ).toBe("csrf-refused");
    sessions.spend(mine, token, endsAt - 1);
  });
});
