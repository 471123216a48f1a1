import type { Json } from "@sigil/canon";
import type { InputSchema } from "@sigil/wire/module-package";
import { MmfError } from "./error.ts";

type TypeName = NonNullable<InputSchema["type"]>;

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @throws MmfError input-invalid with the place and the rule; the message repeats nothing of the input. */
export function checkInput(schema: InputSchema, value: Json, path = "$"): void {
  const refuse = (rule: string) => new MmfError("input-invalid", `${path}: ${rule}`);
  if (schema.type !== undefined && !isOfType(schema.type, value))
    throw refuse(`must be of type ${schema.type}`);
  if (schema.const !== undefined && !sameJson(schema.const, value))
    throw refuse("must be the one allowed value");
  if (schema.enum !== undefined && !schema.enum.some((allowed) => sameJson(allowed, value))) {
    throw refuse(`must be one of ${schema.enum.length} allowed values`);
  }
  if (typeof value === "string") checkString(schema, value, refuse);
  else if (typeof value === "number") checkNumber(schema, value, refuse);
  else if (Array.isArray(value)) checkArray(schema, value, path, refuse);
  else if (isObject(value)) checkObject(schema, value, path, refuse);
}

type Refuse = (rule: string) => MmfError;

function checkString(
  { minLength = 0, maxLength = Infinity }: InputSchema,
  value: string,
  refuse: Refuse,
): void {
  // UTF-16 units bound code points from above and, halved, from below: long texts are counted only when it matters.
  if (value.length > 2 * maxLength) throw refuse(`must have at most ${maxLength} characters`);
  if (value.length <= maxLength && value.length >= 2 * minLength) return;
  let length = 0;
  for (const _ of value) length++;
  if (length > maxLength) throw refuse(`must have at most ${maxLength} characters, has ${length}`);
  if (length < minLength) throw refuse(`must have at least ${minLength} characters, has ${length}`);
}

function checkNumber(
  { minimum = -Infinity, maximum = Infinity }: InputSchema,
  value: number,
  refuse: Refuse,
): void {
  if (value < minimum || value > maximum) throw refuse(`must be from ${minimum} to ${maximum}`);
}

function checkArray(schema: InputSchema, value: Json[], path: string, refuse: Refuse): void {
  const { minItems = 0, maxItems = Infinity, items } = schema;
  if (value.length < minItems || value.length > maxItems) {
    throw refuse(`must have ${minItems} to ${maxItems} items, has ${value.length}`);
  }
  if (items === undefined) return;
  for (const [at, item] of value.entries()) checkInput(items, item, `${path}[${at}]`);
}

function checkObject(
  schema: InputSchema,
  value: { [key: string]: Json },
  path: string,
  refuse: Refuse,
): void {
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) throw refuse(`must have the property "${name}"`);
  }
  const open = schema.type === undefined && schema.properties === undefined;
  if (schema.additionalProperties ?? open) {
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      if (Object.hasOwn(value, name)) checkInput(inner, value[name] as Json, `${path}.${name}`);
    }
    return;
  }
  const properties = schema.properties ?? {};
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(properties, name))
      checkInput(properties[name] as InputSchema, inner, `${path}.${name}`);
    else {
      throw refuse(
        `has a property that is not declared; declared are ${Object.keys(properties).join(", ") || "none"}`,
      );
    }
  }
}

function isOfType(type: TypeName, value: Json): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => sameJson(item, b[at] as Json));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] as Json, b[key] as Json))
  );
}
