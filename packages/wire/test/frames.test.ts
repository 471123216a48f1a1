import { concatBytes, utf8 } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { FRAME, FRAME_MAX, type FrameFlag, openFrames, sealFrame } from "../src/envelope/frames.ts";
import { ResponseKey } from "../src/envelope/response.ts";
import { codeRejectedBy, newChannel } from "./fixtures.ts";

const [client, server] = [newChannel(), newChannel()];
const making = ResponseKey.derive(server, client.publicRaw, "server");
const checking = ResponseKey.derive(client, server.publicRaw, "client");
const HEAD = "A".repeat(43);
const OTHER_HEAD = `B${"A".repeat(42)}`;

const TEXTS = ["one", "two", "three"];
const FLAGS: readonly FrameFlag[] = [FRAME.part, FRAME.part, FRAME.end];

/** Three frames of one answer, sealed in their order. */
function sealed(head = HEAD): Uint8Array[] {
  const macs = making.frames(head);
  return TEXTS.map((text, at) => sealFrame(macs, FLAGS[at] as FrameFlag, utf8(text)));
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function opened(bytes: Uint8Array, size = 7): Promise<string[]> {
  const texts: string[] = [];
  for await (const { payload } of openFrames(inChunks(bytes, size), checking.frames(HEAD)))
    texts.push(new TextDecoder().decode(payload));
  return texts;
}

const join = (frames: readonly (Uint8Array | undefined)[]) =>
  concatBytes(...frames.filter((frame) => frame !== undefined));

describe("a streamed answer", () => {
  it.each([1, 7, 40, 4096])(
    "is read frame by frame, however it is cut up: chunks of %i bytes",
    async (size) => {
      expect(await opened(join(sealed()), size)).toEqual(TEXTS);
    },
  );

  it("gives a frame before the next has come, and none that has not verified", async () => {
    const [first, second] = sealed() as [Uint8Array, Uint8Array];
    second[second.length - 1] = (second.at(-1) ?? 0) ^ 1;
    const frames = openFrames(inChunks(join([first, second]), 1024), checking.frames(HEAD));
    expect((await frames.next()).value).toMatchObject({ flag: FRAME.part });
    expect(await codeRejectedBy(frames.next())).toBe("peer-response-invalid");
  });

  const [a, b, c] = sealed();
  const [, , c2] = sealed(OTHER_HEAD);
  const flipped = (at: number) => {
    const bytes = join(sealed());
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  it.each<[string, Uint8Array]>([
    ["without its last frame", join([a, b])],
    ["that ends within a frame", join([a, b, c?.slice(0, -1)])],
    ["without any frame", new Uint8Array(0)],
    ["with a frame left out", join([a, c])],
    ["with two frames swapped", join([b, a, c])],
    ["with a frame twice", join([a, a, b, c])],
    ["with a frame of another answer", join([a, b, c2])],
    ["that goes on after its last frame", join([a, b, c, utf8("x")])],
    ["with a flag changed", flipped(0)],
    ["with a length changed", flipped(4)],
    ["with a payload changed", flipped(5)],
    ["with a MAC changed", flipped(9)],
  ])("is refused: one %s", async (_, bytes) => {
    for (const size of [5, 4096])
      expect(await codeRejectedBy(opened(bytes, size))).toBe("peer-response-invalid");
  });

  it("is refused by its length before more than a frame is held", async () => {
    const head = new Uint8Array(5);
    new DataView(head.buffer).setUint32(1, FRAME_MAX + 1);
    let read = 0;
    const endless = (async function* () {
      yield head;
      for (;;) {
        read += 1;
        yield new Uint8Array(65_536);
      }
    })();
    expect(await codeRejectedBy(openFrames(endless, checking.frames(HEAD)).next())).toBe(
      "peer-response-invalid",
    );
    expect(read).toBe(0);
  });
});
