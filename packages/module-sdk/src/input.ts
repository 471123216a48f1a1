import type { Json, ReadonlyJson } from "./json.ts";

/** The part of JSON Schema 2020-12 in which a module declares its input; properties that are not declared are refused. */
export interface InputSchema {
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";
  readonly enum?: readonly ReadonlyJson[];
  readonly const?: ReadonlyJson;
  readonly properties?: { readonly [name: string]: InputSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: InputSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly title?: string;
  readonly description?: string;
  readonly default?: ReadonlyJson;
  readonly examples?: readonly ReadonlyJson[];
}

interface Simple {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
}

type RequiredOf<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;

type PropertiesOf<S> = S extends { readonly properties: infer P } ? P : Record<never, never>;

type ObjectOf<S> = {
  [Name in keyof PropertiesOf<S> as Name extends RequiredOf<S> ? Name : never]: InputOf<
    PropertiesOf<S>[Name]
  >;
} & {
  [Name in keyof PropertiesOf<S> as Name extends RequiredOf<S> ? never : Name]?: InputOf<
    PropertiesOf<S>[Name]
  >;
} & (S extends { readonly additionalProperties: true } ? { [name: string]: Json } : unknown);

/** The type of what a schema admits: `run` gets its input as the host has checked it. */
export type InputOf<S> = S extends { readonly const: infer Value }
  ? Value
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly type: infer Type extends keyof Simple }
      ? Simple[Type]
      : S extends { readonly type: "array" }
        ? (S extends { readonly items: infer Item } ? InputOf<Item> : Json)[]
        : S extends { readonly type: "object" } | { readonly properties: object }
          ? ObjectOf<S>
          : Json;
