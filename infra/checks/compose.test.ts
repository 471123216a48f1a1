import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { composeFindings } from "../stack/rules.ts";
import { COMPOSE_FILE, composeCommand } from "../stack/stack.ts";

const text = readFileSync(COMPOSE_FILE, "utf8");
// biome-ignore lint/suspicious/noExplicitAny: the tests change any part of the file
type Compose = any;

/** The file with one change. */
function changed(change: (compose: Compose) => void): string {
  const compose = parse(text, { merge: true }) as Compose;
  change(compose);
  return stringify(compose);
}

const codes = (change: (compose: Compose) => void) =>
  composeFindings(changed(change)).map(({ code }) => code);

const scratch = mkdtempSync(join(tmpdir(), "sigil-compose-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the compose file", () => {
  test("gives each service its own secret, one door and no right that it does not need", () => {
    expect(composeFindings(text)).toEqual([]);
  });

  test.each<[string, string, (compose: Compose) => void]>([
    ["no secret at all", "compose-secret-missing", (c) => delete c.services["codex-nexus"].secrets],
    ["a secret without a file", "compose-secret-missing", (c) => delete c.secrets.mmf_secret],
    [
      "a secret of another service",
      "compose-secret-foreign",
      (c) => c.services.mmf.secrets.push({ source: "x", target: "issuer.secret" }),
    ],
    [
      "a store with a network of its own",
      "compose-network-open",
      (c) => delete c.services["codex-nexus"].network_mode,
    ],
    ["a port of the executor", "compose-network-open", (c) => (c.services.mmf.ports = ["7401:7401"])],
    ["a second port", "compose-port-count", (c) => c.services.sigilderg.ports.push("7402:7402")],
    ["a root file system to write on", "compose-not-confined", (c) => (c.services.mmf.read_only = false)],
    ["all rights", "compose-not-confined", (c) => (c.services.sigilderg.privileged = true)],
    ["a capability", "compose-not-confined", (c) => (c.services.mmf.cap_drop = ["NET_RAW"])],
    ["no limit on memory", "compose-unlimited", (c) => delete c.services.mmf.mem_limit],
    ["no time to drain", "compose-stop-abrupt", (c) => delete c.services["codex-nexus"].stop_grace_period],
    ["no health check", "compose-health-missing", (c) => delete c.services.sigilderg.healthcheck],
    [
      "a passphrase in the environment",
      "compose-key-in-environment",
      (c) => (c.services.mmf.environment = { SIGIL_PASSPHRASE: "x" }),
    ],
    ["no store", "compose-service-missing", (c) => delete c.services["codex-nexus"]],
  ])("with %s is refused: %s, with its remedy", (_, code, change) => {
    expect(codes(change)).toContain(code);
    for (const { remedy, message } of composeFindings(changed(change)))
      expect([remedy, message]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\w/)]);
  });

  test("without secrets is refused by the command, before anything is started, with exit code 2", () => {
    const file = join(scratch, "compose.yaml");
    writeFileSync(
      file,
      changed((c) => {
        for (const service of Object.values<Compose>(c.services)) delete service.secrets;
        delete c.secrets;
      }),
    );
    const run = join(import.meta.dirname, "../stack/run.ts");
    const { status, stderr } = spawnSync(process.execPath, [run, "up", "--file", file], { encoding: "utf8" });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^error: compose-secret-missing: .*sigilderg.*\nremedy: Give it one/),
    ]);
  });

  // docs/guides/containers.md
  test("names no image, volume or secret that the engine would fetch by itself, and its Dockerfile runs nothing", () => {
    const { volumes, services } = parse(text, { merge: true }) as Compose;
    expect(Object.keys(volumes)).toEqual(["home"]);
    for (const { image } of Object.values<Compose>(services)) expect(image).toContain("localhost/sigil:");
    const dockerfile = readFileSync(join(COMPOSE_FILE, "../Dockerfile"), "utf8");
    expect(dockerfile).not.toMatch(/^\s*(RUN|ADD)\b/m);
    expect(dockerfile).toMatch(/^USER \$\{SIGIL_UID\}:\$\{SIGIL_UID\}$/m);
  });

  const command = (() => {
    try {
      return composeCommand();
    } catch (error) {
      return error as Error;
    }
  })();
  if (command instanceof Error)
    console.warn(`compose: reading infra/compose.yaml by compose itself is skipped: ${command.message}`);

  test.skipIf(command instanceof Error)(
    "is a file that compose itself reads, with every service and mount",
    () => {
      if (command instanceof Error) throw command;
      const [program = "", ...args] = command;
      const { status, stdout, stderr } = spawnSync(
        program,
        [...args, "--project-name", "x", "--file", COMPOSE_FILE, "--profile", "tools", "config"],
        { encoding: "utf8" },
      );
      expect([status, stderr.includes("invalid")]).toEqual([0, false]);
      const { services } = parse(stdout) as Compose;
      expect(Object.keys(services).sort()).toEqual(["bootstrap", "codex-nexus", "mmf", "sigil", "sigilderg"]);
    },
  );
});
