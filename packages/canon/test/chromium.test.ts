import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { examine, portableScript } from "./portable-build.ts";

const browser = [
  process.env.SIGIL_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && existsSync(path));
if (browser === undefined)
  console.warn(
    "SKIPPED: no Chromium in /usr/bin; install one or set SIGIL_CHROMIUM to test the portable entries in a browser",
  );

/** The page after its scripts have run, as the browser serialises it. */
async function dumpDom(page: string, profile: string): Promise<string> {
  const args = ["--headless", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`];
  // A container may have no user namespaces, which Chromium's own sandbox needs. The page is ours.
  const child = spawn(browser as string, [...args, "--no-sandbox", "--dump-dom", pathToFileURL(page).href], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 90_000,
  });
  let dom = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    dom += chunk;
  });
  await once(child, "close");
  return dom;
}

test.skipIf(browser === undefined)(
  "the portable entries answer in a headless browser what the native ones answer in Node",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "sigil-browser-"));
    const { answer, asked } = examine();
    try {
      writeFileSync(join(folder, "portable.js"), await portableScript());
      writeFileSync(join(folder, "question.js"), `const question = ${JSON.stringify(asked)};`);
      // Base64 of the JSON: nothing in it that a serialised page would escape.
      const show = `const bytes = new TextEncoder().encode(answer(question));
        document.body.textContent = "answer:" + btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) + ":";`;
      writeFileSync(join(folder, "show.js"), show);
      const scripts = ["portable", "question", "show"].map((name) => `<script src="${name}.js"></script>`);
      writeFileSync(
        join(folder, "page.html"),
        `<!doctype html><meta charset="utf-8"><body>${scripts.join("")}</body>`,
      );
      const dom = await dumpDom(join(folder, "page.html"), join(folder, "profile"));
      const said = /answer:([^:]*):/.exec(dom)?.[1] ?? "";
      expect(JSON.parse(Buffer.from(said, "base64").toString("utf8") || "null")).toEqual(answer);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
