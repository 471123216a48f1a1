import type { Json } from "@sigil/canon";
import { packageRefusal } from "./refusal.ts";

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

/** Accepts a schema that uses the subset only. @throws WireError input-schema-unsupported with the place. */
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

function unsupported(path: string, rule: string) {
  return packageRefusal("input-schema-unsupported", `${path} ${rule}`);
}
