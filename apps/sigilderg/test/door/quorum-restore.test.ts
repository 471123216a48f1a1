import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseTrustFile, verifyBundle } from "@sigil/canon";
import { generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { People, Voter } from "../people.ts";
import { runService } from "../processes.ts";
import { Stack } from "../stack.ts";

// A backup of before the ceremony, and one of right after it, restored into a home whose witnesses have changed since.
let stack: Stack;
let people: People;
let rotation: string;
const [mia, max, mo, mae] = ["mia", "max", "mo", "mae"].map((name) => new Voter(name)) as [
  Voter,
  Voter,
  Voter,
  Voter,
];
const young = new Voter("max");

beforeAll(async () => {
  stack = await Stack.start({
    people: { paul: "Mentor", mia: "Mentor", max: "Mentor", mo: "Mentor", mae: "Mentor", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
    settings: ["sigilderg.rate_govern=1000"],
  });
  await stack.readyWithoutMmf();
  people = new People(stack);
  await store("backup", "solo.db");
  await people.enter("rita", [mia, max, mo]);
  await store("backup", "entered.db");
  await agreed("witness.add", { witness: mae.proof(stack.home.runtimeId) }, [mia, max]);
  await agreed("witness.revoke", { id: "w-mia" }, [max, mo, mae]);
  const witness = young.proof(stack.home.runtimeId, max.key.kid);
  rotation = await agreed("witness.rotate", { witness, old: null }, [mo, mae, max]);
  const { kid, publicKey } = signingKey(generateSeed());
  const key = { principal: "paul", publicKey: toBase64url(publicKey.raw), routes: ["*"] };
  await agreed("client-key.change", { change: "add", ...key }, [mo, mae]);
  await agreed("client-key.change", { change: "revoke", kid, reason: "lost" }, [mo, mae]);
  await store("backup", "changed.db");
}, 60_000);
afterAll(() => stack?.close());

const file = (name: string) => join(stack.home.path, name);
async function store(command: "backup" | "restore", name: string) {
  return JSON.parse(
    await runService("codex-nexus", [command, "--home", stack.home.path, "--file", file(name)]),
  );
}
async function agreed(action: string, request: unknown, voters: readonly Voter[]): Promise<string> {
  const { body } = await people.propose("paul", action, request);
  for (const voter of voters) await people.attest(voter, { id: body.proposal.id, digest: body.digest });
  const done = await people.commit("rita", body.proposal.id);
  expect([done.status, done.body.code]).toEqual([201, undefined]);
  return done.body.effects[0].id;
}

it("a restore of a backup of before the ceremony writes it and every change of the witnesses again", async () => {
  await stack.stopService("sigilderg");
  await stack.stopService("codex-nexus");
  const report = await store("restore", "solo.db");
  // Each with its decision and outcome; three proposals with two, three and three votes, and their ends.
  expect(report.reapplied).toEqual({ erasures: 0, revocations: 1, governing: 3 + 7 + 8 + 8 });
  expect(report.unknown.join(" ")).not.toContain("witnesses");
});

it("a restore of a backup of before the witnesses changed brings the present ones, also from a restored store", async () => {
  const report = await store("restore", "entered.db");
  expect(report.reapplied).toEqual({ erasures: 0, revocations: 1, governing: 7 + 8 + 8 });
  await stack.serve("codex-nexus");
  await stack.serve("sigilderg");
  await stack.names("locked-down");
  const view = (await stack.ask("GET", "/v1/quorum", { as: "rita" })).body;
  expect(view).toMatchObject({ mode: "quorum", version: 4, majority: 2 });
  expect(view.active.map(({ id }: { id: string }) => id)).toEqual(["w-max", "w-mo", "w-mae"]);
});

it("after it a key that was revoked or lost leaves no lockdown, and the present ones do", async () => {
  const { body } = await people.propose("paul", "lockdown.leave", { reason: "looked at" });
  const leave = { id: body.proposal.id, digest: body.digest };
  expect((await people.attest(mia, leave)).status).toBe(403);
  expect((await people.attest(max, leave)).body.code).toBe("revoked-key");
  for (const voter of [young, mae]) expect((await people.attest(voter, leave)).status).toBe(201);
  expect((await people.commit("rita", leave.id)).status).toBe(201);
  const ids = [rotation];
  const { body: bundle } = await stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids } });
  const trust = parseTrustFile(readFileSync(file("trust.json")));
  expect(verifyBundle(bundle, trust).verdict).toBe("verified");
});

it("a restore of a backup of before the ceremony is refused when no store says who entered it", async () => {
  await stack.stopService("sigilderg");
  await stack.stopService("codex-nexus");
  for (const name of ["nexus.db", "nexus.db-wal", "nexus.db-shm"])
    rmSync(file(`data/${name}`), { force: true });
  await expect(store("restore", "solo.db")).rejects.toThrow("restore-quorum");
});

it("a restore that cannot know who was revoked since says so, and starts in lockdown", async () => {
  const report = await store("restore", "entered.db");
  expect(report.reapplied).not.toHaveProperty("governing");
  expect(report.unknown.join(" ")).toContain(
    "Which witnesses were revoked or rotated after the backup is not known",
  );
});

it("a restore of a backup whose witnesses are others than the present ones is refused", async () => {
  await stack.serve("codex-nexus");
  await stack.serve("sigilderg");
  await stack.names("locked-down");
  await agreed("lockdown.leave", { reason: "looked at" }, [mia, max]);
  const witness = new Voter("mae", "w-mae-2").proof(stack.home.runtimeId);
  await agreed("witness.add", { witness }, [mia, max]);
  await stack.stopService("sigilderg");
  await stack.stopService("codex-nexus");
  const refused = store("restore", "changed.db");
  await expect(refused).rejects.toThrow("the backup goes on in system/witnesses otherwise");
});
