/** One pattern of a licence's scope: `*`, every action of an object (`memory.*`), or one action (`memory.write`). */
export const SCOPE_PATTERN = /^(?:\*|[a-z][a-z-]{0,31}\.(?:\*|[a-z][a-z-]{0,31}))$/;

/**
 * Whether a scope covers an action of the table. No other wildcard than a final `*` exists, and an empty scope covers
 * nothing: a pattern that is malformed equals no action and no `object.*`.
 */
export function scopeAllows(scope: readonly string[], action: string): boolean {
  const object = action.slice(0, action.indexOf("."));
  return scope.some(
    (pattern) => pattern === "*" || pattern === action || (object !== "" && pattern === `${object}.*`),
  );
}
