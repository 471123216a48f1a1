import type { Command } from "../domain/command.ts";
import type { Needs } from "../domain/needs.ts";
import { audit } from "./audit/index.ts";
import { bootstrapHome } from "./bootstrap.ts";
import { canon } from "./canon/index.ts";
import { chain } from "./chain/index.ts";
import { clientKey } from "./client-key/index.ts";
import { completion } from "./completion.ts";
import { config } from "./config/index.ts";
import { decision } from "./decision/index.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { issuer } from "./issuer/index.ts";
import { key } from "./key/index.ts";
import { license } from "./license/index.ts";
import { lockdown } from "./lockdown/index.ts";
import { log } from "./log/index.ts";
import { memory } from "./memory/index.ts";
import { module } from "./module/index.ts";
import { policy } from "./policy/index.ts";
import { proposal } from "./proposal/index.ts";
import { publisher } from "./publisher/index.ts";
import { quorum } from "./quorum/index.ts";
import { record } from "./record/index.ts";
import { review } from "./review/index.ts";
import { run } from "./run/index.ts";
import { selftest } from "./selftest.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { store } from "./store/index.ts";
import { trust } from "./trust/index.ts";
import { verify } from "./verify.ts";
import { witness } from "./witness/index.ts";

/** Every command there is, in the order of the help. `quiet` sees nothing of the user's own settings. */
export function allCommands(needs: Needs, quiet: Needs): Command[] {
  const all: Command[] = [
    start(needs),
    bootstrapHome(needs),
    demo(quiet),
    status(needs),
    doctor(needs),
    selftest(needs, quiet),
    completion(needs, () => all),
    ...module(needs),
    ...publisher(needs),
    ...run(needs),
    ...memory(needs),
    ...canon(needs),
    ...chain(needs),
    verify(needs),
    ...audit(needs),
    ...decision(needs),
    ...trust(needs),
    ...quorum(needs),
    ...witness(needs),
    ...proposal(needs),
    ...review(needs),
    ...policy(needs),
    ...config(needs),
    ...license(needs),
    ...lockdown(needs),
    ...issuer(needs),
    ...clientKey(needs),
    ...record(needs),
    ...store(needs),
    ...key(needs),
    ...log(needs),
  ];
  return all;
}
