/** Milliseconds that each of the requests took, sent at a fixed rate whatever the answers do. */
export async function paced(send: () => Promise<unknown>, perSecond: number, ms: number): Promise<number[]> {
  const times: number[] = [];
  const flying: Promise<void>[] = [];
  const total = Math.floor((perSecond * ms) / 1000);
  const began = performance.now();
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) * perSecond) / 1000));
    for (; sent < due; sent += 1) {
      // From the moment when it was due, not when it got its turn: what waits behind a slow answer counts too.
      const dueAt = began + (sent * 1000) / perSecond;
      flying.push(send().then(() => void times.push(performance.now() - dueAt)));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(flying);
  return times.sort((a, b) => a - b);
}
