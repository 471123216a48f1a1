import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ROOT } from "../publish/manifest.ts";
import { IMAGE, IMAGE_UID } from "./image.ts";
import { StackError } from "./refusal.ts";
import { composeFindings } from "./rules.ts";

export const COMPOSE_FILE = join(ROOT, "infra/compose.yaml");
const SECRETS = ["sigilderg", "mmf", "codex-nexus", "issuer"].map((name) => `${name}.secret`);

/** Where one stack lies and how it is called. */
export interface Place {
  readonly project: string;
  /** Folder of the machine secrets, on this machine. */
  readonly secrets: string;
  /** Address and port that the door is published under. */
  readonly publish: string;
  readonly file?: string;
}

export interface Said {
  readonly status: number;
  readonly text: string;
}

/** Docker's own plugin, or the older command of its own; both read DOCKER_HOST, which may be Podman's socket. */
export function composeCommand(): readonly string[] {
  const found = [["docker", "compose"], ["docker-compose"]].find(
    ([program = "", ...args]) => spawnSync(program, [...args, "version"], { stdio: "ignore" }).status === 0,
  );
  if (found !== undefined) return found;
  throw new StackError(
    "compose-missing",
    "neither `docker compose` nor `docker-compose` is installed",
    "Install Docker's compose plugin, or Debian's docker-compose; docs/guides/containers.md says what was tried.",
  );
}

/** The stack of one compose file. Every command of it goes through the engine; nothing is kept here. */
export class Stack {
  readonly #command: readonly string[];
  readonly #place: Place;

  /** Throws `compose-missing`, `compose-unreadable` and the codes of `composeFindings`. */
  constructor(place: Place) {
    const file = place.file ?? COMPOSE_FILE;
    if (!existsSync(file))
      throw new StackError("compose-unreadable", `${file} is not there`, "Name a compose file that is.");
    const [finding] = composeFindings(readFileSync(file, "utf8"));
    if (finding !== undefined)
      throw new StackError(finding.code, `${file}: ${finding.message}`, finding.remedy);
    this.#place = { ...place, secrets: resolve(place.secrets) };
    this.#command = [...composeCommand(), "--project-name", place.project, "--file", file];
  }

  get url(): string {
    return `http://${this.#place.publish}`;
  }

  /** One command of compose, its output as text. */
  compose(...args: string[]): Said {
    const [program = "", ...own] = this.#command;
    const { status, stdout, stderr } = spawnSync(program, [...own, ...args], {
      encoding: "utf8",
      env: {
        ...process.env,
        SIGIL_IMAGE: IMAGE,
        SIGIL_SECRETS: this.#place.secrets,
        SIGIL_PUBLISH: this.#place.publish,
      },
    });
    return { status: status ?? 1, text: `${stdout}${stderr}` };
  }

  /** As `compose`, and whatever fails is `compose-failed` with the last that it said. */
  #must(...args: string[]): string {
    const { status, text } = this.compose(...args);
    if (status === 0) return text;
    const last = text.trim().split("\n").slice(-3).join(" ");
    throw new StackError(
      "compose-failed",
      `compose ${args.join(" ")}: ${last}`,
      "Correct what it names and try again; the volume is as it was.",
    );
  }

  /** A command of `sigil` inside the stack. */
  sigil(...args: string[]): Said {
    return this.compose("run", "--rm", "-T", "sigil", ...args);
  }

  /** Makes the runtime when there are no secrets yet, then starts the three services and waits for the door. */
  async up(): Promise<{ readonly founded: boolean }> {
    const founded = this.#found();
    // What still runs may stand in a network that ended with the door: everything stops, then starts in order.
    this.#must("stop");
    this.#must("up", "--detach");
    await this.ready();
    return { founded };
  }

  #found(): boolean {
    const { secrets } = this.#place;
    mkdirSync(secrets, { recursive: true, mode: 0o700 });
    const there = readdirSync(secrets);
    const missing = SECRETS.filter((name) => !there.includes(name));
    if (missing.length === 0) return false;
    if (there.length > 0)
      throw new StackError(
        "secrets-missing",
        `${secrets} lacks ${missing.join(", ")}`,
        "Put them back from the backup that goes with the volume; without them its keys do not open.",
      );
    if (process.getuid?.() === 0) chownSync(secrets, IMAGE_UID, IMAGE_UID);
    const { status, text } = this.compose("run", "--rm", "-T", "bootstrap");
    if (status === 0) return true;
    if (text.includes("home-present"))
      throw new StackError(
        "secrets-missing",
        `the volume holds a runtime, and ${secrets} none of its secrets`,
        "Put the secrets back from the backup that goes with the volume, or name their folder: --secrets <folder>.",
      );
    throw new StackError(
      "bootstrap-failed",
      text.trim().split("\n").slice(-2).join(" "),
      "Correct what it names.",
    );
  }

  /** Waits until the door says that all three are ready. Throws `stack-not-ready` with what it said last. */
  async ready(seconds = 60): Promise<void> {
    let last = "no answer";
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(
        () => undefined,
      );
      if (answer?.ok === true) return;
      if (answer !== undefined) last = await answer.text();
      await new Promise((done) => setTimeout(done, 250));
    }
    throw new StackError("stack-not-ready", last, "Read what the services say: npm run stack -- logs.");
  }

  /** Ends as `sigil start` does: the door first, so that what is under way can still be recorded; data stays. */
  stop(): void {
    this.#must("stop", "sigilderg");
    this.#must("stop");
  }

  /** Removes the containers and, with `data`, the volume: the runtime is gone then, its secrets are left. */
  remove(data: boolean): void {
    this.stop();
    // Podman removes a container that shares its network only after those that share it; the second round finds it alone.
    this.compose("down", ...(data ? ["--volumes"] : []));
    this.#must("down", ...(data ? ["--volumes"] : []));
  }
}
