// Does slow things a few at a time, and gives their results in order.

const DEEPEST = 4;

/**
 * The first one alone, then more and more at a time: who wants the latest hundred hits needs one block, and reading ahead
 * would cost as much as the search. An early end waits for what is under way.
 */
export async function* lookAhead<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
): AsyncGenerator<{ readonly index: number; readonly result: R }> {
  const running: Promise<R>[] = [];
  let next = 0;
  try {
    for (let index = 0; index < items.length; index++) {
      const depth = Math.min(DEEPEST, 1 + (index >> 1));
      while (next < items.length && running.length < depth) running.push(run(items[next++]!));
      yield { index, result: await running.shift()! };
    }
  } finally {
    await Promise.allSettled(running);
  }
}
