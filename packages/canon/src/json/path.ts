const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The path of a place in a value: `$`, then `.name`, `["other name"]` or `[index]` for each step. */
export function formatPath(steps: readonly (string | number)[]): string {
  let path = "$";
  for (const step of steps) {
    if (typeof step === "number") path += `[${step}]`;
    else path += NAME.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  }
  return path;
}
