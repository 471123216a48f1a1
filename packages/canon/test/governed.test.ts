import { describe, expect, test } from "vitest";
import * as canon from "../src/index.ts";
import * as portable from "../src/portable.ts";
import { agreed, type Governed, govern, governed, id, pin, type Twists, without } from "./governed.ts";
import { hash, newKey, proof, proposal, witnessKeys } from "./quorum.ts";

const answer = ({ bundle, trust }: Pick<Governed, "bundle" | "trust">) => {
  const { verdict, code } = canon.verifyBundle(bundle, trust);
  return code ?? verdict;
};
/** The sentence of the first check that failed. */
const why = ({ bundle, trust }: Pick<Governed, "bundle" | "trust">) =>
  canon.verifyBundle(bundle, trust).steps.find(({ ok }) => !ok)?.detail;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The other spelling of a signature, S + L, which a lax verifier takes too. */
function malleated({ attestation, sig }: canon.SignedAttestation): canon.SignedAttestation {
  const bytes = Buffer.from(sig.value, "base64url");
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + L;
  const value = Buffer.concat([
    bytes.subarray(0, 32),
    Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse(),
  ]);
  return { attestation, sig: { ...sig, value: value.toString("base64url") } };
}

describe("a bundle of what others must agree to", () => {
  test("proves k of n offline, and says who approved", () => {
    const { bundle, trust } = agreed();
    const report = canon.verifyBundle(JSON.stringify(bundle), trust);
    expect(report.verdict).toBe("verified");
    expect(report.steps.filter(({ name }) => name === "quorum").map(({ detail }) => detail)).toEqual([
      "the pinned ceremony names 3 witnesses",
      "approved by w-bea, w-cid; 2 were needed",
    ]);
  });

  test("without a trust file is not checked and proves nothing", () => {
    const { bundle } = agreed();
    const report = canon.verifyBundle(bundle);
    expect(report.verdict).toBe("unpinned");
    expect(report.steps.find(({ name }) => name === "quorum")).toMatchObject({ ok: false });
  });

  test("is refused by a trust file of solo mode, which pins no ceremony", () => {
    const { bundle, trust } = agreed();
    expect(answer({ bundle, trust: { ...trust, quorum: { mode: "solo", ceremony: null } } })).toBe(
      "ceremony-not-pinned",
    );
  });

  test("is refused by the smallest build, which counts no votes", () => {
    const { bundle, trust } = agreed();
    expect(portable.verifyBundle(bundle, trust)).toMatchObject({
      verdict: "refused",
      code: "quorum-unchecked",
    });
    const solo = { ...trust, quorum: { mode: "solo", ceremony: null } } as const;
    expect(portable.verifyBundle(bundle, solo)).toMatchObject({
      verdict: "refused",
      code: "quorum-unchecked",
    });
  });

  const cases: readonly (readonly [what: string, why: string, twists: Twists])[] = [
    ["one approval where two are needed", "1 approvals count, 2", { votes: [["bea"]] }],
    ["no votes", "0 approvals count", { votes: [] }],
    [
      "a k that was written down lower than a majority",
      "1 approvals count, 2",
      { proposal: { requiredK: 1 }, votes: [["bea"]] },
    ],
    ["a k of nobody", "0 approvals count, 2", { proposal: { requiredK: 0, eligible: [] }, votes: [] }],
    ["a k above what voted", "2 approvals count, 3", { proposal: { requiredK: 3 } }],
    ["a vote twice by one witness", "1 approvals count", { votes: [["bea"], ["bea"]] }],
    [
      "the proposer's own vote",
      "1 approvals count",
      { proposal: { eligible: ["w-ada", "w-bea"] }, votes: [["ada"], ["bea"]] },
    ],
    ["a vote of a witness that was not eligible", "1 approvals count", { proposal: { eligible: ["w-bea"] } }],
    [
      "a vote for another proposal",
      "1 approvals count",
      { votes: [["bea"], ["cid", { proposalDigest: hash(9) }]] },
    ],
    ["a vote against", "1 approvals count", { votes: [["bea"], ["cid", { verdict: "reject" }]] }],
    ["a malleated signature", "does not verify under key", { vote: malleated }],
    [
      "a vote under another's name",
      "was never a key of witness w-cid",
      { votes: [["bea"], ["bea", { witness: "w-cid" }]] },
    ],
    ["a vote of nobody's", "no witness is called w-dan", { votes: [["bea"], ["dan"]] }],
    [
      "a vote that was changed after it was signed",
      "does not verify under key",
      {
        vote: (vote) => ({ ...vote, attestation: { ...vote.attestation, iat: "2026-11-22T12:00:00.001Z" } }),
      },
    ],
    [
      "other content than was voted on",
      "not the proposal's content",
      { effect: { payload: { version: 2 } } },
    ],
    ["a level other than was voted on", "this is a config.change at Guest", { effect: { loa: "Guest" } }],
    [
      "another stream than was voted on",
      "the record is in system/other",
      { effect: { stream: "system/other" } },
    ],
    [
      "another kind than was voted on",
      "this is a trust-model.change",
      { effect: { kind: "trust-model.change" } },
    ],
    [
      "a target that went on before the commit",
      "the record follows null",
      { proposal: { prevHash: hash(5) } },
    ],
    ["a commit at the very millisecond of the end", "its time was over", { ts: "2026-11-23T12:00:00.000Z" }],
    ["another runtime's proposal", "of another runtime", { proposal: { runtimeId: "other" } }],
    ["a digest that is not the proposal's", "its record says", { created: { digest: hash(1) } }],
    ["a created record with a field too many", "note", { created: { note: "x" } }],
    ["a version of the witness set that never was", "no version 2", { proposal: { witnessVersion: 2 } }],
    [
      "another witness set at the commit",
      "another witness set than version 1",
      { closed: { witnessRecord: hash(1) } },
    ],
    ["an end that names another digest", "its end says", { closed: { digest: hash(1) } }],
    ["an end that says solo", 'is "solo"', { closed: { mode: "solo" } }],
    [
      "an end that names several records",
      "not the record that the proposal's end names",
      {
        closed: {
          effects: [1, 2].map((n) => ({
            id: id(203 + n),
            kind: "config.change",
            stream: "system/config",
            digest: hash(n),
          })),
        },
      },
    ],
  ];
  test.each(cases)("is refused for %s", (_, because, twists) => {
    const bundle = agreed(twists);
    expect(answer(bundle)).toBe("quorum-invalid");
    expect(why(bundle)).toContain(because);
  });

  test("is the same to the portable entry", () => {
    const whole = agreed();
    const bundles = [
      whole,
      { ...whole, bundle: without(whole, "proposal.vote") },
      agreed({ vote: malleated }),
    ];
    for (const { bundle, trust } of bundles)
      expect(portable.verifyGovernedBundle(bundle, trust)).toEqual(canon.verifyBundle(bundle, trust));
  });

  test("counts up to one millisecond before the end", () => {
    expect(answer(agreed({ ts: "2026-11-23T11:59:59.999Z" }))).toBe("verified");
  });

  test.each(["quorum.entered", "proposal.created", "proposal.vote", "proposal.closed"])(
    "is refused without its %s",
    (kind) => {
      const whole = agreed();
      expect(answer({ trust: whole.trust, bundle: without(whole, kind) })).toBe("quorum-missing");
    },
  );

  test("is refused under a ceremony that nobody pinned", () => {
    const { bundle, trust } = agreed();
    expect(answer({ bundle, trust: { ...trust, quorum: { mode: "quorum", ceremony: hash(3) } } })).toBe(
      "quorum-missing",
    );
    const genesis = { mode: "quorum", ceremony: trust.genesis } as const;
    expect(answer({ bundle, trust: { ...trust, quorum: genesis } })).toBe("quorum-invalid");
  });

  test("is refused when a witness's key is pinned for another purpose", () => {
    const { bundle, trust } = agreed();
    const keys = { ...trust.keys, issuer: [pin(witnessKeys.bea)] };
    expect(answer({ bundle, trust: { ...trust, keys } })).toBe("quorum-invalid");
  });

  test("needs no votes for what was written before the ceremony, nor for what no row governs", () => {
    const { bundle, trust } = governed((log) => {
      log.add("license.issue", "license/eve", { loa: "Operator" });
      log.add("system.lockdown", "system/lockdown", { state: "entered", mode: "quorum" });
    });
    expect(answer({ bundle, trust })).toBe("verified");
  });

  test.each([
    ["license.issue", { loa: "Mentor" }],
    ["license.issue", { loa: "Root" }],
    ["system.lockdown", { state: "left" }],
    ["module.change", { change: "register" }],
    ["module.change", { change: "reinstate" }],
    ["policy.change", {}],
    ["trust-model.change", {}],
    ["config.change", {}],
    ["log.policy", {}],
    ["issuer.change", {}],
    ["client-key.change", {}],
    ["witness.change", {}],
  ] as const)("with a %s of %j and no proposal is refused", (kind, payload) => {
    expect(answer(governed((log) => log.add(kind, "system/x", payload)))).toBe("quorum-missing");
  });
});

describe("the witness set that a bundle proves", () => {
  const next = newKey();
  const change = (
    payload: object,
    prevHash: string | null,
    n: number,
    changes: Partial<canon.Proposal> = {},
  ) =>
    proposal({
      id: id(100 + n),
      action: "witness.change",
      entry: { kind: "witness.change", stream: "system/witnesses", loa: "Mentor" },
      content: { ...payload, reason: "x", mode: "quorum" } as never,
      prevHash,
      ...changes,
    });

  test("is the old set's to change, and counts from then on", () => {
    const { bundle, trust } = governed((log, record) => {
      const first = { version: 1, record };
      const added = { change: "add", version: 2, witness: proof("dan", witnessKeys.dan) };
      const second = { version: 2, record: govern(log, change(added, null, 1), first) };
      const config = proposal({ witnessVersion: 2, requiredK: 3, eligible: ["w-bea", "w-cid", "w-dan"] });
      govern(log, config, second, { votes: [["bea"], ["cid"], ["dan"]] });
    });
    expect(answer({ bundle, trust })).toBe("verified");
  });

  test("is not changed by the votes of those whom the change brings", () => {
    const bad = governed((log, record) => {
      const added = { change: "add", version: 2, witness: proof("dan", witnessKeys.dan) };
      govern(
        log,
        change(added, null, 1, { eligible: ["w-bea", "w-dan"] }),
        { version: 1, record },
        { votes: [["bea"], ["dan"]] },
      );
    });
    expect(answer(bad)).toBe("quorum-invalid");
  });

  test("needs the majority of its own size, whatever a proposal says", () => {
    const bad = governed((log, record) => {
      const added = { change: "add", version: 2, witness: proof("dan", witnessKeys.dan) };
      const second = { version: 2, record: govern(log, change(added, null, 1), { version: 1, record }) };
      govern(log, proposal({ witnessVersion: 2 }), second);
    });
    expect(answer(bad)).toBe("quorum-invalid");
  });

  const rotation = (old: boolean) => {
    const witness = proof("bea", next, { replaces: witnessKeys.bea.kid });
    return {
      change: "rotate",
      version: 2,
      witness,
      old: old ? canon.handOver(witness.statement, witnessKeys.bea) : null,
    };
  };
  /** A proposal that bea votes on before her key is rotated and that is committed after. */
  const across = (old: boolean) =>
    governed((log, record) => {
      const config = proposal();
      const stream = `proposal/${config.id}`;
      const digest = canon.proposalDigest(config);
      const created = log.add("proposal.created", stream, { proposal: config, digest });
      const votes = (["bea", "cid"] as const).map((each) => {
        const attestation = {
          proposalDigest: digest,
          verdict: "approve",
          witness: `w-${each}`,
          iat: config.createdAt,
        } as const;
        const vote = canon.signAttestation(attestation, witnessKeys[each]);
        return log.add("proposal.vote", stream, { proposal: config.id, vote, reason: "" });
      });
      const witnessRecord = govern(log, change(rotation(old), null, 1), { version: 1, record });
      log.add("config.change", "system/config", config.content, { loa: "Mentor" });
      const { id: written, kind, stream: target } = log.records.at(-1) as canon.CanonRecord;
      const effects = [
        {
          id: written,
          kind,
          stream: target,
          digest: canon.draftDigest(log.records.at(-1) as canon.CanonRecord),
        },
      ];
      const closed = {
        state: "committed",
        proposal: config.id,
        digest,
        created,
        votes,
        effects,
        mode: "quorum",
      };
      log.add("proposal.closed", stream, { ...closed, witnessVersion: 2, witnessRecord });
    });

  test("lets a vote stand whose key was handed over since", () => {
    expect(answer(across(true))).toBe("verified");
  });

  test("takes a vote back whose key was lost since", () => {
    expect(answer(across(false))).toBe("quorum-invalid");
  });

  test("cannot be rolled back: a commit names the version that it was under", () => {
    const whole = governed((log, record) => {
      const added = { change: "add", version: 2, witness: proof("dan", witnessKeys.dan) };
      const second = { version: 2, record: govern(log, change(added, null, 1), { version: 1, record }) };
      govern(log, proposal({ witnessVersion: 2, eligible: ["w-bea", "w-cid", "w-dan"] }), second, {
        votes: [["bea"], ["cid"], ["dan"]],
      });
    });
    expect(answer(whole)).toBe("verified");
    expect(answer({ trust: whole.trust, bundle: without(whole, "witness.change") })).toBe("quorum-missing");
  });
});
