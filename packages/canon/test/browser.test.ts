import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { bundle, trust } from "./fixture.ts";

const entry = join(import.meta.dirname, "../src/portable.ts");

test("the portable entry verifies a bundle where there is no Node, in under 60 KB", async () => {
  const contents = `import { parseTrustFile, verifyBundle } from ${JSON.stringify(entry)};
    globalThis.verify = (bundle, trust) => JSON.stringify(verifyBundle(bundle, trust && parseTrustFile(trust)));`;
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  const [output] = outputFiles;
  expect(Object.keys(metafile.inputs).filter((path) => path.includes("src/node/"))).toEqual([]);
  const context = createContext({ TextEncoder, TextDecoder, Uint8Array });
  runInContext(output?.text ?? "", context);
  const verify = context.verify as (bundle: string, trust?: string) => string;
  const pinned = JSON.parse(verify(JSON.stringify(bundle), JSON.stringify(trust)));
  expect(pinned).toMatchObject({ verdict: "verified" });
  expect(JSON.parse(verify(JSON.stringify(bundle)))).toMatchObject({ verdict: "unpinned" });
  expect(
    JSON.parse(verify(JSON.stringify(bundle).replace("block 2", "block 3"), JSON.stringify(trust))),
  ).toMatchObject({
    verdict: "refused",
    code: "record-hash-mismatch",
  });
  expect(output?.contents.length).toBeLessThan(60_000);
});
