import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RecordDraft } from "@sigil/canon";
import pg from "pg";

const BIN = "/usr/lib/postgresql/15/bin";
const INSERT = {
  name: "insert",
  text: "INSERT INTO record (id, stream, kind, body) VALUES ($1, $2, $3, $4)",
};

/** Why there is no PostgreSQL 15 to compare with, or undefined when there is. */
export function absentPostgres(): string | undefined {
  if (!existsSync(join(BIN, "postgres"))) return `no PostgreSQL 15 in ${BIN}`;
  // PostgreSQL refuses to run as root; the account that Debian's package makes is used then.
  if (process.getuid?.() === 0 && userId("postgres") === undefined) return "no postgres account to run it as";
  return undefined;
}

/**
 * A throwaway PostgreSQL 15 in a folder, on a Unix socket only, with its defaults: `fsync` and `synchronous_commit` on.
 * Records go in as plain JSON text, one prepared insert each.
 */
export class Postgres {
  readonly #server: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #pool: pg.Pool;

  private constructor(server: ChildProcess, socket: string, connections: number) {
    this.#server = server;
    this.#ended = new Promise((resolve) => server.once("close", resolve));
    this.#pool = new pg.Pool({ host: socket, user: "bench", database: "postgres", max: connections });
    // A connection that is idle when the server stops says so here; queries reject by themselves.
    this.#pool.on("error", () => undefined);
  }

  static async start(folder: string, connections: number): Promise<Postgres> {
    const home = join(folder, "postgres");
    mkdirSync(home, { mode: 0o700 });
    const id = process.getuid?.() === 0 ? userId("postgres") : undefined;
    const as = id === undefined ? {} : id;
    if (id !== undefined) execFileSync("chown", [`${id.uid}:${id.gid}`, home]);
    // The folder above is a temporary one that only its owner enters.
    if (id !== undefined) execFileSync("chmod", ["0711", folder]);
    const data = join(home, "data");
    const env = { PATH: process.env.PATH ?? "", LC_ALL: "C" };
    execFileSync(join(BIN, "initdb"), ["-D", data, "-U", "bench", "-A", "trust", "--no-sync"], {
      ...as,
      env,
      cwd: home,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const server = spawn(join(BIN, "postgres"), ["-D", data, "-k", home, "-c", "listen_addresses="], {
      ...as,
      env,
      cwd: home,
      stdio: "ignore",
    });
    const own = new Postgres(server, home, connections);
    await own.#ready();
    return own;
  }

  async one(record: RecordDraft): Promise<void> {
    await this.#pool.query({ ...INSERT, values: valuesOf(record) });
  }

  /** A transaction of one insert for each record. */
  async many(records: readonly RecordDraft[]): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query("BEGIN");
      for (const record of records) await client.query({ ...INSERT, values: valuesOf(record) });
      await client.query("COMMIT");
    } finally {
      client.release();
    }
  }

  async stop(): Promise<void> {
    await this.#pool.end();
    this.#server.kill("SIGINT");
    await this.#ended;
  }

  async #ready(): Promise<void> {
    const until = performance.now() + 20_000;
    for (;;) {
      try {
        await this.#pool.query(
          "CREATE TABLE record (id uuid PRIMARY KEY, stream text NOT NULL, kind text NOT NULL, body text NOT NULL)",
        );
        return;
      } catch (error) {
        if (performance.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

const valuesOf = (record: RecordDraft) => [
  crypto.randomUUID(),
  record.stream,
  record.kind,
  JSON.stringify(record),
];

function userId(name: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: "pipe" }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}
