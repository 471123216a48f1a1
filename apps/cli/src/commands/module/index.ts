import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { moduleChange } from "./change.ts";
import { moduleInstall } from "./install.ts";
import { moduleList } from "./list.ts";
import { moduleRun } from "./run.ts";
import { moduleShow } from "./show.ts";
import { moduleUninstall } from "./uninstall.ts";
import { moduleVerify } from "./verify.ts";

/** `sigil module …`, in the order of the help. */
export function module(needs: Needs): Command[] {
  return [
    moduleRun(needs),
    moduleList(needs),
    moduleShow(needs),
    moduleVerify(needs),
    moduleInstall(needs),
    moduleUninstall(needs),
    moduleChange("register", needs),
    moduleChange("revoke", needs),
    moduleChange("reinstate", needs),
  ];
}
