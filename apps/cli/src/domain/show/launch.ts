import type { LaunchEvent } from "../launch.ts";

/** Says what a start is doing, a line per step. */
export function launchProgress(say: (line: string) => void): (event: LaunchEvent) => void {
  return (event) => {
    if (event.step === "swept")
      say(`removed what an interrupted first start had left: ${event.folders.join(", ")}`);
    else if (event.step === "founding") say(`making a runtime at ${event.home}`);
    else if (event.step === "waiting") say(`waiting for ${event.services.join(", ")}`);
  };
}
