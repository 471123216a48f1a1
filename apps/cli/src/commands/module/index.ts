import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { moduleBuild } from "./build.ts";
import { moduleChange } from "./change.ts";
import { moduleDev } from "./dev.ts";
import { moduleInstall } from "./install.ts";
import { moduleKey } from "./key.ts";
import { moduleList } from "./list.ts";
import { moduleNew } from "./new.ts";
import { moduleRun } from "./run.ts";
import { moduleShow } from "./show.ts";
import { moduleSign } from "./sign.ts";
import { moduleTest } from "./test.ts";
import { moduleUninstall } from "./uninstall.ts";
import { moduleVerify } from "./verify.ts";

/** `sigil module …`, in the order of the help. */
export function module(needs: Needs): Command[] {
  return [
    moduleRun(needs),
    moduleList(needs),
    moduleNew(needs),
    moduleDev(needs),
    moduleTest(needs),
    moduleBuild(needs),
    moduleKey(needs),
    moduleSign(needs),
    moduleShow(needs),
    moduleVerify(needs),
    moduleInstall(needs),
    moduleUninstall(needs),
    moduleChange("register", needs),
    moduleChange("revoke", needs),
    moduleChange("reinstate", needs),
  ];
}
