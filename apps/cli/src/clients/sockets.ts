import { createServer } from "node:net";
import { CliError } from "../domain/error.ts";
import type { Address, Section } from "../domain/services.ts";

/** Holds `address` for a moment; the code of the system's refusal, or undefined when it is free. */
function refusal({ host, port }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "EUNKNOWN"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Returns when every address can be listened on. Throws `port-conflict`, `port-busy` or `port-not-allowed` by setting. */
export async function requireFree(addresses: Readonly<Record<Section, Address>>): Promise<void> {
  const seen = new Map<string, string>();
  for (const [section, address] of Object.entries(addresses)) {
    const key = `${section}.port`;
    const spot = `${address.host}:${address.port}`;
    const other = seen.get(spot);
    if (other !== undefined)
      throw new CliError(
        "port-conflict",
        `${other} and ${key} are both ${address.port}`,
        `Give one of them another port: --set ${key}=…`,
      );
    seen.set(spot, key);
    const code = await refusal(address);
    if (code === "EADDRINUSE")
      throw new CliError(
        "port-busy",
        `another process listens on ${spot} (${key})`,
        `Stop that process, or choose another port: --set ${key}=… (or ${key.replace(".", " > ")} in sigil.toml, or SIGIL_${key.replace(".", "_").toUpperCase()}).`,
      );
    if (code !== undefined)
      throw new CliError(
        "port-not-allowed",
        `this user cannot listen on ${spot} (${key}): ${code}`,
        `Set ${key} to a port from 1024 to 65535 and ${section}.host to an address of this machine.`,
      );
  }
}

/** Free loopback ports, all held until all are known, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether this user could listen there now. */
export async function isFree(address: Address): Promise<boolean> {
  return (await refusal(address)) === undefined;
}
