import { ProblemError } from "@sigil/wire";
import { z } from "zod";
import type { Projection } from "../records/projection.ts";
import { governed } from "./row.ts";

/** `lockdown.leave`: writes go on. Entering needs nobody else. */
export const lockdownLeave = governed({
  action: "lockdown.leave",
  request: z.strictObject({ reason: z.string().min(1).max(1024) }),
  prepare({ reason }, { projection }, { mode }) {
    requireLockdown(projection);
    const content = { state: "left", reason, mode };
    return { kind: "system.lockdown", stream: "system/lockdown", loa: "Observer", content };
  },
  requireApplicable: (_, { projection }) => requireLockdown(projection),
});

function requireLockdown({ lockdown }: Projection): void {
  if (lockdown.inForce === undefined)
    throw new ProblemError("lockdown-absent", "there is no lockdown to leave");
}
