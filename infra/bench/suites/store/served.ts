import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { ServiceClient } from "@sigil/wire";
import type { TestHome } from "../../../../apps/codex-nexus/test/support/home.ts";

const MAIN = join(import.meta.dirname, "../../../../apps/codex-nexus/dist/codex-nexus.js");

/** The built service over a home, in a process of its own, and a client that holds SigilDERG's keys. */
export interface Served {
  readonly client: ServiceClient;
  stop(): Promise<void>;
}

export async function served(home: TestHome, connections: number): Promise<Served> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_")));
  const args = ["serve", "--home", home.folder, "--set", "codex_nexus.port=0"];
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const client = new ServiceClient({
    baseUrl: await addressOf(child),
    service: "codex-nexus",
    key: home.keys.sigilderg.service,
    iss: "sigilderg",
    channel: home.keys.sigilderg.channel,
    peerChannel: home.keys.channel.publicRaw,
    connections,
  });
  return {
    client,
    async stop() {
      await client.close();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    let ready = false;
    // Goes on reading the log afterwards: a full pipe would stop the service.
    const read = (chunk: Buffer) => {
      if (ready) return;
      printed += chunk.toString();
      const found = /"address":"([^"]+)".*"msg":"ready"/.exec(printed);
      if (found?.[1] === undefined) return;
      ready = true;
      resolve(found[1]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    setTimeout(() => reject(new Error(`codex-nexus is not ready after 30 s: ${printed}`)), 30_000).unref();
    child.once("close", (code) => reject(new Error(`codex-nexus ended with ${code}: ${printed}`)));
  });
}
