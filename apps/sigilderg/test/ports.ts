import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below where Linux, macOS and Windows take the ports of outgoing connections from: what the system gives out for port 0 may be
 * the local end of somebody's connection a moment later, before the service that was promised it listens.
 */
const FIRST = 12_000;
const COUNT = 20_000;

/** Test processes run side by side and have neighbouring process ids: each begins somewhere of its own. */
let next = (process.pid * 397) % COUNT;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

/** A loopback port that nobody listens on, and that this process gives out once. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < COUNT; tried++) {
    const port = FIRST + (next++ % COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${FIRST} to ${FIRST + COUNT - 1}`);
}
