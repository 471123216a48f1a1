import {
  type Acceptance,
  moduleRegistration,
  moduleRequest,
  type PayloadOf,
  ProblemError,
  WireError,
} from "@sigil/wire";
import {
  differences,
  failedStep,
  isOlder,
  type Terms,
  verifySignedManifest,
} from "@sigil/wire/module-package";
import { SERVICE_AUTHORITY } from "../authority.ts";
import type { RegisteredModule } from "../credentials/genesis.ts";
import { jsonOf } from "../records/json.ts";
import { changeReason } from "./change.ts";
import { type Circumstances, type Ground, governed, type Write } from "./row.ts";

type Change = PayloadOf<"module.change">;
type Request = { readonly id: string; readonly digest: string; readonly reason?: string | undefined };

/**
 * `module.register`: another digest of a module, new or known, runs from its commit on. What it may do is read from the
 * manifest that its publisher signed, and verified here: the module host is believed in nothing. In quorum mode the witnesses
 * see the difference and agree to it; one person alone agrees by name to more than before, to an older version and to another
 * publisher.
 * @throws ProblemError `module-not-held` unless the module host holds exactly this digest; `module-package-refused`,
 * `publisher-unknown`, `publisher-revoked`, `module-wants-more`, `module-older`, `module-other-publisher`, `module-revoked`,
 * `change-empty`
 */
export const moduleRegister = governed({
  action: "module.register",
  request: moduleRegistration,
  async prepare({ id, digest, accept = [], ...request }: Registration, ground, circumstances) {
    const { manifest, publisher } = await verified(id, digest, ground);
    const { version, capabilities, limits } = manifest;
    const asked = { version, publisher: publisher.kid, capabilities, limits };
    requireAccepted(ground.projection.modules.newest(id), asked, accept, circumstances);
    return write(ground, circumstances, request, {
      ...{ change: "register", id, digest, version, publisher: publisher.kid, limits },
      capabilities: [...capabilities],
      ...(accept.length === 0 ? {} : { accept: [...accept] }),
    });
  },
  requireApplicable,
  views,
});

/** What the publisher signed of the module that the host holds under this digest. */
async function verified(id: string, digest: string, { host }: Ground) {
  const held = await host.manifest(id, digest, SERVICE_AUTHORITY);
  if (held === undefined) {
    const { modules } = await host.list(SERVICE_AUTHORITY);
    const others = modules.filter((module) => module.id === id).map((module) => module.digest);
    const holds = others.length === 0 ? `no module ${id}` : `${id} under ${others.join(", ")} alone`;
    throw new ProblemError("module-not-held", `the module host holds ${holds}, not ${digest}`);
  }
  if (held.signature === null)
    throw new ProblemError("publisher-unknown", `nobody has signed ${digest} of ${id}`);
  try {
    const signed = verifySignedManifest(held.manifest, held.signature);
    if (signed.manifest.id === id && signed.manifest.digest === digest) return signed;
  } catch (cause) {
    if (!(cause instanceof WireError) || failedStep(cause) === undefined) throw cause;
    throw new ProblemError("module-package-refused", cause.message, { cause });
  }
  throw new ProblemError("module-package-refused", `the module host's manifest is not ${digest} of ${id}`);
}

/**
 * What must be agreed to by name before one person registers it. A version that is older needs it in quorum mode too: that
 * the number falls is easily overlooked.
 */
function requireAccepted(
  before: RegisteredModule | undefined,
  asked: Terms,
  accept: readonly Acceptance[],
  { mode }: Circumstances,
): void {
  if (before === undefined) return;
  const { version } = before;
  if (isOlder(asked.version, version) && !accept.includes("older"))
    throw new ProblemError("module-older", `${asked.version} comes before ${version}, which is registered`);
  if (mode === "quorum") return;
  if (before.publisher !== undefined && before.publisher !== asked.publisher && !accept.includes("publisher"))
    throw new ProblemError(
      "module-other-publisher",
      `${before.publisher} signed ${version}, and ${asked.publisher} this one`,
    );
  const more = differences(before, asked).filter((difference) => difference.more);
  if (more.length > 0 && !accept.includes("more"))
    throw new ProblemError(
      "module-wants-more",
      `beyond ${version} it asks for ${more.map(({ text }) => text).join(", ")}`,
    );
}

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
    const { version, publisher, limits, capabilities } = known.module;
    return write(ground, circumstances, request, {
      ...{ change: "reinstate", id, version, digest, capabilities: [...capabilities] },
      ...(publisher === undefined ? {} : { publisher }),
      ...(limits === undefined ? {} : { limits }),
    });
  },
  requireApplicable,
  views,
});

type Registration = Request & { readonly accept?: readonly Acceptance[] | undefined };

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
  const change = content as unknown as Change;
  const why =
    projection.modules.refusal(change) ??
    // What is taken away is taken away from anybody.
    (change.change === "revoke" ? undefined : projection.publishers.against(change.publisher));
  if (why !== undefined) throw new ProblemError(why.code, why.detail);
}

function views({ content }: Write, { projection }: Ground) {
  const change = content as unknown as Change;
  const before = projection.modules.inForce(change.id) ?? null;
  const { change: what, digest } = change;
  const gone = before?.digest === digest ? null : before;
  const after = what === "revoke" ? gone : termsOf(change);
  return { before: before && jsonOf(termsOf(before)), after: after && jsonOf(termsOf(after)) };
}

/** A registration as a difference shows it. */
function termsOf({ id, version, digest, publisher, limits, capabilities }: RegisteredModule) {
  const signed = { ...(publisher && { publisher }), ...(limits && { limits }) };
  return { id, version, digest, ...signed, capabilities };
}
