/**
 * Whether a licence's scope covers an action. Patterns: an exact action (`memory.write`), all of a noun (`memory.*`),
 * or everything (`*`). No other wildcard exists; an empty scope covers nothing.
 */
export function scopeAllows(scope: readonly string[], action: string): boolean {
  const noun = action.slice(0, action.indexOf("."));
  return scope.some(
    (pattern) => pattern === "*" || pattern === action || (noun !== "" && pattern === `${noun}.*`),
  );
}
