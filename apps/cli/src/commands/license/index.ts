import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { licenseIssue } from "./issue.ts";
import { licenseList } from "./list.ts";
import { licenseRevoke } from "./revoke.ts";
import { licenseShow } from "./show.ts";
import { licenseValidate } from "./validate.ts";

/** `sigil license …`, in the order of the help. */
export function license(needs: Needs): Command[] {
  return [
    licenseShow(needs),
    licenseValidate(needs),
    licenseList(needs),
    licenseIssue(needs),
    licenseRevoke(needs),
  ];
}
