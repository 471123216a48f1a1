import { spawnSync } from "node:child_process";
import { ROOT } from "../publish/manifest.ts";

const { packageManager } = (await import("../../package.json", { with: { type: "json" } })).default;

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The pnpm that package.json names, in `cwd`. */
export function pnpm(args: readonly string[], cwd = ROOT): Said {
  const { status, stdout, stderr } = spawnSync(
    "npx",
    ["--yes", "--prefer-offline", packageManager, ...args],
    {
      cwd,
      encoding: "utf8",
      maxBuffer: 256 << 20,
      shell: process.platform === "win32",
    },
  );
  return { status: status ?? 1, stdout, stderr };
}
