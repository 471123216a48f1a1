import { ENGINE } from "./protocol.ts";

/** What a chain says its run was executed by: a replay elsewhere needs exactly this. */
export function engineIdentity(): { name: string; version: string; digest: string } {
  const [name = "", version = ""] = ENGINE.name.split("@");
  return { name, version, digest: `sha256:${ENGINE.wasmSha256}` };
}
