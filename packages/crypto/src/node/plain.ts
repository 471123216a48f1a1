/** A plain Uint8Array over the bytes of a Buffer: Buffer prints, slices and serialises differently. */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
