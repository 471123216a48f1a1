import type { Json } from "@sigil/canon";
import { moduleRequest, type PayloadOf, ProblemError } from "@sigil/wire";
import { SERVICE_AUTHORITY } from "../authority.ts";
import { jsonOf } from "../records/json.ts";
import { changeReason } from "./change.ts";
import { type Circumstances, type Ground, governed, type Write } from "./row.ts";

type Change = PayloadOf<"module.change">;
type Request = { readonly id: string; readonly digest: string; readonly reason?: string | undefined };

/**
 * `module.register`: another digest of a module, new or known, runs from its commit on.
 * @throws ProblemError `module-not-held` unless the module host holds exactly this digest; `module-revoked`, `change-empty`
 */
export const moduleRegister = governed({
  action: "module.register",
  request: moduleRequest,
  async prepare({ id, digest, ...request }: Request, ground, circumstances) {
    const held = await ground.host.list(SERVICE_AUTHORITY);
    const found = held.find((module) => module.id === id && module.digest === digest);
    if (found === undefined) {
      const other = held.find((module) => module.id === id)?.digest;
      const holds = other === undefined ? `no module ${id}` : `${id} under ${other} alone`;
      throw new ProblemError("module-not-held", `the module host holds ${holds}, not ${digest}`);
    }
    const { version, capabilities } = found;
    return write(ground, circumstances, request, {
      ...{ change: "register", id, version, digest, capabilities },
    });
  },
  requireApplicable,
  views,
});

/** `module.revoke`: a digest of a module runs no more. @throws ProblemError `module-unregistered`, `change-empty` */
export const moduleRevoke = governed({
  action: "module.revoke",
  request: moduleRequest,
  prepare: ({ id, digest, ...request }: Request, ground, circumstances) =>
    write(ground, circumstances, request, { change: "revoke", id, digest }),
  requireApplicable,
  views,
});

/** `module.reinstate`: a revoked digest runs again, as it was registered. @throws ProblemError as `moduleRevoke` */
export const moduleReinstate = governed({
  action: "module.reinstate",
  request: moduleRequest,
  prepare({ id, digest, ...request }: Request, ground, circumstances) {
    const known = ground.projection.modules.eventsOf(id).findLast((event) => event.module?.digest === digest);
    if (known?.module == null) {
      throw new ProblemError("module-unregistered", `${digest} of ${id} never was registered`);
    }
    const { version, capabilities } = known.module;
    return write(ground, circumstances, request, {
      ...{ change: "reinstate", id, version, digest, capabilities: [...capabilities] },
    });
  },
  requireApplicable,
  views,
});

type Fixed = "reason" | "mode";
type Content =
  | Omit<Exclude<Change, { change: "revoke" }>, Fixed>
  | Omit<Extract<Change, { change: "revoke" }>, Fixed>;

function write(
  ground: Ground,
  circumstances: Circumstances,
  request: { readonly reason?: string | undefined },
  content: Content,
): Write {
  const reason = changeReason(request, circumstances);
  const change = { ...content, reason, mode: circumstances.mode };
  const made: Write = {
    ...{ kind: "module.change", stream: `system/module/${content.id}`, loa: "Observer" },
    content: jsonOf(change),
  };
  requireApplicable(made, ground);
  return made;
}

function requireApplicable({ content }: Write, { projection }: Ground): void {
  const why = projection.modules.refusal(content as unknown as Change);
  if (why !== undefined) throw new ProblemError(why.code, why.detail);
}

function views({ content }: Write, { projection }: Ground) {
  const change = content as unknown as Change;
  const before = projection.modules.inForce(change.id) ?? null;
  const { change: what, id, digest } = change;
  const gone = before?.digest === digest ? null : before;
  const after =
    what === "revoke" ? gone : { id, version: change.version, digest, capabilities: change.capabilities };
  return { before: before as unknown as Json, after: after as unknown as Json };
}
