// All matches of an expression in a text.

/** Start and end of every match, one after the other; empty matches are left out, they have nothing to show. */
export function spansOf(global: RegExp, text: string): number[] {
  const spans: number[] = [];
  global.lastIndex = 0;
  for (let found = global.exec(text); found !== null; found = global.exec(text)) {
    if (found[0] === "") global.lastIndex++;
    else spans.push(found.index, found.index + found[0].length);
  }
  return spans;
}
