import type { Loa } from "@sigil/canon";
import type { DoorAnswer, DoorCall, DoorClient, DoorRouteId, ResponseOf } from "@sigil/wire";
import type { Settings } from "./command.ts";

/** SigilDERG with the licence that was chosen for one action. */
export interface Door {
  readonly url: string;
  /** The licence's file name and what it says; undefined for actions that need none. */
  readonly licence:
    | { readonly name: string; readonly principal: string; readonly loa: Loa; readonly token: string }
    | undefined;
  /** The events of a streaming route; ends when the command is interrupted. */
  readonly stream: DoorClient["stream"];
  /** The bytes of an answer of any length, as they come. */
  readonly download: DoorClient["download"];
  readonly call: <I extends DoorRouteId>(id: I, input?: DoorCall<I>) => Promise<DoorAnswer<ResponseOf<I>>>;
}

/** Opens the door for an action, hands it to `use` and closes it again. */
export type WithDoor = <T>(settings: Settings, action: string, use: (door: Door) => Promise<T>) => Promise<T>;
