// Temporary folders of a test, gone when it ends.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { DoorPlace } from "../src/clients/door.ts";

export const APPS = join(import.meta.dirname, "../..");

/** A folder that is removed when the running test ends. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "sigil-cli-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A door as a command of version 1.0.0 finds it. */
export function doorAt(url: string): DoorPlace {
  return { url, version: "1.0.0", signal: new AbortController().signal };
}

/** The code that `act` throws; undefined when it throws nothing. */
export async function codeOf(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}
