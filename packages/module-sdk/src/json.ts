/** What crosses the sandbox: JSON (RFC 8259), and nothing else. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** JSON that a declaration states and nobody changes. */
export type ReadonlyJson =
  | null
  | boolean
  | number
  | string
  | readonly ReadonlyJson[]
  | { readonly [key: string]: ReadonlyJson };
