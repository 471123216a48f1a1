import type { Json } from "@sigil/canon";
import { MmfError } from "./error.ts";

/**
 * The part of JSON Schema 2020-12 that a manifest may use for its `input`: `type` (one name), `enum`, `const`, `properties`,
 * `required`, `additionalProperties` (a boolean; where `type` or `properties` is given it is **false unless it says true**), `items`, `minItems`, `maxItems`, `minLength`,
 * `maxLength` (code points), `minimum`, `maximum`, and the annotations `$schema`, `title`, `description`, `default`, `examples`.
 * Everything else is refused when the module is loaded: `pattern` because a hostile expression would run in the host,
 * references and combinators because the cost of a check must follow from the size of the input.
 */
export interface InputSchema {
  type?: TypeName;
  enum?: Json[];
  const?: Json;
  properties?: Record<string, InputSchema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: InputSchema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
type TypeName = (typeof TYPES)[number];

const isName = (value: Json) => TYPES.includes(value as TypeName);
const isCount = (value: Json) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: Json) => typeof value === "number";
const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const anything = () => true;

const KEYWORDS: Record<string, (value: Json) => boolean> = {
  type: isName,
  enum: (value) => Array.isArray(value) && value.length > 0,
  const: anything,
  properties: isObject,
  required: (value) => Array.isArray(value) && value.every((name) => typeof name === "string"),
  additionalProperties: (value) => typeof value === "boolean",
  items: isObject,
  minItems: isCount,
  maxItems: isCount,
  minLength: isCount,
  maxLength: isCount,
  minimum: isNumber,
  maximum: isNumber,
  $schema: anything,
  title: anything,
  description: anything,
  default: anything,
  examples: anything,
};

/** Accepts a schema that uses the subset only. @throws MmfError input-schema-unsupported with the place. */
export function checkSchema(schema: Json, path = "input"): InputSchema {
  if (!isObject(schema)) throw unsupported(path, "must be an object");
  for (const [keyword, value] of Object.entries(schema)) {
    const known = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (known === undefined) {
      throw unsupported(`${path}.${keyword}`, `is not supported; use ${Object.keys(KEYWORDS).join(", ")}`);
    }
    if (!known(value)) throw unsupported(`${path}.${keyword}`, "has not the form that JSON Schema gives it");
  }
  const checked = schema as InputSchema;
  for (const [name, inner] of Object.entries(checked.properties ?? {})) {
    checkSchema(inner as unknown as Json, `${path}.properties.${name}`);
  }
  if (checked.items !== undefined) checkSchema(checked.items as unknown as Json, `${path}.items`);
  return checked;
}

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

function unsupported(path: string, rule: string): MmfError {
  return new MmfError("input-schema-unsupported", `${path} ${rule}`);
}
