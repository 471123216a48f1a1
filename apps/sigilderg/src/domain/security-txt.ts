/** How long the file may be believed after it was given out: RFC 9116 section 2.5.5 recommends less than a year. */
const VALID_MS = 90 * 86_400_000;

/**
 * RFC 9116, for whoever finds a fault in this installation. `contact` is a URI; the canonical one is where it was found.
 */
export function securityTxt(canonical: string, contact: string, now: number): string {
  const expires = new Date(now + VALID_MS).toISOString().replace(/\.\d{3}Z$/, "Z");
  return [
    `Contact: ${contact}`,
    `Expires: ${expires}`,
    "Preferred-Languages: en",
    `Canonical: ${canonical}`,
    "",
  ].join("\n");
}
