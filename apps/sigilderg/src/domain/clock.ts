/** RFC 3339 time in UTC with milliseconds, as records carry it. */
export type Clock = () => string;

export const systemClock: Clock = () => new Date().toISOString();
