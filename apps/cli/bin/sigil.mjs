#!/usr/bin/env node
// The launcher: plain JavaScript that any Node from 18 on can read, so that the first thing a newcomer sees is a
// sentence and never a syntax error or a crash of native code that was built for another Node.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const LEAST = 22;
const here = dirname(fileURLToPath(import.meta.url));
const command = join(here, "../dist/sigil.js");
const exe = process.platform === "win32" ? "node.exe" : "node";
const pinned = [join(here, "../../../node_modules/.bin", exe), join(here, "../node_modules/.bin", exe)];

function refuse(code, sentence, remedy) {
  if (process.argv.includes("--json"))
    process.stdout.write(`${JSON.stringify({ error: { code, message: sentence, remedy } }, null, 2)}\n`);
  process.stderr.write(`error: ${code}: ${sentence}\nremedy: ${remedy}\n`);
  process.exit(2);
}

/** Hands over to the pinned Node: same arguments, same terminal, same exit code; signals reach the real command. */
function handOver(node) {
  const child = spawn(node, [command, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal signals the whole group, so the child has Ctrl-C already; others signal this process alone.
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) =>
    refuse(
      "node-not-usable",
      `${node} could not be started: ${error.message}`,
      "Run `npm start` once; it installs the pinned Node.",
    ),
  );
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

if (!existsSync(command))
  refuse(
    "not-built",
    `the command has not been built: ${command} is missing`,
    "Run `npm start` once in the repository; it installs, builds and starts Sigil.",
  );
else if (Number(process.versions.node.split(".")[0]) >= LEAST) await import(pathToFileURL(command).href);
else {
  const node = pinned.find((path) => existsSync(path));
  if (node === undefined)
    refuse(
      "node-too-old",
      `this is Node ${process.versions.node}; Sigil needs Node ${LEAST} or newer, and the pinned one is not installed`,
      "Run `npm start` once; it installs the pinned Node. Or call a newer Node yourself.",
    );
  else handOver(node);
}
