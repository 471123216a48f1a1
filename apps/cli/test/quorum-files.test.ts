import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Proposal,
  proposalDigest,
  proveWitness,
  signAttestation,
  verifyAttestation,
} from "@sigil/canon";
import { generateSeed, Secret, sealKeyFile, signingKey, utf8, verifyKey } from "@sigil/crypto";
import { ACTIONS, decide, makePolicy, TRUST_MODEL } from "@sigil/policy";
import { describe, expect, onTestFinished, test } from "vitest";
import { withDoorAt } from "../src/clients/door.ts";
import { proposalAttest } from "../src/commands/proposal/attest.ts";
import { proposalSign } from "../src/commands/proposal/sign.ts";
import { Input } from "../src/domain/command.ts";
import { accountOf } from "../src/domain/quorum/account.ts";
import { readAttestation, readRequest, readWitnessProof } from "../src/domain/quorum/files.ts";
import { proofFor } from "../src/domain/quorum/proof.ts";
import { voterOf } from "../src/domain/quorum/witness.ts";
import { newWitnessKey, openWitnessKey } from "../src/domain/quorum/witness-key.ts";
import { visible } from "../src/domain/style.ts";
import { codeOf, doorAt } from "./place.ts";

const PASSPHRASE = Secret.from(utf8("A".repeat(43)));
const AT = "2026-11-25T12:00:00.000Z";
const hash = (digit: string) => `sha256:${digit.repeat(64)}`;
const { key, file: KEY_FILE } = newWitnessKey(PASSPHRASE, AT);

const rows = ACTIONS.map((row) => (row.action === "memory.write" ? { ...row, least: "Mentor" } : row));
const proposal = {
  ...{ v: 1, id: "01930000-0000-7000-8000-000000000100", runtimeId: "r-1", action: "module.revoke" },
  entry: { kind: "module.change", stream: "system/module/lister", loa: "Observer" },
  content: { change: "revoke", id: "lister", digest: hash("1"), reason: "it leaks", mode: "quorum" },
  ...{
    prevHash: null,
    policyDigest: hash("2"),
    requiredK: 2,
    witnessVersion: 1,
    eligible: ["w-bea", "w-cid"],
  },
  ...{ proposer: "ada", reason: "it leaks", createdAt: AT, expiresAt: "2026-11-26T12:00:00.000Z" },
} as unknown as Proposal;
const digest = proposalDigest(proposal);
const request = {
  ...{ v: 1, type: "sigil-proposal-request", proposal, digest, table: null },
  witnesses: [{ id: "w-bea", principal: "bea", kid: key.kid }],
};
const proof = {
  ...{ v: 1, type: "sigil-witness-proof", old: null },
  witness: proveWitness({ runtimeId: "r-1", id: "w-bea", principal: "bea", replaces: null }, key),
};
const vote = signAttestation({ proposalDigest: digest, verdict: "approve", witness: "w-bea", iat: AT }, key);
const attestation = { v: 1, type: "sigil-attestation", proposal: proposal.id, vote, reason: "" };

describe("a file that people pass on", () => {
  test.each([
    ["a proof", "witness-proof-damaged", readWitnessProof, proof],
    ["a proposal", "request-damaged", readRequest, request],
    ["an attestation", "attestation-damaged", readAttestation, attestation],
  ] as const)(
    "with %s is read as it was written, and refused by name once it is cut, grown or no JSON",
    async (_, code, read, value) => {
      const text = JSON.stringify(value);
      expect(read("f", text)).toMatchObject({ type: value.type });
      for (const damaged of [
        "",
        text.slice(0, -2),
        `${text}x`,
        text.replace('"v":1', '"v":2'),
        text.replace("{", '{"a":1,'),
        "null",
      ])
        expect(await codeOf(() => read("f", damaged))).toBe(code);
    },
  );

  test("says by name when what it holds was altered", async () => {
    const altered: readonly [string, (text: string) => unknown, object, string, string][] = [
      ["request-damaged", (text) => readRequest("f", text), request, "it leaks", "it helps"],
      ["request-damaged", (text) => readRequest("f", text), request, '"requiredK":2', '"requiredK":1'],
      ["witness-proof-damaged", (text) => readWitnessProof("f", text), proof, "w-bea", "w-eve"],
      ["attestation-damaged", (text) => readAttestation("f", text), attestation, "approve", "applaud"],
    ];
    for (const [code, read, value, from, to] of altered)
      expect(await codeOf(() => read(JSON.stringify(value).replace(from, to)))).toBe(code);
  });

  test("with a proof counts for its own runtime, and as a first key or a next one", async () => {
    const readText = () => JSON.stringify(proof);
    expect(proofFor("f", readText, "r-1", "first").witness.statement.id).toBe("w-bea");
    expect(await codeOf(() => proofFor("f", readText, "r-2", "first"))).toBe("runtime-differs");
    expect(await codeOf(() => proofFor("f", readText, "r-1", "next"))).toBe("witness-proof-other");
  });
});

describe("a witness key file", () => {
  test("opens with its passphrase alone, and only one that was sealed as a witness key is taken", async () => {
    expect(openWitnessKey("f", KEY_FILE, PASSPHRASE).kid).toBe(key.kid);
    expect(await codeOf(() => openWitnessKey("f", KEY_FILE, Secret.from(utf8("another"))))).toBe(
      "key-file-refused",
    );
    expect(await codeOf(() => openWitnessKey("f", KEY_FILE.slice(9), PASSPHRASE))).toBe("key-file-damaged");
    const seed = generateSeed();
    const kid = signingKey(seed).kid;
    const issuer = sealKeyFile({ purpose: "issuer", secret: seed, kid, createdAt: AT }, PASSPHRASE);
    expect(await codeOf(() => openWitnessKey("f", issuer, PASSPHRASE))).toBe("key-file-foreign");
  });

  test("gives the vote of the witness whose present key it is, and of nobody else", async () => {
    const range = (kid: string, to: number | null) => ({ kid, publicKey: "A".repeat(43), from: 0, to });
    const witness = (keys: ReturnType<typeof range>[]) => [
      { id: "w-bea", principal: "bea", status: "active" as const, keys },
    ];
    expect(voterOf(key.kid, "f", witness([range(key.kid, null)])).id).toBe("w-bea");
    expect(await codeOf(() => voterOf(key.kid, "f", []))).toBe("witness-key-unknown");
    const rotated = witness([range(key.kid, 9), range("B".repeat(43), null)]);
    expect(await codeOf(() => voterOf(key.kid, "f", rotated))).toBe("witness-key-ended");
    expect(await codeOf(() => voterOf(key.kid, "f", witness([range(key.kid, 9)])))).toBe("witness-key-ended");
  });
});

describe("what a witness is shown", () => {
  test("of an action table is every place that would be another, against the one in force and the built-in one", () => {
    const content = {
      version: 1,
      digest: makePolicy(rows as never, TRUST_MODEL).digest,
      rows,
      reason: "r",
      mode: "quorum",
    };
    const table = { ...proposal, entry: { ...proposal.entry, kind: "policy.change" }, content } as never;
    const changes = [{ op: "replace", path: "/memory.write/least", before: "Operator", after: "Mentor" }];
    expect(accountOf(table, ACTIONS).table).toEqual({ inForce: changes, builtIn: changes });
    expect(accountOf(table, rows as never).table).toEqual({ inForce: [], builtIn: changes });
  });

  test("is every field of the record, also of a table whose digest is another's", () => {
    const content = { version: 1, digest: hash("0"), rows, reason: "r", mode: "quorum" };
    const table = { ...proposal, entry: { ...proposal.entry, kind: "policy.change" }, content } as never;
    const { fields, table: compared } = accountOf(table, ACTIONS);
    expect(compared).toBeNull();
    expect(fields.filter(([pointer]) => pointer.endsWith("/action"))).toHaveLength(ACTIONS.length);
    expect(accountOf(proposal, null).fields).toContainEqual(["/digest", hash("1")]);
  });

  test("hides no character: what nobody sees stands there by its number", () => {
    expect(visible("pay\u202e\u200b now\u001b[2J\nlater")).toBe(
      "pay\\u{202e}\\u{200b} now\\u{1b}[2J\\u{a}later",
    );
  });
});

describe("proposal sign", () => {
  const shown: string[] = [];
  const files: Record<string, string> = { "bea.key": KEY_FILE, "request.json": JSON.stringify(request) };
  const sign = (options: Record<string, unknown>, answer?: string) =>
    proposalSign({
      readText: (path) => files[path] ?? "",
      writeText: (path, text) => {
        files[path] = text;
      },
      passphrase: async () => PASSPHRASE,
      answer: async () => answer,
      tell: (lines) =>
        shown.push(...lines({ bold: String, dim: String, good: String, bad: String, warn: String })),
      now: () => new Date(AT),
    }).run(
      new Input(
        { json: false, home: undefined, set: [], licence: undefined },
        { request: "request.json" },
        { key: "bea.key", out: "vote.json", ...options },
      ),
    );

  test("signs exactly what it showed, where no runtime is", async () => {
    await sign({ reason: "looked at" }, "yes");
    const read = readAttestation("vote.json", files["vote.json"] ?? "");
    expect(verifyAttestation(read.vote, verifyKey(key.publicKey.raw))).toMatchObject({
      ...{ proposalDigest: digest, verdict: "approve", witness: "w-bea" },
    });
    const text = shown.join("\n");
    for (const said of [digest, "it leaks", "lister", hash("1"), "2 of w-bea, w-cid", "ada"])
      expect(text).toContain(said);
  });

  test("signs for a script only the digest that it names, and for a person only after a yes", async () => {
    expect(await codeOf(() => sign({}))).toBe("confirmation-missing");
    expect(await codeOf(() => sign({}, "y"))).toBe("not-confirmed");
    expect(await codeOf(() => sign({ digest: hash("9") }, "yes"))).toBe("proposal-differs");
    const { json } = await sign({ digest, reject: true });
    expect(json).toMatchObject({ verdict: "reject", witness: "w-bea" });
  });

  test("refuses a key that the request does not name", async () => {
    files["other.key"] = newWitnessKey(PASSPHRASE, AT).file;
    expect(await codeOf(() => sign({ key: "other.key", digest }))).toBe("witness-key-unknown");
  });
});

describe("proposal attest", () => {
  test("hands in no vote where the runtime shows another proposal than its digest, its id or its home says, or one that has ended", async () => {
    const decision = decide("local.run", null, { mode: "quorum" }, AT);
    const record = { id: proposal.id, hash: hash("3"), index: 7 };
    const standing = { state: "open", have: 0, need: 2, missing: ["w-bea", "w-cid"] };
    const detail = {
      proposal,
      digest,
      record,
      ...standing,
      votes: [],
      closed: null,
      changes: [],
      cut: false,
    };
    let shownAs: object = {};
    const asked: string[] = [];
    const server = createServer((incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url}`);
      const explanation = { decision, sentences: [], waterfall: [], counterfactual: [] };
      const body = incoming.url?.startsWith("/v1/policy")
        ? explanation
        : { ...detail, approvedToday: null, ...shownAs };
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attest = (runtimeId: string) =>
      proposalAttest({
        readText: () => KEY_FILE,
        runtimeOf: () => runtimeId,
        passphrase: async () => PASSPHRASE,
        answer: async () => "yes",
        tell: () => undefined,
        now: () => new Date(AT),
        withDoor: (_settings, _action, use) => withDoorAt(doorAt(url), undefined, use),
      }).run(
        new Input(
          { json: false, home: undefined, set: [], licence: undefined },
          { id: proposal.id },
          { key: "bea.key", digest },
        ),
      );
    shownAs = { proposal: { ...proposal, content: { ...proposal.content, id: "other" } } };
    expect(await codeOf(() => attest("r-1"))).toBe("proposal-differs");
    const other = { ...proposal, id: "01930000-0000-7000-8000-000000000101" };
    shownAs = { proposal: other, digest: proposalDigest(other) };
    expect(await codeOf(() => attest("r-1"))).toBe("proposal-differs");
    shownAs = {};
    expect(await codeOf(() => attest("r-2"))).toBe("runtime-differs");
    shownAs = { state: "stale" };
    expect(await codeOf(() => attest("r-1"))).toBe("proposal-ended");
    expect(asked.filter((line) => line.includes("attestations"))).toEqual([]);
    expect(asked).toHaveLength(8);
  });
});
