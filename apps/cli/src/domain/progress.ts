import type { Progress } from "./needs.ts";

const WIDEST = 40;

/** `▪▪▪▪▪·····  52% 1234 of 2373 records verified`, within `width` columns; without a total the count alone. */
export function barLine({ what, done, total }: Progress, width: number): string {
  if (total === undefined || total === 0) return `${done} ${what}`.slice(0, width);
  const share = Math.min(1, done / total);
  const told = `${String(Math.floor(share * 100)).padStart(3)}% ${done} of ${total} ${what}`;
  const room = Math.min(WIDEST, width - told.length - 2);
  if (room < 4) return told.slice(0, width);
  const full = Math.round(share * room);
  return `${"▪".repeat(full)}${"·".repeat(room - full)} ${told}`;
}
