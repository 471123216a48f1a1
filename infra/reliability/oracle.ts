import { memory } from "../../apps/codex-nexus/test/support/drafts.ts";
import type { TestHome } from "../../apps/codex-nexus/test/support/home.ts";
import { opened } from "../../apps/codex-nexus/test/support/store.ts";
import { verified } from "../../apps/codex-nexus/test/support/verify.ts";
import type { Acknowledged } from "./subject/life.ts";
import { type Part, readPart } from "./subject/plan.ts";

/**
 * What is wrong with a store after something happened to it, as sentences; none when it verifies, opens, holds every
 * acknowledged record exactly once where it was acknowledged, every request whole or not at all, and takes the next write.
 */
export async function afterwards(home: TestHome, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const problems: string[] = [];
  const report = await verified(home, home.data);
  for (const { index, check, detail } of report.findings)
    problems.push(`verify: ${index} ${check}: ${detail}`);
  const store = await opened(home);
  try {
    if (store.nexus.alarm !== undefined) return [...problems, `alarm: ${store.nexus.alarm.detail}`];
    const stored = await everything(store.nexus);
    problems.push(...lost(acknowledged, stored), ...twice(stored), ...torn(stored));
    const { size } = store.nexus.checkpoint;
    const { records } = await store.nexus.append({ records: [memory("the next write")] });
    if (records[0]?.index !== size)
      problems.push(`the next write went to ${records[0]?.index}, not to ${size}`);
  } finally {
    await store.close();
  }
  return problems;
}

interface Stored {
  readonly id: string;
  readonly index: number;
  readonly text: string;
}

async function everything(nexus: Awaited<ReturnType<typeof opened>>["nexus"]): Promise<Stored[]> {
  const stored: Stored[] = [];
  let cursor: string | undefined;
  do {
    const next = cursor === undefined ? {} : { cursor };
    const page = await nexus.query({ kind: "memory.block", order: "asc", limit: 200, ...next }, "Root");
    for (const { index, signed } of page.records) {
      stored.push({ id: signed.record.id, index, text: String(signed.record.payload.text) });
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return stored;
}

function lost(acknowledged: readonly Acknowledged[], stored: readonly Stored[]): string[] {
  const byId = new Map(stored.map((record) => [record.id, record]));
  return acknowledged.flatMap(({ id, index, text }) => {
    const found = byId.get(id);
    if (found === undefined) return [`acknowledged and lost: ${id} (${name(text)})`];
    if (found.index !== index) return [`${id} was acknowledged at ${index} and is at ${found.index}`];
    return found.text === text ? [] : [`${id} holds another text than was acknowledged`];
  });
}

function twice(stored: readonly Stored[]): string[] {
  const seen = new Map<string, number>();
  return stored.flatMap(({ text, index }) => {
    const part = readPart(text);
    if (part === undefined) return [];
    const key = `${part.request} part ${part.part}`;
    const before = seen.get(key);
    seen.set(key, index);
    return before === undefined ? [] : [`${key} is stored twice, at ${before} and ${index}`];
  });
}

function torn(stored: readonly Stored[]): string[] {
  const requests = new Map<string, { part: Part; indexes: number[] }>();
  for (const { text, index } of stored) {
    const part = readPart(text);
    if (part === undefined) continue;
    const request = requests.get(part.request) ?? { part, indexes: [] };
    request.indexes.push(index);
    requests.set(part.request, request);
  }
  return [...requests].flatMap(([request, { part, indexes }]) => {
    const first = indexes[0] ?? 0;
    const whole = indexes.length === part.parts && indexes.every((index, at) => index === first + at);
    return whole ? [] : [`${request} has ${part.parts} parts and landed at ${indexes.join(", ")}`];
  });
}

const name = (text: string) => text.replace(/ ·*$/, "");
