import { principalErase } from "@sigil/wire";
import { z } from "zod";
import { authorityOf } from "../admitted.ts";
import { SERVICE_AUTHORITY } from "../authority.ts";
import { foundOf, kindsOf, nothingLeft, receiptsOf } from "../records/erasure.ts";
import { type Ground, governed, type Write } from "./row.ts";

/** The body of the direct route: what a proposal of it would erase, the proposal shows by itself. */
const request = principalErase.extend({ preview: z.literal(false).default(false) });

type Content = { readonly principal: string; readonly complete: boolean };

/**
 * `record.erase`: everything of a principal that can be erased when it is committed, as far as one transaction holds it. What
 * is agreed to is whose, and whether it counts as all of it; the receipts name what is found then, in a stream of their own.
 * @throws ProblemError `not-found` when nothing is left to erase
 */
export const principalErasure = governed({
  action: "record.erase",
  request,
  async prepare({ principal, complete }, ground) {
    const content = { principal, complete };
    const write: Write = { kind: "record.erased", stream: `erasure/${principal}`, loa: "Observer", content };
    await requireLeft(write, ground);
    return write;
  },
  requireApplicable: requireLeft,
  async views(write, { store }) {
    const { targets, more, backups } = await foundOf(store, contentOf(write).principal, SERVICE_AUTHORITY);
    const rest = { more, backups: backups.length };
    return { before: { records: kindsOf(targets), ...rest }, after: { records: {}, ...rest } };
  },
  async effects(write, { store, key, now }, made) {
    const { principal, complete } = contentOf(write);
    const found = await foundOf(store, principal, authorityOf(made));
    if (found.targets.length === 0) throw nothingLeft(principal);
    return receiptsOf({ principal, complete, ...found }, made, key, now());
  },
});

function contentOf({ content }: Write): Content {
  return content as unknown as Content;
}

async function requireLeft(write: Write, { store }: Pick<Ground, "store">): Promise<void> {
  const { principal } = contentOf(write);
  const { targets } = await foundOf(store, principal, SERVICE_AUTHORITY);
  if (targets.length === 0) throw nothingLeft(principal);
}
