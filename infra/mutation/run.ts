// npm run mutation -- crypto|canon: how many small faults in the source do the tests of the package notice?
import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const [name, ...rest] = process.argv.slice(2);
if ((name !== "crypto" && name !== "canon") || rest.length > 0) {
  console.error("mutation: name a package; usage: npm run mutation -- crypto|canon");
  process.exit(2);
}
const child = spawn(
  process.execPath,
  [
    join(root, "node_modules/@stryker-mutator/core/bin/stryker.js"),
    "run",
    "infra/mutation/stryker.config.mjs",
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, SIGIL_MUTATE: name } },
);
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
