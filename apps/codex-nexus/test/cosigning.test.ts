import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openCosignatures, splitNote, verifierKey } from "@sigil/canon";
import { fromBase64url, randomBytes } from "@sigil/crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { submitToWitness } from "../src/clients/witness.ts";
import { cosignerId, parsePolicy } from "../src/domain/cosign/policy.ts";
import { submissionOf } from "../src/domain/cosign/submission.ts";
import { HomeKeyFiles } from "../src/store/key-files.ts";
import { wholeBundle } from "./support/bundle.ts";
import { startCosigner, type TestCosigner } from "./support/cosigner.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened, QUIET } from "./support/store.ts";

let home: TestHome;
let store: OpenedStore;
let cosigners: TestCosigner[];
let complaints: string[];
let logs: Record<string, string | string[]>;
const options = () => ({
  submit: submitToWitness,
  keyFiles: new HomeKeyFiles(home.folder, Date.now, () => undefined),
  events: { ...QUIET, failed: (_: string, error: unknown) => complaints.push(String(error)) },
});
beforeEach(async () => {
  complaints = [];
  home = temporaryHome();
  await bootstrapped(home);
  store = await opened(home, options());
  logs = { [home.origin]: verifierKey(home.origin, home.keys.log.publicKey.raw) };
  cosigners = await Promise.all(
    ["w.example/a", "w.example/b", "w.example/c"].map((name) => startCosigner(name, logs)),
  );
});
afterEach(async () => {
  await store.close();
  await Promise.all(cosigners.map((each) => each.close()));
  home.remove();
});

function policyText(k: number): string {
  const lines = cosigners.map(({ vkey, url }, n) => `witness W${n} ${vkey} ${url}`);
  return ["# two of three", ...lines, `group all-of-them ${k} W0 W1 W2`, "quorum all-of-them", ""].join("\n");
}
const policyRecord = (k: number, acknowledge = "cosigned", timeoutMs = 1500) =>
  memory("", {
    kind: "log.policy",
    space: "system",
    stream: "system/log-policy",
    payload: { policy: policyText(k), acknowledge, timeoutMs },
  });
const put = (...records: ReturnType<typeof memory>[]) => store.nexus.append({ records });
const refused = (code: string) => expect.objectContaining({ code });

describe("cosigning", () => {
  test("a write is acknowledged when two of three witnesses have cosigned it, and its bundle carries them", async () => {
    await put(policyRecord(2));
    const draft = memory("cosigned");
    await put(draft);
    const bundle = await wholeBundle(store.nexus.bundle([draft.id], "Root"));
    const keys = cosigners.map(({ vkey }) => vkey);
    const found = openCosignatures(splitNote(bundle.checkpoint).text, bundle.cosignatures, keys);
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(cosigners.flatMap(({ statuses }) => statuses)).toContain(200);
  });

  test("one witness of three may be down, two may not: the write fails closed after its time and is acknowledged later", async () => {
    await put(policyRecord(2));
    const broken = () => ({ status: 500, body: "" });
    if (cosigners[0]) cosigners[0].misbehave = broken;
    await put(memory("one down"));
    if (cosigners[1]) cosigners[1].misbehave = broken;
    const draft = memory("two down");
    const request = { records: [draft], idempotency: { principal: "alice", key: "k" } };
    await expect(store.nexus.append(request)).rejects.toEqual(refused("cosignatures-missing"));
    if (cosigners[1]) cosigners[1].misbehave = undefined;
    expect(await store.nexus.append(request)).toMatchObject({ replayed: true, records: [{ id: draft.id }] });
  });

  /** The verifier key that a refused rotation names. */
  async function namedByRefusal(): Promise<string> {
    const refusal = await store.nexus.rotation.rotate("log", Date.now()).catch((error: unknown) => error);
    expect(refusal).toEqual(refused("witnesses-not-ready"));
    return / give them (\S+) /.exec(String(refusal))?.[1] ?? "";
  }

  test("the log key is not rotated before a quorum trusts the next one, which the refusal names, and then no write waits", async () => {
    await put(policyRecord(2));
    const draft = memory("cosigned under the first key");
    await put(draft);
    const old = store.nexus.signingKeys();
    const named = await namedByRefusal();
    expect(cosigners.flatMap(({ statuses }) => statuses)).toContain(403);
    expect(store.nexus.signingKeys()).toEqual(old.map((key) => expect.objectContaining({ kid: key.kid })));
    await put(memory("goes on under the first key"));
    await store.close();
    store = await opened(home, options());
    expect(await namedByRefusal()).toBe(named);
    logs[home.origin] = [logs[home.origin] as string, named];
    if (cosigners[0]) cosigners[0].misbehave = () => ({ status: 500, body: "" });
    const { kid } = await store.nexus.rotation.rotate("log", Date.now());
    await put(memory("under the second key"));
    logs[home.origin] = named;
    await put(memory("and the first is trusted no more"));
    const bundle = await wholeBundle(store.nexus.bundle([draft.id], "Root"));
    expect(bundle.entries.map(({ record }) => record?.record.kind)).toEqual(["memory.block", "key.rotated"]);
    expect(bundle.cosignatures.length).toBeGreaterThanOrEqual(2);
    const hint = bundle.keys.log.find((key) => key.kid === kid)?.publicKey ?? "";
    expect(verifierKey(home.origin, fromBase64url(hint))).toBe(named);
    expect(readdirSync(join(home.folder, "keys/codex-nexus")).sort()).toEqual([
      ...["channel.key", "log.key", "record.key", "root.key"],
    ]);
  });

  test("where writes do not wait, a leaked log key is rotated at once, and cosignatures come when the witnesses have the new one", async () => {
    await put(policyRecord(2));
    const draft = memory("cosigned under the first key");
    await put(draft);
    await put(policyRecord(2, "durable"));
    const { kid } = await store.nexus.rotation.rotate("log", Date.now());
    await put(memory("under the second"));
    const pinned = (await wholeBundle(store.nexus.bundle([draft.id], "Root"))).keys.log;
    const hint = pinned.find((key) => key.kid === kid)?.publicKey ?? "";
    logs[home.origin] = verifierKey(home.origin, fromBase64url(hint));
    await put(policyRecord(2));
    const bundle = await wholeBundle(store.nexus.bundle([draft.id], "Root"));
    expect(bundle.entries.map(({ record }) => record?.record.kind)).toEqual(["memory.block", "key.rotated"]);
    expect(bundle.cosignatures.length).toBeGreaterThanOrEqual(2);
  });

  test("a policy that lists a log of another origin is refused, and followed where a restore made it one", async () => {
    const log = verifierKey("another.example/log", home.keys.log.publicKey.raw);
    const record = policyRecord(2);
    const listing = { ...record, payload: { ...record.payload, policy: `log ${log}\n${policyText(2)}` } };
    await expect(put(listing)).rejects.toEqual(refused("log-policy-invalid"));
    expect(parsePolicy(`log ${log}\n${policyText(2)}`).cosigners).toHaveLength(3);
  });

  test("a policy that lists this log must list it with the key that signs now; the refusal names it", async () => {
    const now = verifierKey(home.origin, home.keys.log.publicKey.raw);
    const other = verifierKey(home.origin, home.keys.record.publicKey.raw);
    const listing = (...logs: string[]) => {
      const record = policyRecord(2, "durable");
      const lines = logs.map((log) => `log ${log}\n`).join("");
      return { ...record, payload: { ...record.payload, policy: `${lines}${policyText(2)}` } };
    };
    const refusal = put(listing(other));
    await expect(refusal).rejects.toEqual(refused("log-policy-invalid"));
    await expect(refusal).rejects.toThrow(`log ${now}`);
    await put(listing(other, now));
    await store.nexus.rotation.rotate("log", Date.now());
    await expect(put(listing(now))).rejects.toThrow(`log ${store.nexus.verifierKey}`);
    await put(listing(now, store.nexus.verifierKey));
  });

  test("a write that waits in vain says why, and which key the witnesses that do not know the log are to be given", async () => {
    delete logs[home.origin];
    if (cosigners[0]) cosigners[0].misbehave = () => ({ status: 500, body: "" });
    const refusal = put(policyRecord(2));
    await expect(refusal).rejects.toEqual(refused("cosignatures-missing"));
    await expect(refusal).rejects.toThrow(
      "W0: it answered status 500; W1: it does not know the log's origin",
    );
    await expect(refusal).rejects.toThrow(`give them ${store.nexus.verifierKey}`);
    logs[home.origin] = store.nexus.verifierKey;
    await put(memory("and now they know it"));
  });

  test("a witness that knows another size says it with 409, and the proof then begins there", async () => {
    await put(memory("before"), memory("before that"));
    const { size, root } = store.nexus.checkpoint;
    cosigners[0]?.remember(home.origin, size, root);
    await put(policyRecord(3));
    expect(cosigners[0]?.statuses.slice(0, 2)).toEqual([409, 200]);
    expect(cosigners[1]?.statuses[0]).toBe(200);
  });

  test("a witness that has seen another history refuses with 422, and the write is not acknowledged", async () => {
    cosigners[0]?.remember(home.origin, 1, randomBytes(32));
    await expect(put(policyRecord(3))).rejects.toEqual(refused("cosignatures-missing"));
    expect(cosigners[0]?.statuses).toContain(422);
    expect(complaints.join()).toContain("W0: the consistency proof does not verify for it");
  });

  test("a cosignature by another key, over another checkpoint, or a false one counts for nothing", async () => {
    await put(policyRecord(3, "durable"));
    const other = cosigners[1]?.vkey ?? "";
    const foreign = await startCosigner(other.split("+")[0] ?? "", {});
    for (const body of ["", "nonsense\n", `${"—"} w.example/a ${Buffer.alloc(76).toString("base64")}\n`]) {
      if (cosigners[0]) cosigners[0].misbehave = () => ({ status: 200, body });
      await expect(put(policyRecord(3))).rejects.toEqual(refused("cosignatures-missing"));
      await put(policyRecord(3, "durable"));
    }
    await foreign.close();
  });

  test("the policy in force outlives a restart, and another one replaces it", async () => {
    await put(policyRecord(2));
    await store.close();
    for (const each of cosigners) each.misbehave = () => ({ status: 403, body: "" });
    store = await opened(home, options());
    await expect(put(memory("not cosigned"))).rejects.toEqual(refused("cosignatures-missing"));
    await put(policyRecord(2, "durable"));
    await put(memory("durable again"));
  });

  test("a policy that cannot be followed is refused before it is written", async () => {
    const { size } = store.nexus.checkpoint;
    const record = policyRecord(2);
    const broken = { ...record, payload: { ...record.payload, policy: "quorum nobody\n" } };
    await expect(put(broken)).rejects.toEqual(refused("log-policy-invalid"));
    expect(store.nexus.checkpoint.size).toBe(size);
  });
});

describe("the witness in these tests", () => {
  test("answers 200, 400, 403, 404, 409 and 422 as C2SP tlog-witness says", async () => {
    const [witness] = cosigners as [TestCosigner];
    const { note, size } = store.nexus.checkpoint;
    const signal = AbortSignal.timeout(5000);
    const ask = async (body: string) => submitToWitness(witness.url, body, signal);
    expect((await ask("old x\n\n")).status).toBe(400);
    expect((await ask(submissionOf(size + 1, [], note))).status).toBe(400);
    expect((await ask(submissionOf(0, [], note.replace(home.origin, "another.example/log")))).status).toBe(
      404,
    );
    const forged = note.replace(`\n${size}\n`, `\n${size + 1}\n`);
    expect((await ask(submissionOf(0, [], forged))).status).toBe(403);
    expect((await ask(submissionOf(0, [randomBytes(32)], note))).status).toBe(422);
    expect((await ask(submissionOf(0, [], note))).status).toBe(200);
    expect(await ask(submissionOf(0, [], note))).toEqual({
      status: 409,
      contentType: "text/x.tlog.size",
      text: `${size}\n`,
    });
  });
});

describe("a C2SP tlog-policy", () => {
  const own = () => ({ origin: home.origin, key: home.keys.log.publicKey });
  const vkeys = () => cosigners.map(({ vkey }) => vkey);

  test("groups of groups are satisfied by their thresholds, and none by nobody", () => {
    const [a = "", b = "", c = ""] = vkeys();
    const text = `witness A ${a}\n\twitness B  ${b}\nwitness C ${c}\ngroup AB any A B\ngroup G all AB C\nquorum G\n`;
    const { cosigners: named, satisfied } = parsePolicy(text, own());
    const [idA = "", idB = "", idC = ""] = named.map(({ key }) => cosignerId(key));
    expect(satisfied(new Set([idA, idC]))).toBe(true);
    expect(satisfied(new Set([idB, idC]))).toBe(true);
    expect(satisfied(new Set([idA, idB]))).toBe(false);
    expect(parsePolicy("quorum none\n", own()).satisfied(new Set())).toBe(true);
  });

  test("what the specification forbids is refused by its line", () => {
    const [a = "", b = ""] = vkeys();
    const log = verifierKey("another.example/log", home.keys.log.publicKey.raw);
    for (const text of [
      "",
      `witness A ${a}\n`,
      `quorum A\nwitness A ${a}\n`,
      `witness A ${a}\nwitness B ${a}\nquorum A\n`,
      `witness A ${a}\nwitness A ${b}\nquorum A\n`,
      `witness none ${a}\nquorum none\n`,
      `witness A ${a}\ngroup G 2 A\nquorum G\n`,
      `witness A ${a}\ngroup G 0 A\nquorum G\n`,
      `witness A ${a}\ngroup G any A A\nquorum G\n`,
      `witness A ${a}\ngroup G any A\ngroup H any A\nquorum H\n`,
      `witness A ${a}\ngroup G all none\nquorum G\n`,
      `witness A ${a}\nquorum A\nquorum none\n`,
      `witness A ${a} file:///etc/passwd\nquorum A\n`,
      `witness A ${log}\nquorum A\n`,
      `log ${log}\nquorum none\n`,
      "threshold 1\nquorum none\n",
      "quorum none\u0000\n",
    ]) {
      expect(() => parsePolicy(text, own())).toThrow(refused("log-policy-invalid"));
    }
  });
});
