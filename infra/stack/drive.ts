// The stack for real: built, started, used through the command, hurt, started again, verified, removed. Each line is a fact.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage, engine, IMAGE } from "./image.ts";
import { StackError } from "./refusal.ts";
import { Stack } from "./stack.ts";

const SERVICES = ["sigilderg", "mmf", "codex-nexus"] as const;
type Service = (typeof SERVICES)[number];
const PORT: Readonly<Record<Service, number>> = { sigilderg: 7400, mmf: 7401, "codex-nexus": 7402 };

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Throws the first fact that does not hold; whatever happens, nothing of the stack stays. */
export async function drive(base: string | undefined): Promise<void> {
  const program = engine();
  const parent = mkdtempSync(join(tmpdir(), "sigil-stack-"));
  const place = {
    project: `sigil-drive-${process.pid}`,
    secrets: join(parent, "secrets"),
    publish: `127.0.0.1:${await freePort()}`,
  };
  const fact = (line: string) => console.log(`  ok  ${line}`);
  const inEngine = (...args: string[]) => spawnSync(program, args, { encoding: "utf8" });
  buildImage(base);
  fact(`${IMAGE} is built, by ${program}`);
  const stack = new Stack(place);
  // What a command prints, and that it ended as it should.
  const done = (code: number, ...args: string[]): string => {
    const { status, text } = stack.sigil(...args);
    assert.equal(status, code, `sigil ${args.join(" ")} ended with ${status}:\n${text}`);
    return text;
  };
  const container = (service: Service): string => {
    const { text } = stack.compose("ps", "--quiet", "--all", service);
    const old =
      text.includes("unknown") || text.includes("--all")
        ? stack.compose("ps", "--quiet", service).text
        : text;
    return old.trim().split("\n").at(-1) ?? "";
  };
  const inspected = (service: Service, what: string) =>
    inEngine("inspect", "--format", `{{${what}}}`, container(service)).stdout.trim();
  try {
    const { founded } = await stack.up();
    assert.equal(founded, true);
    fact("a runtime is made in a new volume, its secrets outside of it, and all three services are ready");

    for (const service of SERVICES) {
      assert.equal(inspected(service, ".HostConfig.ReadonlyRootfs"), "true");
      assert.match(inspected(service, ".Config.User"), /^[1-9]\d*:[1-9]\d*$/);
      const shell = inEngine(
        "exec",
        container(service),
        "sh",
        "-c",
        "ls /run/secrets; touch /opt/x; command -v npm cc",
      );
      assert.deepEqual(shell.stdout.trim().split("\n"), [`${service}.secret`]);
      assert.match(shell.stderr, /[Rr]ead-only/);
    }
    fact(
      "each runs without root on a file system that it cannot write, sees its own secret alone and no build tool",
    );

    const log = inEngine("logs", container("sigilderg"));
    assert.match(log.stdout + log.stderr, /listening beyond loopback/);
    fact("the door says at its start that it listens beyond loopback");

    done(0, "status");
    done(0, "module", "run", "rust-mentor", "docs/examples/rust/orders.rs");
    done(0, "memory", "write", "before the kills", "--tag", "stack");
    assert.match(done(0, "demo"), /damaged/);
    fact("status, a module's run, a write and the demonstration go through the command");

    for (const service of SERVICES) {
      const ready = `fetch('http://127.0.0.1:${PORT[service]}/readyz').then(r=>process.exit(r.ok?0:1))`;
      assert.equal(inEngine("exec", container(service), "node", "-e", ready).status, 0);
    }
    fact("the health check of each finds it ready");

    for (const service of ["codex-nexus", "mmf", "sigilderg"] as const) {
      inEngine("kill", "--signal", "KILL", container(service));
      if (service === "codex-nexus")
        assert.match(done(1, "memory", "write", "nobody stores this"), /audit-unavailable|store/);
      await stack.up();
      assert.match(done(0, "canon", "verify"), /intact/);
      fact(`${service} is killed, the stack is started again, and every record verifies`);
    }
    assert.match(done(0, "memory", "list", "--tag", "stack"), /before the kills/);

    const secret = join(place.secrets, "mmf.secret");
    renameSync(secret, `${parent}/mmf.secret`);
    await assert.rejects(
      stack.up(),
      (error) => error instanceof StackError && error.code === "secrets-missing",
    );
    renameSync(`${parent}/mmf.secret`, secret);
    await stack.up();
    fact("without a secret the start is refused by name, and with it put back everything is there");

    stack.stop();
    for (const service of SERVICES) {
      const { stdout, stderr } = inEngine("logs", container(service));
      assert.match(`${stdout}${stderr}`.trim().split("\n").at(-1) ?? "", /"stopped"/);
      assert.equal(inspected(service, ".State.ExitCode"), "0");
    }
    fact("a stop drains each of them, the door first, and all end with 0");
  } finally {
    stack.remove(true);
    rmSync(parent, { recursive: true, force: true });
  }
  const left = inEngine("ps", "--all", "--quiet", "--filter", `name=${place.project}`).stdout.trim();
  assert.equal(left, "", "containers are left");
  fact("nothing is left of it");
}
