import { isDeepStrictEqual } from "node:util";
import {
  ACTIONS,
  actionRow,
  type Caller,
  compareLoa,
  type Decision,
  decide,
  type Facts,
  LOA,
  policyDigest,
  REASONS,
  sigmoid,
} from "@sigil/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { caller, derg, mmf, NOW, QUORUM, SOLO } from "./people.ts";

const ask = (action: string, who: Caller | null, facts: Facts = SOLO): Decision =>
  decide(action, who, facts, NOW);
const codes = (decision: Decision) => decision.reasons.map(({ code }) => code);

/** What goes on in lockdown, as the issue lists it: reads, health, sessions, license.revoke and what leaves it. */
const GOES_ON: readonly string[] = [
  ...["local.run", "health.read", "static.read", "log.read", "instance.challenge"],
  ...[
    "license.validate",
    "session.open",
    "session.close",
    "csrf.mint",
    "trust.check",
    "trust.read",
    "module.list",
  ],
  ...["memory.read", "memory.search", "rag.read", "rag.search", "canon.read", "chain.read", "run.read"],
  ...["decision.read", "decision.explain", "audit.read", "witness.read", "proposal.read", "license.read"],
  ...["policy.read", "config.read", "metrics.read", "review.read", "memory.read-private", "run.read-private"],
  ...["license.revoke", "lockdown.leave", "witness.revoke", "store.append", "store.read", "store.prove"],
];

describe("lockdown", () => {
  const locked: Facts = { mode: "solo", lockdown: true, witness: true };

  test("stops every action of the table but reads, health, sessions, license.revoke and what leaves it", () => {
    for (const { action, by } of ACTIONS) {
      const who = by === undefined ? caller("Root") : by === "mmf" ? mmf : derg;
      const stopped = codes(ask(action, who, locked)).includes("locked-down");
      expect([action, stopped]).toEqual([action, !GOES_ON.includes(action)]);
      expect(codes(ask(action, who, { ...locked, lockdown: false }))).not.toContain("locked-down");
    }
  });

  test("lets a proposal live only if it leads out", () => {
    for (const action of ["proposal.create", "proposal.withdraw", "proposal.attest", "proposal.commit"]) {
      for (const { action: proposed } of ACTIONS) {
        const { verdict } = ask(action, caller("Root"), { ...locked, proposed });
        const out = proposed === "lockdown.leave" || proposed === "witness.revoke";
        expect([action, proposed, verdict]).toEqual([action, proposed, out ? "allow" : "deny"]);
      }
      expect(ask(action, caller("Root"), { ...locked, proposed: "__proto__" }).verdict).toBe("deny");
    }
  });

  test("never allows what was denied without it", () => {
    for (const { action } of ACTIONS) {
      for (const who of [null, derg, mmf, ...LOA.map((loa) => caller(loa))]) {
        if (ask(action, who, { ...locked, lockdown: false }).verdict === "allow") continue;
        expect(ask(action, who, locked).verdict, action).toBe("deny");
      }
    }
  });

  test("is left by one Root in solo mode, marked, and by a quorum in quorum mode", () => {
    expect(codes(ask("lockdown.leave", caller("Root"), locked))).toEqual(["solo-mode"]);
    expect(codes(ask("lockdown.leave", caller("Root"), { ...locked, mode: "quorum" }))).toEqual([
      "quorum-required",
    ]);
    expect(codes(ask("lockdown.leave", caller("Mentor"), locked))).toContain("level-too-low");
  });
});

describe("decide", () => {
  test("allows what the level, the scope and the trust allow, and cites the table that decided", () => {
    const decision = ask("memory.write", caller("Operator"));
    expect(decision).toMatchObject({
      verdict: "allow",
      status: 200,
      action: "memory.write",
      principal: "alice",
      loa: "Operator",
      reasons: [],
      policy: policyDigest(),
    });
    expect(decision.trust?.allowed).toBe(true);
  });

  test("denies what the table does not know, whoever asks", () => {
    for (const who of [null, caller("Root"), derg]) {
      expect(ask("memory.destroy", who)).toMatchObject({ verdict: "deny", status: 404 });
    }
  });

  test("denies a level that is too low, and says which one is had and which one needed", () => {
    const decision = ask("policy.change", caller("Operator"));
    expect(decision.status).toBe(403);
    expect(decision.reasons[0]).toEqual({
      code: "level-too-low",
      detail: "have Operator, policy.change needs Root",
    });
  });

  test("gives every reason at once, so that nobody finds them one by one", () => {
    const decision = ask("policy.change", caller("Guest", ["memory.*"]), { mode: "quorum", anomaly: 1 });
    expect(codes(decision)).toEqual(["level-too-low", "out-of-scope", "trust-too-low", "quorum-required"]);
  });

  test("answers 401 to nobody, and to a level without the licence that gave it", () => {
    expect(ask("memory.read", null)).toMatchObject({ status: 401, loa: null, principal: null });
    expect(codes(ask("memory.read", { principal: "alice", loa: "Root" }))).toEqual(["licence-required"]);
  });

  test("answers 404 for a target that the caller may not know of, but only to who could act on it", () => {
    const hidden: Facts = { mode: "solo", visible: false };
    expect(ask("memory.read", caller("Observer"), hidden)).toMatchObject({ status: 404 });
    expect(ask("memory.read", caller("Guest"), hidden)).toMatchObject({ status: 403 });
    expect(codes(ask("memory.read", caller("Guest"), hidden))).toEqual(["level-too-low"]);
  });

  test("opens a service's row to that service alone", () => {
    expect(ask("store.append", derg).verdict).toBe("allow");
    expect(ask("host.call", mmf).verdict).toBe("allow");
    for (const who of [null, caller("Root"), mmf])
      expect(codes(ask("store.append", who))).toEqual(["service-only"]);
    expect(codes(ask("host.call", derg))).toEqual(["service-only"]);
    expect(codes(ask("store.append", { ...derg, via: { module: "m", loa: "Root" } }))).toEqual([
      "service-only",
    ]);
  });

  test("gives a service no level of its own", () => {
    expect(codes(ask("memory.read", derg))).toEqual(["licence-required"]);
  });

  test("takes the lowest level along the chain", () => {
    const nested: Caller = {
      ...caller("Root"),
      via: { module: "a", loa: "Mentor", via: { module: "b", loa: "Observer" } },
    };
    expect(ask("memory.write", nested)).toMatchObject({ verdict: "deny", loa: "Observer" });
    expect(ask("memory.read", nested)).toMatchObject({ verdict: "allow", loa: "Observer" });
    const raised: Caller = { ...caller("Observer"), via: { module: "a", loa: "Root" } };
    expect(ask("memory.write", raised)).toMatchObject({ verdict: "deny", loa: "Observer" });
  });

  test("ends on a chain that bites its own tail", () => {
    const via: { module: string; loa: "Root"; via?: unknown } = { module: "a", loa: "Root" };
    via.via = via;
    expect(codes(ask("memory.read", { ...caller("Root"), via } as Caller))).toEqual(["policy-failed"]);
  });

  test("lets only an active registered witness attest", () => {
    expect(codes(ask("proposal.attest", caller("Mentor")))).toEqual(["witness-required"]);
    expect(ask("proposal.attest", caller("Mentor"), { mode: "solo", witness: true }).verdict).toBe("allow");
  });

  test("keeps a reason short however long the scope is", () => {
    const scope = Array.from(
      { length: 64 },
      (_, i) => `${"a".repeat(30)}.${"b".repeat(20)}${String.fromCharCode(97 + (i % 26))}`,
    );
    const [reason] = ask("memory.read", caller("Observer", scope)).reasons;
    expect(reason?.code).toBe("out-of-scope");
    expect(reason?.detail.length).toBeLessThan(512);
  });
});

describe("a quorum", () => {
  test("is not asked in solo mode, and the decision says so", () => {
    const decision = ask("module.register", caller("Root"));
    expect(decision.verdict).toBe("allow");
    expect(decision.reasons).toEqual([
      {
        code: "solo-mode",
        detail:
          "allowed by one person: in quorum mode module.register needs 2 attestations of other principals",
      },
    ]);
  });

  test("is required in quorum mode", () => {
    for (const action of ["module.register", "record.erase", "witness.add", "policy.change"]) {
      expect(codes(ask(action, caller("Root"), QUORUM)), action).toEqual(["quorum-required"]);
    }
  });

  test("that is reached is not asked again: for no row of the table, and nothing else is let off", () => {
    for (const { action, quorum } of ACTIONS) {
      const approved = ask(action, caller("Root"), { ...QUORUM, approved: true });
      expect(codes(approved), action).not.toContain("quorum-required");
      const others = codes(ask(action, caller("Root"), QUORUM)).filter((code) => code !== "quorum-required");
      expect(codes(approved), `${action}, ${quorum}`).toEqual(others);
    }
    expect(codes(ask("policy.change", caller("Mentor"), { ...QUORUM, approved: true }))).toContain(
      "level-too-low",
    );
    expect(
      codes(ask("policy.change", caller("Root"), { ...QUORUM, approved: true, lockdown: true })),
    ).toEqual(["locked-down"]);
    expect(codes(ask("policy.change", caller("Root"), { ...QUORUM, approved: false }))).toEqual([
      "quorum-required",
    ]);
    expect(codes(ask("policy.change", caller("Root"), { mode: "quorum", approved: "yes" } as never))).toEqual(
      ["facts-invalid"],
    );
  });

  test("is asked of a licence for Mentor and above, and of one whose level is not said", () => {
    const issue = (facts: Partial<Facts>) =>
      ask("license.issue", caller("Root"), { ...QUORUM, ...facts }).verdict;
    expect(LOA.map((targetLoa) => issue({ targetLoa }))).toEqual(["allow", "allow", "allow", "deny", "deny"]);
    expect(issue({})).toBe("deny");
  });

  test("of a proposal is counted when it is committed, and an operator's own act needs none", () => {
    expect(ask("proposal.commit", caller("Root"), QUORUM).verdict).toBe("allow");
    expect(ask("store.backup", caller("Root"), QUORUM)).toMatchObject({ verdict: "allow", reasons: [] });
    expect(codes(ask("proposal.commit", caller("Root")))).toEqual(["solo-mode"]);
  });
});

describe("what is not sound denies", () => {
  const facts: [string, unknown][] = [
    ["no facts", null],
    ["another mode", { mode: "open" }],
    ["a pressure above 1", { mode: "solo", requestRate: 1.01 }],
    ["a pressure that is NaN", { mode: "solo", anomaly: Number.NaN }],
    ["a sensitivity that is text", { mode: "solo", targetSensitivity: "0" }],
    ["negative bad evidence", { mode: "solo", history: { good: 0, bad: -1, incident: false } }],
    [
      "endless good evidence",
      { mode: "solo", history: { good: Number.POSITIVE_INFINITY, bad: 0, incident: false } },
    ],
    ["an incident that is text", { mode: "solo", history: { good: 0, bad: 0, incident: "no" } }],
    ["a target of no level", { mode: "quorum", targetLoa: "Admin" }],
    ["a witness by text", { mode: "solo", witness: "yes" }],
  ];
  test.each(facts)("%s", (_, value) => {
    expect(ask("memory.read", caller("Root"), value as Facts).verdict).toBe("deny");
  });

  test("a time that is none", () => {
    expect(codes(decide("memory.read", caller("Root"), SOLO, "yesterday"))).toEqual(["facts-invalid"]);
  });

  test("a level that is none, as a denial with a reason and nothing internal in it", () => {
    const decision = ask("memory.read", caller("Admin" as "Root"));
    expect(decision).toMatchObject({ verdict: "deny", status: 403, loa: null, trust: null });
    expect(codes(decision)).toEqual(["policy-failed"]);
    const trap = {
      ...caller("Root"),
      get loa(): "Root" {
        throw new Error("secret path /home/x");
      },
    };
    expect(ask("memory.read", trap).reasons[0]?.detail).not.toContain("secret");
  });
});

describe("for every question", () => {
  const level = fc.constantFrom(...LOA);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const evidence = fc.double({ min: 0, max: 1e6, noNaN: true });
  const anyFacts: fc.Arbitrary<Facts> = fc.record({
    mode: fc.constantFrom("solo", "quorum"),
    targetSensitivity: share,
    requestRate: share,
    anomaly: share,
    witness: fc.boolean(),
    visible: fc.boolean(),
    history: fc.record({ good: evidence, bad: evidence, incident: fc.boolean() }),
  });
  const action = fc.constantFrom(...ACTIONS.map((row) => row.action));

  test("decide answers and never throws, whatever it is given, and what it cannot read it denies", () => {
    const rows = new Map(ACTIONS.map((row) => [row.action, row]));
    fc.assert(
      fc.property(
        fc.oneof(action, fc.anything()),
        fc.anything(),
        fc.anything(),
        fc.anything(),
        (a, who, facts, now) => {
          const decision = decide(a as string, who as Caller, facts as Facts, now as string);
          const open = rows.get(a as string)?.least === "none";
          expect(open || decision.verdict === "deny").toBe(true);
          expect(decision.verdict === "deny").toBe(decision.status !== 200);
        },
      ),
    );
  });

  test("the same question has the same answer", () => {
    fc.assert(
      fc.property(action, level, anyFacts, (a, loa, facts) => {
        expect(ask(a, caller(loa), facts)).toEqual(ask(a, caller(loa), facts));
      }),
    );
  });

  test("a higher level never loses a right", () => {
    fc.assert(
      fc.property(action, level, level, anyFacts, (a, one, other, facts) => {
        const [low, high] = compareLoa(one, other) <= 0 ? [one, other] : [other, one];
        fc.pre(ask(a, caller(low), facts).verdict === "allow");
        expect(ask(a, caller(high), facts).verdict).toBe("allow");
      }),
    );
  });

  test("a link in the chain never gains one", () => {
    fc.assert(
      fc.property(action, level, level, anyFacts, (a, loa, through, facts) => {
        fc.pre(ask(a, caller(loa), facts).verdict === "deny");
        const chained = ask(a, { ...caller(loa), via: { module: "m", loa: through } }, facts).verdict;
        expect(chained).toBe("deny");
      }),
    );
  });

  test("whatever speaks against a question in addition never turns its denial into an allow", () => {
    const scope = fc.subarray(["*", "memory.*", "canon.read", "module.run"]);
    fc.assert(
      fc.property(
        action,
        level,
        scope,
        anyFacts,
        anyFacts,
        level,
        (a, loa, granted, facts, worse, through) => {
          const who = caller(loa, granted);
          const before = ask(a, who, facts);
          fc.pre(before.verdict === "deny");
          const more = (name: "targetSensitivity" | "requestRate" | "anomaly") =>
            Math.max(facts[name] ?? 0, worse[name] ?? 0);
          const against: [Caller, Facts][] = [
            [caller(loa, granted.slice(1)), facts],
            [{ ...who, via: { module: "m", loa: through } }, facts],
            [who, { ...facts, targetSensitivity: more("targetSensitivity") }],
            [who, { ...facts, requestRate: more("requestRate") }],
            [who, { ...facts, anomaly: more("anomaly") }],
            [who, { ...facts, witness: false }],
            [who, { ...facts, visible: false }],
            [who, { ...facts, mode: "quorum" }],
            [who, { ...facts, history: { ...(facts.history ?? { good: 0, bad: 0 }), incident: true } }],
          ];
          for (const [asker, known] of against) expect(ask(a, asker, known).verdict).toBe("deny");
        },
      ),
    );
  });

  test("the explanation adds up exactly to the score of the decision", () => {
    fc.assert(
      fc.property(action, level, anyFacts, (a, loa, facts) => {
        const { trust } = ask(a, caller(loa), facts);
        if (trust === null) return;
        const sum = trust.contributions.reduce((total, { logOdds }) => total + logOdds, trust.bias);
        expect(sum).toBe(trust.logit);
        expect(sigmoid(sum)).toBe(trust.score);
      }),
    );
  });

  test("a throw at any look at the caller or the facts is a denial with a reason, or changes nothing", () => {
    fc.assert(
      fc.property(action, level, anyFacts, fc.nat(24), fc.boolean(), (a, loa, facts, at, ofFacts) => {
        let looks = 0;
        const trapped = <T extends object>(value: T): T =>
          new Proxy(value, {
            get(target, name) {
              if (looks++ === at) throw new Error("secret path /home/x");
              const found: unknown = Reflect.get(target, name);
              return typeof found === "object" && found !== null ? trapped(found) : found;
            },
          });
        const plain = ask(a, caller(loa), facts);
        const decision = ofFacts ? ask(a, caller(loa), trapped(facts)) : ask(a, trapped(caller(loa)), facts);
        const same = looks <= at && isDeepStrictEqual(decision, plain);
        const closed = decision.verdict === "deny" && decision.reasons.length > 0;
        expect(same || closed || actionRow(a).least === "none").toBe(true);
        expect(JSON.stringify(decision)).not.toContain("secret");
      }),
    );
  });

  test("a denial has a reason of the closed list, and an allow none but the mark of solo mode", () => {
    fc.assert(
      fc.property(action, level, anyFacts, (a, loa, facts) => {
        const decision = ask(a, caller(loa), facts);
        for (const code of codes(decision)) expect(REASONS).toHaveProperty(code);
        const against = codes(decision).filter((code) => code !== "solo-mode");
        expect(against.length > 0).toBe(decision.verdict === "deny");
      }),
    );
  });
});
