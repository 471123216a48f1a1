import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The code of a built-in module as `infra/build.mjs` makes it. `folder` is the module's, with `src/index.ts`. */
export async function bundleOf(folder: URL): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(folder),
    entryPoints: { module: "src/index.ts" },
    outdir: "dist",
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    format: "esm",
    legalComments: "none",
  });
  return outputFiles[0]?.text ?? "";
}
