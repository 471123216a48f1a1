import { createHash } from "node:crypto";
import { canonicalize } from "@sigil/canon";
import {
  ACTIONS,
  type ActionRow,
  actionRow,
  actionRowSchema,
  checkTable,
  PolicyError,
  policyDigest,
} from "@sigil/policy";
import { describe, expect, test } from "vitest";
import { codeOf } from "./code.ts";

/** The rows of the design, as it writes them: actions | least | trust | recorded | quorum. */
const DESIGN = `
local.run | none | – | none | none
health.read static.read log.read instance.challenge | none | – | metrics | none
license.validate session.open session.close csrf.mint | Guest | – | batched | none
trust.check trust.read module.list | Guest | 0 | batched | none
memory.read memory.search rag.read rag.search canon.read chain.read run.read | Observer | 0.2 | batched | none
decision.read decision.explain audit.read witness.read proposal.read license.read policy.read config.read metrics.read | Observer | 0.2 | batched | none
memory.write memory.forget canon.write canon.forget run.forget rag.ingest rag.forget | Operator | 0.5 | durable | none
module.run run.cancel run.replay | Operator | 0.4 | durable | none
llm.complete interaction.log audit.emit | Operator | 0.4 | with-run | none
review.read review.decide memory.read-private run.read-private | Mentor | 0.6 | durable | none
proposal.create proposal.withdraw proposal.attest | Mentor | 0.6 | durable | none
memory.export canon.export trust.fit | Mentor | 0.7 | durable | none
proposal.commit | Root | 0.7 | durable | proposal
license.issue record.erase | Root | 0.7 | durable | 1
license.revoke lockdown.enter | Root | 0.7 | durable | none
module.register module.revoke | Root | 0.7 | durable | 2
witness.add witness.rotate witness.revoke | Root | 0.7 | durable | majority
policy.change trust-model.change config.change lockdown.leave log-policy.change issuer.change publisher.change client-key.change module.reinstate | Root | 0.8 | durable | majority
key.rotate store.backup store.restore store.migrate selftest.run quorum.enter | Root | 0.8 | durable | local
store.append store.read store.prove store.rotate run.execute host.call | service | – | metrics | none`;

const designed = DESIGN.trim()
  .split("\n")
  .flatMap((row) => {
    const [actions = "", ...columns] = row.split(" | ");
    return actions.split(" ").map((action) => [action, ...columns].join(" | "));
  });

const sound: ActionRow = {
  action: "thing.do",
  least: "Operator",
  trust: 0.5,
  risk: 0.5,
  recorded: "durable",
  quorum: "none",
};

describe("the action table", () => {
  test("has every row of the design and no other", () => {
    const written = ACTIONS.map(({ action, least, trust, recorded, quorum }) =>
      [action, least, trust ?? "–", recorded, quorum].join(" | "),
    );
    expect(written.toSorted()).toEqual(designed.toSorted());
  });

  test("guards licences of Mentor and above with one attestation, and attesting with a registered witness", () => {
    expect(actionRow("license.issue").quorumFrom).toBe("Mentor");
    expect(ACTIONS.filter(({ witness }) => witness).map(({ action }) => action)).toEqual(["proposal.attest"]);
  });

  test("opens the store and the module host to SigilDERG alone, and the host calls to MMF alone", () => {
    const by = ACTIONS.filter(({ least }) => least === "service").map((row) => `${row.by} ${row.action}`);
    expect(by).toEqual([
      "sigilderg store.append",
      "sigilderg store.read",
      "sigilderg store.prove",
      "sigilderg store.rotate",
      "sigilderg run.execute",
      "mmf host.call",
    ]);
  });

  test("has as its digest the SHA-256 of its RFC 8785 form", () => {
    const expected = createHash("sha256").update(canonicalize(ACTIONS)).digest("hex");
    expect(policyDigest()).toBe(`sha256:${expected}`);
  });

  test("passes the strict schema under which it leaves the process, row by row and column by column", () => {
    for (const row of ACTIONS) expect(actionRowSchema.parse(row)).toEqual(row);
    expect(actionRowSchema.safeParse({ ...sound, allow: true }).success).toBe(false);
    expect(actionRowSchema.safeParse({ ...sound, least: "Admin" }).success).toBe(false);
  });

  test("does not know an action by another spelling", () => {
    for (const name of [
      "memory.writE",
      " memory.write",
      "memory.write ",
      "memory",
      "",
      "__proto__",
      "constructor",
    ]) {
      expect(
        codeOf(() => actionRow(name)),
        name,
      ).toBe("action-unknown");
    }
  });
});

describe("a table is refused whole", () => {
  const refusals: [why: string, row: object, problem: RegExp][] = [
    ["a name that is no object.verb", { action: "Thing" }, /object\.verb/],
    ["an unknown level", { least: "Admin" }, /no level/],
    ["a service row without its service", { least: "service", trust: null }, /service if and only if/],
    ["a licensed row with a service", { by: "mmf" }, /service if and only if/],
    ["a trust above 1", { trust: 1.01 }, /trust outside/],
    ["a trust that is NaN", { trust: Number.NaN }, /trust outside/],
    ["trust without a level", { least: "none" }, /no caller/],
    ["a risk below 0", { risk: -0.1 }, /risk outside/],
    ["a way of recording that does not exist", { recorded: "later" }, /recorded/],
    ["a licensed action that leaves no record", { recorded: "metrics" }, /no record/],
    ["a quorum that does not exist", { least: "Root", quorum: 3 }, /quorum that does not exist/],
    [
      "a quorum below what offline verification asks",
      { action: "config.change", least: "Root", quorum: 2 },
      /fewer to agree/,
    ],
    [
      "a licence without a quorum from Mentor",
      { action: "license.issue", least: "Root", quorum: 1, quorumFrom: "Root" },
      /fewer to agree/,
    ],
    ["a quorum below Root", { quorum: 1 }, /below Root/],
    ["quorumFrom without a quorum", { quorumFrom: "Mentor" }, /quorumFrom/],
    ["a way through lockdown that does not exist", { lockdown: "maybe" }, /lockdown in a way/],
    ["an open action that lockdown stops", { least: "none", trust: null }, /needs no licence/],
    ["a way out of lockdown that one person takes", { lockdown: "leaves" }, /without a majority/],
    ["a column that does not exist", { allow: true }, /column/],
  ];
  test.each(refusals)("with %s", (_, change, problem) => {
    const row = { ...sound, ...change } as ActionRow;
    expect(() => checkTable([row])).toThrow(PolicyError);
    expect(() => checkTable([row])).toThrow(problem);
  });

  test("with an action that stands twice", () => {
    expect(() => checkTable([sound, sound])).toThrow(/stands twice/);
  });

  test("and accepted when every row is sound", () => {
    expect([...checkTable([sound]).keys()]).toEqual(["thing.do"]);
  });
});
