import { describe, expect, test } from "vitest";
import * as canon from "../src/index.ts";
import { keys } from "./fixture.ts";
import { agreed, type Governed, govern, governed, id, type Twists, without } from "./governed.ts";
import { ballot, hash, proof, proposal, witnessKeys } from "./quorum.ts";

type Case = Pick<Governed, "bundle" | "trust">;
const SOLO = { mode: "solo", ceremony: null } as const;
const verify = ({ bundle, trust }: Case) => canon.verifyBundle(bundle, trust);
/** The verdict, or the code and the sentence of the first check that failed. */
function answer(of: Case): string {
  const { code, steps, verdict } = verify(of);
  return code === undefined ? verdict : `${code}: ${steps.find(({ ok }) => !ok)?.detail}`;
}
const quorumSteps = (of: Case) => verify(of).steps.filter(({ name }) => name === "quorum");
const kinds = (of: Governed, ...names: string[]): canon.ProofBundle => ({
  ...of.bundle,
  entries: of.bundle.entries.filter(({ record }) => names.includes(record?.record.kind ?? "")),
});
const recordOf = ({ log }: Governed, kind: string) =>
  log.records.find((each) => each.kind === kind) as canon.CanonRecord;
const PROPOSAL = proposal().id;
const FOUR = { eligible: ["w-bea", "w-cid", "w-dan"] };
const ALL = [["bea"], ["cid"], ["dan"]] as const;

describe("a bundle brings every part of a proposal", () => {
  const whole = agreed();
  const [{ id: written }, created, vote] = [
    recordOf(whole, "config.change"),
    canon.recordHash(recordOf(whole, "proposal.created")),
    canon.recordHash(recordOf(whole, "proposal.vote")),
  ];
  const missing = (what: string) => `quorum-missing: ${what}; export it with the bundle`;

  test.each([
    [
      "quorum.entered",
      `the ceremony ${whole.trust.quorum.ceremony} that the trust file pins is not in the bundle`,
    ],
    ["proposal.closed", `no committed proposal in the bundle wrote config.change ${written}`],
    ["proposal.created", `the proposal.created ${created} of proposal ${PROPOSAL} is not in the bundle`],
    ["proposal.vote", `the proposal.vote ${vote} of proposal ${PROPOSAL} is not in the bundle`],
  ])("and without its %s says what is missing", (kind, what) => {
    expect(answer({ trust: whole.trust, bundle: without(whole, kind) })).toBe(missing(what));
  });

  test("and a later commit without the change of witnesses before it says so", () => {
    const both = governed((log, record) => {
      const second = { version: 2, record: addDan(log, record) };
      govern(log, proposal({ witnessVersion: 2, ...FOUR }), second, { votes: ALL });
    });
    expect(answer(both)).toBe("verified");
    expect(answer({ trust: both.trust, bundle: without(both, "witness.change") })).toBe(
      missing("the commit was under version 2 of the witness set, the bundle proves 1"),
    );
  });

  test("in any order of its entries", () => {
    const both = governed((log, record) => {
      const second = { version: 2, record: addDan(log, record) };
      govern(log, proposal({ witnessVersion: 2, ...FOUR }), second, { votes: ALL });
    });
    const turned = { ...both.bundle, entries: both.bundle.entries.toReversed() };
    expect(quorumSteps({ trust: both.trust, bundle: turned })).toEqual(quorumSteps(both));
    expect(answer({ trust: both.trust, bundle: turned })).toBe("verified");
  });

  const stray = "proposal/another";
  test.each<[what: string, twists: Twists, sentence: RegExp]>([
    [
      "a vote where the proposal should be",
      { closed: ({ votes }) => ({ created: votes[0] }) },
      /^sha256:[0-9a-f]{64} is no proposal\.created of proposal /,
    ],
    [
      "the proposal where a vote should be",
      { closed: ({ created, votes }) => ({ votes: [...votes, created] }) },
      /^sha256:[0-9a-f]{64} is no proposal\.vote of proposal /,
    ],
    [
      "a created record with a field too many",
      { created: { note: "x" } },
      /^\$\.payload: "note" is not a field/,
    ],
    [
      "a created record that names another digest",
      { created: { digest: hash(1) } },
      /, its record says sha256:0+1$/,
    ],
    [
      "an end of solo mode",
      { closed: { mode: "solo" } },
      /^\$\.payload\.mode: is "solo"; it must be "quorum"$/,
    ],
    [
      "an end without its votes",
      { closed: { votes: null } },
      /^\$\.payload\.votes: is null; it must be an array$/,
    ],
  ])("and is refused with %s", (_, twists, sentence) => {
    const [code, detail] = answer(agreed(twists)).split(/: (.*)/s);
    expect(code).toBe("quorum-invalid");
    expect(detail).toMatch(sentence);
  });

  test("and not one out of another proposal's stream", () => {
    const mixed = governed((log, record) => {
      const about = proposal();
      const vote = log.add("proposal.vote", stray, {
        proposal: about.id,
        vote: ballot("bea", about),
        reason: "",
      });
      govern(
        log,
        about,
        { version: 1, record },
        { votes: [["cid"]], closed: ({ votes }) => ({ votes: [vote, ...votes] }) },
      );
    });
    expect(answer(mixed)).toMatch(/^quorum-invalid: sha256:[0-9a-f]{64} is no proposal\.vote of proposal /);
  });

  test("and is refused when its content is larger than any proposal's", () => {
    const entry = { kind: "run.calls", stream: "system/config", loa: "Mentor" } as const;
    const effect = { payload: { calls: "c".repeat(100_000) } };
    expect(answer(agreed({ proposal: { entry }, effect }))).toBe(
      "quorum-invalid: the record's payload is not the proposal's content",
    );
  });

  test("and is refused, not broken, by an end that names nothing", () => {
    const nothing = agreed({ closed: { effects: [null] } });
    expect(answer(nothing)).toMatch(
      /^quorum-missing: no committed proposal in the bundle wrote config\.change /,
    );
  });
});

/** Four witnesses from here on. Returns the hash of the record of the change. */
function addDan(log: Parameters<typeof govern>[0], ceremony: string): string {
  const content = {
    ...{ change: "add", version: 2, reason: "x", mode: "quorum" },
    witness: proof("dan", witnessKeys.dan),
  };
  const change = proposal({
    id: id(101),
    action: "witness.change",
    entry: { kind: "witness.change", stream: "system/witnesses", loa: "Mentor" },
    content: content as never,
  });
  return govern(log, change, { version: 1, record: ceremony });
}

describe("what an end names is held to it", () => {
  const entry = { kind: "license.issue", stream: "license/eve", loa: "Mentor" } as const;
  const content = { loa: "Operator" };

  test("also where no row governs it", () => {
    expect(answer(agreed({ proposal: { entry, content, requiredK: 1 }, votes: [["bea"]] }))).toBe("verified");
    const alone = agreed({ proposal: { entry, content, requiredK: 1 }, votes: [] });
    expect(answer(alone)).toBe("quorum-invalid: 0 approvals count, 1 are needed");
    expect(answer({ trust: alone.trust, bundle: kinds(alone, "proposal.closed") })).toBe(
      `quorum-missing: the ceremony ${alone.trust.quorum.ceremony} that the trust file pins is not in the bundle; export it with the bundle`,
    );
  });

  test("only by an end: another record with a list of effects names nothing", () => {
    const { bundle, trust } = governed((log) => {
      log.add("license.issue", "license/eve", content);
      const effects = [{ id: log.records.at(-1)?.id }];
      log.add("canon.entry", "canon/x", { effects });
    });
    expect(answer({ bundle, trust })).toBe("verified");
  });

  const receipt = (principal: string) => {
    const body = { principal, complete: true, erased: [hash(1)] };
    return { payload: { ...canon.signAuthored(canon.DOMAINS.erasure, body, keys.sigilderg) } as never };
  };
  const erasure = (twists: Twists = {}) =>
    agreed({
      proposal: {
        entry: { kind: "record.erased", stream: "system/erasures", loa: "Mentor" },
        content: { principal: "eve", complete: true },
      },
      effect: receipt("eve"),
      ...twists,
    });

  test("and a receipt of an erasure to whose it is, not to what it found", () => {
    expect(answer(erasure())).toBe("verified");
    const elsewhere = { ...receipt("eve"), stream: "system/elsewhere" };
    expect(answer(erasure({ effect: elsewhere }))).toBe("verified");
    expect(answer(erasure({ effect: receipt("bob") }))).toBe(
      "quorum-invalid: the receipt is of another erasure than the proposal",
    );
  });

  test("and a receipt that no proposal wrote needs none: its owner erased it alone", () => {
    const { bundle, trust } = governed((log) =>
      log.add("record.erased", "system/erasures", receipt("eve").payload),
    );
    expect(answer({ bundle, trust })).toBe("verified");
  });
});

describe("which bundles need a ceremony", () => {
  test("not one of ordinary records, whatever they say", () => {
    const of = governed((log) =>
      log.add("canon.entry", "canon/x", { mode: "quorum", effects: [{ id: "x" }] }),
    );
    const ordinary = without(of, "quorum.entered");
    for (const quorum of [of.trust.quorum, SOLO]) {
      const report = { bundle: ordinary, trust: { ...of.trust, quorum } };
      expect(answer(report)).toBe("verified");
      expect(quorumSteps(report)).toEqual([]);
    }
  });

  test("not what was written before it", () => {
    const of = governed(
      () => undefined,
      (log) => log.add("config.change", "system/config", { version: 1 }),
    );
    expect(answer(of)).toBe("verified");
    expect(quorumSteps(of).map(({ detail }) => detail)).toEqual(["the pinned ceremony names 3 witnesses"]);
  });

  test("one that a trust file of quorum mode is asked about a governed record alone", () => {
    const alone = governed((log) => log.add("config.change", "system/config", { version: 1 }));
    expect(answer({ trust: alone.trust, bundle: kinds(alone, "config.change") })).toMatch(
      /^quorum-missing: the cer/,
    );
  });

  test("not the governed records of solo mode under a trust file of solo mode, and those of quorum mode do", () => {
    const of = (mode: string) => {
      const { bundle, trust } = governed((log) =>
        log.add("config.change", "system/config", { version: 1, mode }),
      );
      return answer({ bundle, trust: { ...trust, quorum: SOLO } });
    };
    expect(of("solo")).toBe("verified");
    expect(of("quorum")).toBe(
      "ceremony-not-pinned: the trust file is of solo mode and pins no ceremony; get a newer one",
    );
  });

  test("a ceremony alone is checked", () => {
    const of = governed(() => undefined);
    const bundle = kinds(of, "quorum.entered");
    expect(quorumSteps({ trust: of.trust, bundle }).map(({ detail }) => detail)).toEqual([
      "the pinned ceremony names 3 witnesses",
    ]);
  });

  test("another kind of record is no ceremony, also when it is pinned as one", () => {
    const { bundle, trust } = agreed();
    const quorum = { mode: "quorum", ceremony: trust.genesis } as const;
    expect(answer({ bundle, trust: { ...trust, quorum } })).toBe(
      "quorum-invalid: the pinned ceremony is another kind of record",
    );
  });

  test("without a trust file no vote is counted, and the report says so", () => {
    const { bundle } = agreed();
    const { steps, verdict } = canon.verifyBundle(bundle);
    expect(verdict).toBe("unpinned");
    expect(steps.filter(({ name }) => name === "quorum")).toMatchObject([
      { ok: false, detail: "no trust file pins a ceremony, so no vote was counted" },
    ]);
  });
});
