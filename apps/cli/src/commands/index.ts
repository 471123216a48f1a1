import type { Command } from "../domain/command.ts";
import type { Needs } from "../domain/needs.ts";
import { auditFollow } from "./audit-follow.ts";
import { auditList } from "./audit-list.ts";
import { auditShow } from "./audit-show.ts";
import { bootstrapHome } from "./bootstrap.ts";
import { canonExport } from "./canon-export.ts";
import { canonGet } from "./canon-get.ts";
import { canonList } from "./canon-list.ts";
import { canonTrust } from "./canon-trust.ts";
import { canonVerify } from "./canon-verify.ts";
import { clientKeyAdd } from "./client-key-add.ts";
import { clientKeyList } from "./client-key-list.ts";
import { clientKeyRevoke } from "./client-key-revoke.ts";
import { clientKeyRotate } from "./client-key-rotate.ts";
import { configChange } from "./config-change.ts";
import { configShow } from "./config-show.ts";
import { decisionExplain } from "./decision-explain.ts";
import { decisionShow } from "./decision-show.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { issuerList } from "./issuer-list.ts";
import { issuerRetire } from "./issuer-retire.ts";
import { issuerRotate } from "./issuer-rotate.ts";
import { keyList } from "./key-list.ts";
import { keyRotate } from "./key-rotate.ts";
import { keySeal } from "./key-seal.ts";
import { keyStatus } from "./key-status.ts";
import { licenseIssue } from "./license-issue.ts";
import { licenseList } from "./license-list.ts";
import { licenseRevoke } from "./license-revoke.ts";
import { licenseShow } from "./license-show.ts";
import { licenseValidate } from "./license-validate.ts";
import { lockdownEnter } from "./lockdown-enter.ts";
import { lockdownLeave } from "./lockdown-leave.ts";
import { lockdownStatus } from "./lockdown-status.ts";
import { logPolicy } from "./log-policy.ts";
import { memoryExport } from "./memory-export.ts";
import { memoryForget } from "./memory-forget.ts";
import { memoryGet } from "./memory-get.ts";
import { memoryImport } from "./memory-import.ts";
import { memoryList } from "./memory-list.ts";
import { memoryWrite } from "./memory-write.ts";
import { moduleChange } from "./module-change.ts";
import { moduleList } from "./module-list.ts";
import { moduleRun } from "./module-run.ts";
import { policyChange } from "./policy-change.ts";
import { policyExplain } from "./policy-explain.ts";
import { policyShow } from "./policy-show.ts";
import { policyTest } from "./policy-test.ts";
import { proposalAttest } from "./proposal-attest.ts";
import { proposalCommit } from "./proposal-commit.ts";
import { proposalCreate } from "./proposal-create.ts";
import { proposalExport } from "./proposal-export.ts";
import { proposalImport } from "./proposal-import.ts";
import { proposalList } from "./proposal-list.ts";
import { proposalReject } from "./proposal-reject.ts";
import { proposalShow } from "./proposal-show.ts";
import { proposalSign } from "./proposal-sign.ts";
import { proposalWatch } from "./proposal-watch.ts";
import { proposalWithdraw } from "./proposal-withdraw.ts";
import { quorumEnter } from "./quorum-enter.ts";
import { quorumStatus } from "./quorum-status.ts";
import { recordErase } from "./record-erase.ts";
import { runCancel } from "./run-cancel.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { storeBackup } from "./store-backup.ts";
import { storeMigrate } from "./store-migrate.ts";
import { storeRestore } from "./store-restore.ts";
import { trustChange } from "./trust-change.ts";
import { trustCheck } from "./trust-check.ts";
import { trustShow } from "./trust-show.ts";
import { verify } from "./verify.ts";
import { witnessAdd } from "./witness-add.ts";
import { witnessKey } from "./witness-key.ts";
import { witnessList } from "./witness-list.ts";
import { witnessRevoke } from "./witness-revoke.ts";
import { witnessRotate } from "./witness-rotate.ts";
import { witnessShow } from "./witness-show.ts";

/** Every command there is, in the order of the help. `quiet` sees nothing of the user's own settings. */
export function allCommands(needs: Needs, quiet: Needs): Command[] {
  return [
    start(needs),
    bootstrapHome(needs),
    demo(quiet),
    status(needs),
    doctor(needs),
    moduleRun(needs),
    moduleList(needs),
    runCancel(needs),
    memoryWrite(needs),
    memoryList(needs),
    memoryGet(needs),
    memoryForget(needs),
    memoryExport(needs),
    memoryImport(needs),
    canonList(needs),
    canonGet(needs),
    canonExport(needs),
    verify(needs),
    canonVerify(needs),
    canonTrust(needs),
    auditList(needs),
    auditShow(needs),
    auditFollow(needs),
    decisionShow(needs),
    decisionExplain(needs),
    trustCheck(needs),
    trustShow(needs),
    quorumStatus(needs),
    quorumEnter(needs),
    witnessKey(needs),
    witnessList(needs),
    witnessShow(needs),
    witnessAdd(needs),
    witnessRotate(needs),
    witnessRevoke(needs),
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
    policyChange(needs),
    trustChange(needs),
    configChange(needs),
    moduleChange("register", needs),
    moduleChange("revoke", needs),
    moduleChange("reinstate", needs),
    licenseShow(needs),
    licenseValidate(needs),
    licenseList(needs),
    licenseIssue(needs),
    licenseRevoke(needs),
    lockdownEnter(needs),
    lockdownLeave(needs),
    lockdownStatus(needs),
    issuerList(needs),
    issuerRotate(needs),
    issuerRetire(needs),
    clientKeyAdd(needs),
    clientKeyList(needs),
    clientKeyRotate(needs),
    clientKeyRevoke(needs),
    recordErase(needs),
    storeBackup(needs),
    storeRestore(needs),
    storeMigrate(needs),
    keyList(needs),
    keySeal(needs),
    keyStatus(needs),
    keyRotate(needs),
    logPolicy(needs),
    policyShow(needs),
    policyExplain(needs),
    policyTest(needs),
    configShow(needs),
  ];
}
