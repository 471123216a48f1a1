import { describe, expect, it } from "vitest";
import { Readiness, type Unready } from "../../src/domain/readiness.ts";

const DOWN: Unready = { code: "codex-nexus-unreachable", detail: "no answer" };

describe("readiness", () => {
  it("nothing is ready before the first probe", () => {
    const readiness = new Readiness({ store: () => undefined, others: [], synchronise: async () => {} });
    expect(readiness.reasons.map(({ code }) => code)).toEqual(["starting"]);
  });

  it("readiness is red with every reason at once, and green when all are gone", async () => {
    let store: Unready | undefined = DOWN;
    let host: Unready | undefined = { code: "mmf-unreachable", detail: "no answer" };
    const readiness = new Readiness({
      store: () => store,
      others: [() => host],
      synchronise: async () => {},
    });
    await readiness.probe();
    expect(readiness.reasons.map(({ code }) => code)).toEqual(["codex-nexus-unreachable", "mmf-unreachable"]);
    store = undefined;
    host = undefined;
    await readiness.probe();
    expect(readiness.reasons).toEqual([]);
  });

  it("the records are read again each time the store comes back, and only then", async () => {
    let store: Unready | undefined;
    let reads = 0;
    const readiness = new Readiness({
      store: () => store,
      others: [],
      synchronise: async () => {
        reads += 1;
      },
    });
    await readiness.probe();
    await readiness.probe();
    expect(reads).toBe(1);
    store = DOWN;
    await readiness.probe();
    expect(reads).toBe(1);
    store = undefined;
    await readiness.probe();
    expect(reads).toBe(2);
  });

  it("records that cannot be read keep it red, with the reason, until they can", async () => {
    let broken = true;
    const readiness = new Readiness({
      store: () => undefined,
      others: [],
      synchronise: async () => {
        if (broken) throw new Error("record 0 is another runtime's");
      },
    });
    await readiness.probe();
    expect(readiness.reasons).toEqual([{ code: "store-not-read", detail: "record 0 is another runtime's" }]);
    broken = false;
    await readiness.probe();
    expect(readiness.reasons).toEqual([]);
  });
});
