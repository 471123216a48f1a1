/** What depends on where the code runs: the entry `.` binds Node's, the entry `./portable` the portable one. */
export interface Platform {
  sha256(bytes: Uint8Array): Uint8Array;
  canonicalBytes(value: unknown): Uint8Array;
}
