import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { publisherAdd } from "./add.ts";
import { publisherList } from "./list.ts";
import { publisherRevoke } from "./revoke.ts";

/** `sigil publisher …`, in the order of the help. */
export function publisher(needs: Needs): Command[] {
  return [publisherList(needs), publisherAdd(needs), publisherRevoke(needs)];
}
