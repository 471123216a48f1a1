import type { Loa } from "@sigil/canon/portable";
import type { ServiceCaller } from "./action/row.ts";
import { PolicyError } from "./error.ts";
import { minLoa } from "./loa.ts";

/** A link of the chain between the licence's holder and the action: a module, and what called it in turn. */
export interface Via {
  readonly module: string;
  readonly loa: Loa;
  readonly via?: Via;
}

/** Who asks. A level counts only with the licence that gave it. */
export interface Caller {
  readonly principal: string;
  /** The licence's level. */
  readonly loa: Loa;
  readonly licence?: { readonly jti: string; readonly serial: number; readonly scope: readonly string[] };
  readonly via?: Via;
  /** Set for a service that asks under its own enrolled key. It opens the rows of that service and no other. */
  readonly service?: ServiceCaller;
}

/** A chain longer than this is refused: nobody nests calls so deep, and a cyclic one must end. */
const LONGEST_CHAIN = 16;

/** The level of the whole chain: the lowest along it. @throws PolicyError `level-unknown`, `chain-too-long` */
export function effectiveLoa(caller: Caller): Loa {
  let level = minLoa(caller.loa);
  let via = caller.via;
  for (let length = 0; via !== undefined; via = via.via) {
    if (++length > LONGEST_CHAIN)
      throw new PolicyError("chain-too-long", `the chain has more than ${LONGEST_CHAIN} links; nest less`);
    level = minLoa(level, via.loa);
  }
  return level;
}
