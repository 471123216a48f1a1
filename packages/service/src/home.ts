import { join, resolve } from "node:path";
import { ServiceError } from "./error.ts";

/**
 * The home of the installation: SIGIL_HOME, or the platform's folder for a user's data
 * (`$XDG_DATA_HOME/sigil` or `~/.local/share/sigil`; `~/Library/Application Support/Sigil`; `%LOCALAPPDATA%\Sigil`).
 * Absolute; need not exist. Throws `home-unknown` when the environment names no folder at all.
 */
export function resolveHome(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = env.SIGIL_HOME;
  if (named !== undefined && named !== "") return resolve(named);
  const user = env.HOME ?? env.USERPROFILE;
  if (platform === "win32") {
    const local = env.LOCALAPPDATA ?? (user === undefined ? undefined : join(user, "AppData", "Local"));
    if (local !== undefined && local !== "") return join(local, "Sigil");
  } else if (platform === "darwin") {
    if (user !== undefined && user !== "") return join(user, "Library", "Application Support", "Sigil");
  } else {
    const data = env.XDG_DATA_HOME;
    if (data?.startsWith("/") === true) return join(data, "sigil");
    if (user !== undefined && user !== "") return join(user, ".local", "share", "sigil");
  }
  throw new ServiceError(
    "home-unknown",
    "the environment names no home folder",
    "Set SIGIL_HOME to the folder that holds, or shall hold, this installation.",
  );
}

/** Where `sigil module install` puts packages, and the module host finds them beside the built-in ones. */
export function installedModules(home: string): string {
  return join(home, "modules");
}
