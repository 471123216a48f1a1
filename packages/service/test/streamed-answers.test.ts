import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import { type BundleFrame, ProblemError, type ServiceClient } from "@sigil/wire";
import { describe, expect, it } from "vitest";
import { atEnd, clientFor, newService, running } from "./fixtures.ts";
import { raw } from "./http.ts";

const ID = "01890000-0000-7000-8000-000000000001";
const BUNDLE = "codex-nexus POST /v1/bundle";
const ctx = { principal: "alice", loa: "Mentor", decision: ID } as const;
const asked = { body: { ids: [ID] }, ctx };

const head: BundleFrame = {
  head: { v: 1, type: "sigil-proof-bundle", origin: "o", checkpoint: "c" } as never,
  records: [],
};
const entries = (text: string): BundleFrame => ({ entries: [{ text } as never] });

/** A source of frames that counts how many were asked of it, and whether it was ended. */
function source(frames: Iterable<BundleFrame>) {
  const seen = { given: 0, ended: false };
  async function* give(): AsyncGenerator<BundleFrame> {
    try {
      for (const frame of frames) {
        seen.given += 1;
        yield frame;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, give };
}

const serving = async (give: () => AsyncIterable<BundleFrame>) =>
  (await running(newService("codex-nexus", { [BUNDLE]: () => ({ frames: give() }) }).service)).port;

async function all(client: ServiceClient): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const frame of client.stream(BUNDLE, asked)) found.push(frame);
  return found;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "answered",
    (error: { code: string; problem?: { code: string } }) => error.problem?.code ?? error.code,
  );
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds() && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A relay on a port of its own that passes the service's bytes on as `change` makes them. */
async function relay(port: number, change: (bytes: Buffer, socket: Socket) => Buffer): Promise<string> {
  const server = createServer((near) => {
    const far = dial(port, "127.0.0.1");
    near.pipe(far);
    far.on("data", (bytes) => near.write(change(bytes, near)));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const)
      socket.on("error", () => {}).on("close", () => other.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const at = (port: number) => `http://127.0.0.1:${port}`;
const megabyte = "x".repeat(1024 * 1024);

describe("a streamed answer between services", () => {
  it("arrives frame by frame, and its connection serves the next call", async () => {
    const frames = [head, entries("one"), entries("two")];
    const client = clientFor(at(await serving(source(frames).give)), "codex-nexus", "sigilderg", 1);
    expect(await all(client)).toEqual(frames);
    expect(await all(client)).toEqual(frames);
  });

  it("is a refusal like any other when it fails before its first frame", async () => {
    const port = await serving(async function* () {
      yield await Promise.reject<BundleFrame>(new ProblemError("not-found", "nothing here"));
    });
    expect(await codeOf(all(clientFor(at(port))))).toBe("not-found");
  });

  it("ends with the peer's own problem when it fails later", async () => {
    const port = await serving(async function* () {
      yield head;
      throw new ProblemError("record-damaged", "leaf 7");
    });
    expect(await codeOf(all(clientFor(at(port))))).toBe("record-damaged");
  });

  it("is not believed when a relay changes a byte of a frame, and the frame is not given", async () => {
    const port = await serving(source([head, entries("stored")]).give);
    const given: unknown[] = [];
    const client = clientFor(
      await relay(port, (bytes) =>
        Buffer.from(bytes.toString("latin1").replace("stored", "st0red"), "latin1"),
      ),
    );
    const reading = (async () => {
      for await (const frame of client.stream(BUNDLE, asked)) given.push(frame);
    })();
    expect(await codeOf(reading)).toBe("peer-response-invalid");
    expect(given).toEqual([head]);
  });

  it("is not believed when a relay passes it off as an answer that is whole", async () => {
    const port = await serving(source([head]).give);
    const client = clientFor(
      await relay(port, (bytes) =>
        Buffer.from(
          bytes.toString("latin1").replace("application/vnd.sigil.frames", "application/json"),
          "latin1",
        ),
      ),
    );
    expect(await codeOf(all(client))).toBe("peer-response-invalid");
  });

  it("is a failure when the connection breaks in its middle, never a shorter answer", async () => {
    const port = await serving(source([head, ...Array.from({ length: 8 }, () => entries(megabyte))]).give);
    let passed = 0;
    const client = clientFor(
      await relay(port, (bytes, near) => {
        passed += bytes.length;
        if (passed > 3_000_000) near.destroy();
        return bytes;
      }),
    );
    expect(["peer-unreachable", "peer-response-invalid"]).toContain(await codeOf(all(client)));
  });

  it("is made no faster than it is read: of 256 MiB a caller that stopped reading costs a few", async () => {
    const { seen, give } = source([head, ...Array.from({ length: 256 }, () => entries(megabyte))]);
    const frames = clientFor(at(await serving(give))).stream(BUNDLE, asked);
    await frames.next();
    await frames.next();
    // As long as it takes until nothing moves any more: what the sockets of this machine hold is on its way then.
    for (let last = -1; last !== seen.given; ) {
      last = seen.given;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(seen.given).toBeLessThan(32);
    await frames.return(undefined);
    await until(() => seen.ended);
    expect(seen).toMatchObject({ ended: true });
  });

  it("is ended at its source when its caller stops reading, and the connection is lent again", async () => {
    const { seen, give } = source([head, ...Array.from({ length: 64 }, () => entries(megabyte))]);
    const client = clientFor(at(await serving(give)), "codex-nexus", "sigilderg", 1);
    for await (const frame of client.stream(BUNDLE, asked)) if ("entries" in frame) break;
    await until(() => seen.ended);
    expect(seen.ended).toBe(true);
    expect(await client.prove()).toMatchObject({ instance: expect.any(String) });
  });

  it("is ended by the signal of its caller while the peer is waited for", async () => {
    const stop = new AbortController();
    const port = await serving(async function* () {
      yield head;
      await new Promise(() => {});
    });
    const frames = clientFor(at(port)).stream(BUNDLE, { ...asked, signal: stop.signal });
    await frames.next();
    const next = codeOf(frames.next());
    stop.abort();
    expect(await next).toBe("peer-aborted");
  });

  it("has a deadline for each frame, which stands still while its caller takes its time", async () => {
    const port = await serving(async function* () {
      yield head;
      yield entries("one");
      await new Promise(() => {});
    });
    const frames = clientFor(at(port)).stream(BUNDLE, { ...asked, timeoutMs: 400 });
    await frames.next();
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect((await frames.next()).value).toEqual(entries("one"));
    expect(await codeOf(frames.next())).toBe("peer-timeout");
  });

  it("cuts the connection of a licensed caller when its source fails, so that no part passes for the whole", async () => {
    const { service, lines } = newService("sigilderg", {
      "sigilderg POST /v1/canon/export": () => ({
        contentType: "application/json",
        stream: (async function* () {
          yield "{";
          await new Promise((resolve) => setTimeout(resolve, 20));
          throw new Error("the store went away");
        })(),
      }),
    });
    const { port } = await running(service);
    const body = JSON.stringify({ ids: [ID] });
    const request = [
      ...["Host: 127.0.0.1", "Authorization: Bearer x", "Content-Type: application/json"],
      `Content-Length: ${body.length}`,
    ];
    const answer = await raw(
      port,
      `POST /v1/canon/export HTTP/1.1\r\n${request.join("\r\n")}\r\n\r\n${body}`,
    );
    expect(answer).toContain("HTTP/1.1 200");
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(answer).not.toContain("went away");
    expect(lines).toContainEqual(expect.objectContaining({ msg: "an answer broke off", code: "internal" }));
  });
});
