import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { proposalAttest } from "./attest.ts";
import { proposalCommit } from "./commit.ts";
import { proposalCreate } from "./create.ts";
import { proposalExport } from "./export.ts";
import { proposalImport } from "./import.ts";
import { proposalList } from "./list.ts";
import { proposalReject } from "./reject.ts";
import { proposalShow } from "./show.ts";
import { proposalSign } from "./sign.ts";
import { proposalWatch } from "./watch.ts";
import { proposalWithdraw } from "./withdraw.ts";

/** `sigil proposal …`, in the order of the help. */
export function proposal(needs: Needs): Command[] {
  return [
    proposalList(needs),
    proposalShow(needs),
    proposalAttest(needs),
    proposalReject(needs),
    proposalCommit(needs),
    proposalWatch(needs),
    proposalCreate(needs),
    proposalWithdraw(needs),
    proposalExport(needs),
    proposalSign(needs),
    proposalImport(needs),
  ];
}
