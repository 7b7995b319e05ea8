// A plain backtracking matcher that counts its steps: what V8 does with an expression, in the order in which it does it.
import type { Node } from "../../src/regex/syntax.ts";

const LIMIT = 3_000_000;

/** The steps of a match that begins at the text's beginning, and has to be followed by `end`; up to a limit. */
export function stepsOf(root: Node, text: string): number {
  let steps = 0;
  const run = (node: Node, at: number, next: (at: number) => boolean): boolean => {
    if (++steps > LIMIT) return true;
    switch (node.kind) {
      case "set": {
        const code = text.charCodeAt(at);
        return at < text.length && node.set.some(([low, high]) => low <= code && code <= high) && next(at + 1);
      }
      case "end":
        return at === text.length && next(at);
      case "assertion":
        return (node.body === undefined || run(node.body, at, () => true)) && next(at);
      case "sequence": {
        const from = (i: number, here: number): boolean =>
          i === node.parts.length ? next(here) : run(node.parts[i]!, here, (then) => from(i + 1, then));
        return from(0, at);
      }
      case "choice":
        return node.branches.some((branch) => run(branch, at, next));
      case "repeat": {
        const from = (count: number, here: number): boolean => {
          if (++steps > LIMIT) return true;
          // As in JavaScript, an iteration that consumes nothing is not taken beyond the minimum.
          const again = (then: number): boolean => (then > here || count < node.min) && from(count + 1, then);
          return (count < node.max && run(node.body, here, again)) || (count >= node.min && next(here));
        };
        return from(0, at);
      }
    }
  };
  run(root, 0, () => true);
  return steps;
}
