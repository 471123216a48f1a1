import { dirname } from "node:path";
import { expect, test } from "vitest";
import { packageFolder, write } from "../package-folder.ts";
import { testHome } from "./home.ts";
import { MmfProcess } from "./mmf.ts";

const { home } = testHome();

async function refusalOf(settings: Record<string, string | number>, path?: string) {
  const { code, stderr } = await new MmfProcess(home, { "mmf.port": 0, ...settings }, path).exited;
  return { exit: code, ...(JSON.parse(stderr.trim()) as { code: string; remedy: string }) };
}

test("a package that was altered after the build keeps the service from starting", async () => {
  const folder = packageFolder("export default { run() {} }");
  write(folder, "dist/module.js", "export default { run() { return 1 } }");
  expect(await refusalOf({ "mmf.modules_dir": dirname(folder) })).toMatchObject({
    exit: 78,
    code: "module-file-altered",
    remedy: expect.stringContaining("sign the module again"),
  });
});

test("a modules folder that is not there keeps the service from starting", async () => {
  expect(await refusalOf({ "mmf.modules_dir": "/nowhere" })).toMatchObject({
    exit: 78,
    code: "modules-unreadable",
  });
});

test("strict isolation keeps the service from starting where bubblewrap is not on PATH", async () => {
  expect(await refusalOf({ "mmf.isolation": "strict" }, "/nowhere")).toMatchObject({
    exit: 78,
    code: "isolation-unavailable",
  });
});

test("a stopped service ends with 0", async () => {
  const folder = packageFolder("export default { run() {} }");
  const mmf = new MmfProcess(home, { "mmf.port": 0, "mmf.modules_dir": dirname(folder) });
  const ready = await fetch(`${await mmf.address}/readyz`);
  expect(await ready.json()).toEqual({ ready: true, reasons: [] });
  expect(await mmf.stop()).toEqual({ code: 0, stderr: "" });
});
