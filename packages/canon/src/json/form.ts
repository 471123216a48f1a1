// What the serialiser knows of the names of fields: they recur, and so do objects with the same names.

// Insertion beats the built-in sort on the few names of an ordinary object, and costs nothing when they are in order.
const MOST_INSERTED = 32;

/** Sorts names in place by UTF-16 units, as RFC 8785 section 3.2.3 orders them. */
export function sortNames(names: string[]): string[] {
  if (names.length > MOST_INSERTED) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let place = i;
    for (; place > 0 && (names[place - 1] as string) > name; place--)
      names[place] = names[place - 1] as string;
    names[place] = name;
  }
  return names;
}

const encoder = new TextEncoder();
const NAMES = new Map<string, Uint8Array>();
const MOST_NAMES = 512;
const LONGEST_NAME = 32;

/** The bytes of a name with its quotes and colon, when it was quoted before and is kept. */
export function knownName(name: string): Uint8Array | undefined {
  return NAMES.get(name);
}

/** {@link knownName} of a name that may stand in JSON; the first few hundred are kept. */
export function quoteName(name: string): Uint8Array {
  const quoted = encoder.encode(`${JSON.stringify(name)}:`);
  if (NAMES.size < MOST_NAMES && name.length <= LONGEST_NAME) NAMES.set(name, quoted);
  return quoted;
}

/** The names of an object as they come, sorted, and as they are written: each with what stands before and behind it. */
export interface Form {
  readonly met: readonly string[];
  readonly sorted: readonly string[];
  readonly written: readonly Uint8Array[];
}

/** By the first name that is met. */
const FORMS = new Map<string, Form[]>();
const MOST_FORMS = 256;
const MOST_ALIKE = 8;
let forms = 0;

/** The form of an object with these names in this order, when one was written before and is kept. */
export function knownForm(met: readonly string[]): Form | undefined {
  const alike = FORMS.get(met[0] as string);
  if (alike === undefined) return undefined;
  for (let n = 0; n < alike.length; n++) {
    const form = alike[n] as Form;
    let same = form.met.length === met.length;
    for (let i = 1; same && i < met.length; i++) same = form.met[i] === met[i];
    if (same) return form;
  }
  return undefined;
}

/** Keeps the form of an object that was written, while there is room and when each of its names is kept. */
export function keepForm(met: readonly string[], sorted: readonly string[]): void {
  const first = met[0];
  if (first === undefined || met.length > MOST_INSERTED || forms === MOST_FORMS) return;
  const alike = FORMS.get(first) ?? [];
  if (alike.length === MOST_ALIKE) return;
  const written: Uint8Array[] = [];
  for (const name of sorted) {
    const quoted = NAMES.get(name);
    if (quoted === undefined) return;
    written.push(Uint8Array.of(written.length > 0 ? 0x2c : 0x7b, ...quoted));
  }
  alike.push({ met, sorted, written });
  FORMS.set(first, alike);
  forms++;
}
