import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromBase64url, generateSeed, signingKey, toBase64 } from "@sigil/crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCosigner } from "../../apps/codex-nexus/test/support/cosigner.ts";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("log-policy");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime.stop();
  place.remove();
});

function policy(name: string, text: string): string {
  const file = join(place.parent, name);
  writeFileSync(file, text);
  return file;
}

/** A C2SP verifier key: `<name>+<first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key)>+<base64(type ‖ key)>`. */
function verifierKey(name: string, type: 0x01 | 0x04, raw: Uint8Array): string {
  const key = Buffer.concat([Uint8Array.of(type), raw]);
  const hash = createHash("sha256").update(`${name}\n`).update(key).digest("hex").slice(0, 8);
  return `${name}+${hash}+${toBase64(key)}`;
}

describe("a log policy", () => {
  test("is recorded by a Root and followed: what a quorum does not cosign is not acknowledged", async () => {
    const vkey = verifierKey("nobody.example/w", 0x04, signingKey(generateSeed()).publicKey.raw);
    // Port 1 of loopback answers nobody.
    const absent = policy("absent.policy", `witness W ${vkey} http://127.0.0.1:1\nquorum W\n`);
    const strict = await runtime.cli(
      "log",
      "policy",
      absent,
      "--wait-for",
      "cosigned",
      "--timeout-ms",
      "300",
      "--json",
    );
    expect(strict.code).not.toBe(0);
    expect(strict.stdout + strict.stderr).toContain("cosignatures-missing");
    const refused = await runtime.cli("memory", "write", "waits for nobody", "--json");
    expect(refused.stdout + refused.stderr).toContain("cosignatures-missing");
    await runtime.json("log", "policy", policy("none.policy", "quorum none\n"));
    const written = await runtime.json("memory", "write", "acknowledged again");
    expect(JSON.stringify(await runtime.json("memory", "get", written.id))).toContain("acknowledged again");
    const recorded = await runtime.json("canon", "list", "--kind", "log.policy");
    expect(recorded.records).toHaveLength(2);
  });

  test("that waits for cosignatures outlives a rotation of the log key: the command says whom to give what, and then it rotates", async () => {
    const { origin, keys } = JSON.parse(readFileSync(join(place.home, "trust.json"), "utf8"));
    const logs = { [origin]: [verifierKey(origin, 0x01, fromBase64url(keys.log[0].publicKey))] };
    const witness = await startCosigner("here.example/w", logs);
    try {
      const file = policy("here.policy", `witness W ${witness.vkey} ${witness.url}\nquorum W\n`);
      await runtime.json("log", "policy", file, "--wait-for", "cosigned", "--timeout-ms", "5000");
      const early = await runtime.cli("key", "rotate", "log");
      expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("witnesses-not-ready")]);
      const [, named = ""] = / give them (\S+) /.exec(early.stderr.replace(/\s+/g, " ")) ?? [];
      expect(named).toContain(`${origin}+`);
      await runtime.json("memory", "write", "goes on under the first key");
      logs[origin]?.push(named);
      await runtime.json("key", "rotate", "log");
      await runtime.json("memory", "write", "under the second key");
      const { entries } = await runtime.json("audit", "list", "--action", "key.rotate");
      expect(entries.map((each: { outcome: { status: string } }) => each.outcome.status).sort()).toEqual([
        ...["done", "failed"],
      ]);
      expect((await runtime.json("canon", "verify")).findings).toEqual([]);
    } finally {
      await runtime.json("log", "policy", policy("none.policy", "quorum none\n"));
      await witness.close();
    }
  });

  test("that waits for cosignatures holds a restored store shut until its witnesses know the new origin, or it is left out by hand", async () => {
    const { origin, keys } = JSON.parse(readFileSync(join(place.home, "trust.json"), "utf8"));
    const own = keys.log.find(({ to }: { to: number | null }) => to === null);
    const logs: Record<string, string[]> = {
      [origin]: [verifierKey(origin, 0x01, fromBase64url(own.publicKey))],
    };
    const witness = await startCosigner("there.example/w", logs);
    const file = policy("there.policy", `witness W ${witness.vkey} ${witness.url}\nquorum W\n`);
    await runtime.json("log", "policy", file, "--wait-for", "cosigned", "--timeout-ms", "1000");
    const backup = join(place.parent, "backup.db");
    await runtime.json("store", "backup", backup);
    await runtime.stop();
    const restored = await sigil(place.home, ["store", "restore", backup]);
    expect(restored.code, restored.stderr).toBe(0);
    const key = /^ *verifier key +(\S+)$/m.exec(restored.stdout)?.[1] ?? "";
    expect(key).toMatch(/\/epoch\/1\+[0-9a-f]{8}\+/);
    await runtime.start();
    const refused = async (...args: string[]) => {
      const { code, stderr } = await runtime.cli(...args);
      expect([code, stderr]).toEqual([1, expect.stringContaining("cosignatures-missing")]);
      return stderr.replace(/\s+/g, " ");
    };
    try {
      const why = await refused("lockdown", "leave", "--reason", "the restore was checked");
      expect(why).toContain(`W: it does not know the log's origin); give them ${key}`);
      await runtime.stop();
      await runtime.start();
      // What was durable and not acknowledged is in force at the next start.
      expect((await runtime.json("lockdown", "status")).lockdown).toBeNull();
      await refused("memory", "write", "nobody knows the new origin");
      logs[key.split("+")[0] ?? ""] = [key];
      await runtime.json("memory", "write", "cosigned under the new origin");
      // Reads wait until the decisions on earlier reads are acknowledged too, which is tried once a second.
      const read = async (...args: string[]) => {
        const { stdout, stderr } = await runtime.cli(...args);
        return stdout || stderr;
      };
      await expect
        .poll(() => read("key", "status"), { timeout: 20_000 })
        .toContain(`for witnesses and auditors  ${key}`);
      await witness.close();
      await refused("memory", "write", "the witnesses are gone for good");
      await runtime.json("log", "policy", policy("none.policy", "quorum none\n"));
      await runtime.json("memory", "write", "without witnesses");
      await expect.poll(() => read("status"), { timeout: 20_000 }).toMatch(/^ready/);
      expect((await runtime.json("canon", "verify")).findings).toEqual([]);
    } finally {
      await witness.close();
    }
  });

  test("that is no tlog-policy is refused by its line", async () => {
    const file = policy("broken.policy", "# ours\nquorum somebody\n");
    const { code, stdout, stderr } = await runtime.cli("log", "policy", file, "--json");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("log-policy-invalid");
    expect(stdout + stderr).toContain("line 2");
  });
});
