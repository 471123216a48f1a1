import { logPolicyChange } from "@sigil/wire";
import { governed } from "./row.ts";

/** `log-policy.change`: who cosigns checkpoints. The store judges the policy itself when it lands. */
export const logPolicy = governed({
  action: "log-policy.change",
  request: logPolicyChange,
  prepare: (policy) => ({
    kind: "log.policy",
    stream: "system/log-policy",
    loa: "Guest",
    content: { ...policy },
  }),
});
