// A clock for waiting by: the wall clock's milliseconds, except that they never go back when somebody sets it.

export function steadyClock(now: () => number): () => number {
  let last = now();
  let ahead = 0;
  return () => {
    const wall = now();
    if (wall + ahead < last) ahead = last - wall;
    last = wall + ahead;
    return last;
  };
}
