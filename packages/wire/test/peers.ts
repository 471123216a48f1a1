import { createServer, type Server, type Socket } from "node:net";
import { afterEach } from "vitest";
import { ServiceClient } from "../src/client/service-client.ts";
import { newChannel, newSigningKey } from "./fixtures.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Runs after the test, last registered first. */
export function atEnd(close: () => unknown): void {
  closers.push(close);
}

/** A process on a port that answers with what it likes and keeps every byte that it is sent. */
export async function rawServer(answer: (request: string, socket: Socket) => string | undefined) {
  const seen = { bytes: "", connections: 0 };
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      seen.bytes += chunk.toString("latin1");
      const reply = answer(chunk.toString("latin1"), socket);
      if (reply !== undefined) socket.write(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  atEnd(close);
  return { port, seen, close };
}

/** An HTTP answer with a JSON body. */
export function http(status: number, body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({
    "content-type": "application/json",
    "content-length": String(body.length),
    ...headers,
  });
  return `HTTP/1.1 ${status} X\r\n${lines.map(([k, v]) => `${k}: ${v}`).join("\r\n")}\r\n\r\n${body}`;
}

/** SigilDERG's client for a store at a port, whose real channel key is `peer`'s. */
export function clientOf(port: number, peer = newChannel(), connections = 1): ServiceClient {
  const client = new ServiceClient({
    baseUrl: `http://127.0.0.1:${port}`,
    service: "codex-nexus",
    key: newSigningKey(),
    iss: "sigilderg",
    channel: newChannel(),
    peerChannel: peer.publicRaw,
    connections,
  });
  atEnd(() => client.close());
  return client;
}
