import { utf8 } from "../encoding/text.ts";

/** What `use` makes of the UTF-8 bytes of `text`, which it may not keep. Throws `utf8-malformed` as {@link utf8}. */
export function withUtf8<T>(text: string, use: (bytes: Uint8Array) => T): T {
  return use(utf8(text));
}
