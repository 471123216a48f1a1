import {
  consistencyProof,
  Frontier,
  leafBytes,
  leafHash,
  signCheckpoint,
  type TrustFile,
} from "@sigil/canon";
import { generateSeed, signingKey, toBase64, toBase64url } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { CheckpointMemory } from "../../src/clients/checkpoint-memory.ts";

const key = signingKey(generateSeed());
const ORIGIN = "sigil.local/log/test";
const TRUST = {
  origin: ORIGIN,
  epochs: [{ epoch: 0, origin: ORIGIN, from: 0 }],
  keys: { log: [{ kid: key.kid, publicKey: toBase64url(key.publicKey.raw), from: 0, to: null }] },
} as unknown as TrustFile;

/** A log of leaves that differ by `name` from leaf `forkAt` on. */
class Log {
  readonly #nodes = new Map<string, Uint8Array>();
  readonly #roots: Uint8Array[] = [];

  constructor(name: string, size: number, forkAt = 0) {
    const frontier = Frontier.empty();
    for (let i = 0; i < size; i += 1) {
      const digit = i < forkAt ? "0" : name;
      const hash = `sha256:${digit.repeat(60)}${i.toString(16).padStart(4, "0")}`;
      for (const node of frontier.append(leafHash(leafBytes({ ch: hash, rh: hash })))) {
        this.#nodes.set(`${node.level}/${node.index}`, node.hash);
      }
      this.#roots.push(frontier.root());
    }
  }

  note(size: number, signer = key): string {
    return signCheckpoint(
      { origin: ORIGIN, size, root: this.#roots[size - 1] ?? new Uint8Array(32) },
      signer,
    );
  }

  proof(from: number, to: number): string[] {
    const node = (level: number, index: number) => this.#nodes.get(`${level}/${index}`) ?? new Uint8Array(32);
    return consistencyProof(from, to, node).map((hash) => toBase64(hash));
  }
}

describe("checkpoint memory", () => {
  const log = new Log("a", 9);
  const follow = (memory: CheckpointMemory, from: Log, to: number) => {
    const known = memory.known;
    return memory.follow(from.note(to), known === undefined ? [] : from.proof(known.size, to), known);
  };

  it("a log that grows is followed", () => {
    const memory = new CheckpointMemory(TRUST);
    for (const size of [1, 4, 5, 9]) follow(memory, log, size);
    expect(memory.known?.size).toBe(9);
  });

  it("an answer that was overtaken by a larger one does not set the memory back", () => {
    const memory = new CheckpointMemory(TRUST);
    follow(memory, log, 4);
    const asked = memory.known;
    memory.follow(log.note(9), log.proof(4, 9), asked);
    memory.follow(log.note(6), log.proof(4, 6), asked);
    expect(memory.known?.size).toBe(9);
  });

  it("a fork is refused, with the fork's own proof as with the log's", () => {
    const fork = new Log("b", 9, 3);
    for (const proof of [fork.proof(5, 9), log.proof(5, 9)]) {
      const memory = new CheckpointMemory(TRUST);
      follow(memory, log, 5);
      expect(() => memory.follow(fork.note(9), proof, memory.known)).toThrow(
        expect.objectContaining({ code: "checkpoint-inconsistent" }),
      );
      expect(memory.known?.size).toBe(5);
    }
  });

  it("a store that was set back is refused, whichever way it answers", () => {
    const memory = new CheckpointMemory(TRUST);
    follow(memory, log, 9);
    const refused = expect.objectContaining({ code: "checkpoint-inconsistent" });
    expect(() => memory.follow(log.note(5), [], memory.known)).toThrow(refused);
    expect(() => memory.notBehind(memory.open(log.note(5)))).toThrow(refused);
    expect(() => memory.notBehind(memory.open(new Log("b", 9).note(9)))).toThrow(refused);
    expect(() => memory.notBehind(memory.open(log.note(9)))).not.toThrow();
  });

  it("a checkpoint under a key that is not pinned is refused", () => {
    const memory = new CheckpointMemory(TRUST);
    expect(() => memory.follow(log.note(4, signingKey(generateSeed())), [], undefined)).toThrow(
      expect.objectContaining({ code: "checkpoint-inconsistent" }),
    );
  });
});
