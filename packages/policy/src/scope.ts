/** One pattern of a licence's scope: `*`, every action of an object (`memory.*`), or one action (`memory.write`). */
export const SCOPE_PATTERN = /^(?:\*|[a-z][a-z-]{0,31}\.(?:\*|[a-z][a-z-]{0,31}))$/;

/** Whether a scope covers an action. Patterns are exact apart from a final `*`; a malformed pattern covers nothing. */
export function scopeAllows(scope: readonly string[], action: string): boolean {
  return scope.some((pattern) => {
    if (!SCOPE_PATTERN.test(pattern)) return false;
    if (pattern === "*") return true;
    if (pattern.endsWith(".*")) return action.startsWith(pattern.slice(0, -1));
    return pattern === action;
  });
}
