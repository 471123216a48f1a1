import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A line between two services that loses answers, or brings them late: the request arrives, and the connection breaks before a
 * byte of the answer comes back, or the answer waits. What it loses is chosen by the request line.
 */
export class LossyLink {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #lose: { readonly line: string; readonly about: string; times: number } | undefined;
  #lost = 0;
  #lateMs = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<LossyLink> {
    const server = createServer();
    const link = new LossyLink(server);
    server.on("connection", (near) => link.#join(near, connect(port, "127.0.0.1")));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return link;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Answers that were lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * From now on the answers to `times` requests that begin with `line` and hold `about` are lost: what the service writes by
   * itself meanwhile, such as a batch of decisions, is none of them.
   */
  lose(line: string, times: number, about = ""): void {
    this.#lose = { line, about, times };
  }

  /** From now on every answer waits so long. */
  delay(ms: number): void {
    this.#lateMs = ms;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  #join(near: Socket, far: Socket): void {
    let losing = false;
    const end = () => {
      for (const socket of [near, far]) {
        socket.destroy();
        this.#open.delete(socket);
      }
    };
    for (const socket of [near, far]) {
      this.#open.add(socket);
      socket.on("error", end).on("close", end);
    }
    near.on("data", (bytes) => {
      const lose = this.#lose;
      if (lose !== undefined && lose.times > 0) {
        const text = bytes.toString("latin1");
        if (text.startsWith(lose.line) && text.includes(lose.about)) {
          lose.times -= 1;
          losing = true;
        }
      }
      far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (!losing && this.#lateMs === 0) return near.write(bytes);
      if (!losing) return void setTimeout(() => near.writable && near.write(bytes), this.#lateMs);
      this.#lost += 1;
      end();
    });
  }
}
