import type { Json } from "@sigil/canon";
import { checkSchema } from "@sigil/wire/module-package";
import { describe, expect, test } from "vitest";
import { checkInput } from "../../src/domain/input-schema.ts";

const person = checkSchema({
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string", minLength: 1, maxLength: 4 },
    age: { type: "integer", minimum: 0, maximum: 150 },
    tags: { type: "array", maxItems: 2, items: { enum: ["a", { b: [1] }] } },
    ok: { const: null },
  },
});

test.each<[Json]>([
  [{ name: "Ada" }],
  [{ name: "😀😀😀😀" }],
  [{ name: "Ada", age: 0, tags: ["a", { b: [1] }], ok: null }],
  [{ name: "Ada", tags: [] }],
])("%j is accepted", (input) => {
  expect(() => checkInput(person, input)).not.toThrow();
});

test.each<[Json, string]>([
  ["Ada", "$: must be of type object"],
  [[], "$: must be of type object"],
  [null, "$: must be of type object"],
  [{}, '$: must have the property "name"'],
  [{ name: "" }, "$.name: must have at least 1 characters, has 0"],
  [{ name: "Agnes" }, "$.name: must have at most 4 characters, has 5"],
  [{ name: "x".repeat(100) }, "$.name: must have at most 4 characters"],
  [{ name: "😀😀😀xx" }, "$.name: must have at most 4 characters, has 5"],
  [{ name: 1 }, "$.name: must be of type string"],
  [{ name: "Ada", age: 1.5 }, "$.age: must be of type integer"],
  [{ name: "Ada", age: -1 }, "$.age: must be from 0 to 150"],
  [{ name: "Ada", age: 151 }, "$.age: must be from 0 to 150"],
  [{ name: "Ada", tags: ["a", "a", "a"] }, "$.tags: must have 0 to 2 items, has 3"],
  [{ name: "Ada", tags: [{ b: [2] }] }, "$.tags[0]: must be one of 2 allowed values"],
  [{ name: "Ada", ok: false }, "$.ok: must be the one allowed value"],
  [
    { name: "Ada", constructor: 1 },
    "$: has a property that is not declared; declared are name, age, tags, ok",
  ],
])("%j is refused as input-invalid with the place", (input, message) => {
  expect(() => checkInput(person, input)).toThrow(
    expect.objectContaining({ code: "input-invalid", message }),
  );
});

test("a property that is not declared is accepted only where additionalProperties says true", () => {
  expect(() => checkInput(checkSchema({ type: "object" }), { a: 1 })).toThrow("not declared");
  expect(() => checkInput(checkSchema({ additionalProperties: true }), { a: 1 })).not.toThrow();
});

describe("a schema outside the subset is refused when the module is loaded", () => {
  test.each<[Json, string]>([
    [{ pattern: "(a+)+$" }, "input.pattern is not supported"],
    [{ $ref: "#" }, "input.$ref is not supported"],
    [{ properties: { a: { anyOf: [] } } }, "input.properties.a.anyOf is not supported"],
    [{ items: { type: "str" } }, "input.items.type has not the form"],
    [{ type: ["string", "null"] }, "input.type has not the form"],
    [{ maxLength: -1 }, "input.maxLength has not the form"],
    [{ additionalProperties: {} }, "input.additionalProperties has not the form"],
    [{ required: "name" }, "input.required has not the form"],
    [true, "input must be an object"],
    [{ properties: { a: true } }, "input.properties.a must be an object"],
  ])("%j", (schema, message) => {
    expect(() => checkSchema(schema)).toThrow(
      expect.objectContaining({
        code: "input-schema-unsupported",
        message: expect.stringContaining(message),
      }),
    );
  });
});
