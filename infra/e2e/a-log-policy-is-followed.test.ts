import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSeed, signingKey, toBase64 } from "@sigil/crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

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

/** A C2SP verifier key of type 0x04: `<name>+<first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x04 ‖ key)>+<base64>`. */
function cosignerKey(name: string): string {
  const key = Buffer.concat([Uint8Array.of(4), signingKey(generateSeed()).publicKey.raw]);
  const hash = createHash("sha256").update(`${name}\n`).update(key).digest("hex").slice(0, 8);
  return `${name}+${hash}+${toBase64(key)}`;
}

describe("a log policy", () => {
  test("is recorded by a Root and followed: what a quorum does not cosign is not acknowledged", async () => {
    const vkey = cosignerKey("nobody.example/w");
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

  test("that is no tlog-policy is refused by its line", async () => {
    const file = policy("broken.policy", "# ours\nquorum somebody\n");
    const { code, stdout, stderr } = await runtime.cli("log", "policy", file, "--json");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("log-policy-invalid");
    expect(stdout + stderr).toContain("line 2");
  });
});
