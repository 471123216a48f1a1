import { type DoorRouteId, type ResponseOf, routeRow } from "@sigil/wire";
import { z } from "zod";

/** A shape that a command prints with --json: what a route of the door answers, named by its id, or one of its own. */
export type Answer = DoorRouteId | z.ZodType;

/** What a command prints with --json: one shape, or one of several. */
export type Answers = Answer | readonly [Answer, ...Answer[]];

/** The shape of what a route of the door answers with JSON. */
export function answerOf<I extends DoorRouteId>(id: I): z.ZodType<ResponseOf<I>> {
  const { response } = routeRow(id);
  if (response === undefined) throw new Error(`${id} answers no JSON`);
  return response as z.ZodType<ResponseOf<I>>;
}

/** The answer of a route with more members, which the command adds. */
export function answerWith(id: DoorRouteId, more: z.core.$ZodLooseShape): z.ZodType {
  return extended(answerOf(id), more);
}

function extended(schema: z.ZodType, more: z.core.$ZodLooseShape): z.ZodType {
  if (schema instanceof z.ZodUnion)
    return z.union(schema.options.map((option) => extended(option as z.ZodType, more)));
  if (schema instanceof z.ZodObject) return schema.extend(more);
  throw new Error("only an object can have more members");
}

const schemas = new Map<Answers, z.ZodType>();

/** What a command may print with --json, one value of it. The same answers have the same schema. */
export function answerSchema(answers: Answers): z.ZodType {
  const known = schemas.get(answers);
  if (known !== undefined) return known;
  const all = (Array.isArray(answers) ? answers : [answers]) as readonly Answer[];
  const each = all.map((answer) => (typeof answer === "string" ? answerOf(answer) : answer));
  const [first] = each;
  const schema = each.length === 1 && first !== undefined ? first : z.union(each);
  schemas.set(answers, schema);
  return schema;
}
