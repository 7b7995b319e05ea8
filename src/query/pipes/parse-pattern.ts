// parse: what `"GET <path> took <ms>ms"` and a regexp with named groups catch in a text.
import type { CompileContext } from "../compile-context.ts";

/** What was caught, by name; undefined where the text does not fit. */
export type Capture = (text: string) => Readonly<Record<string, string>> | undefined;

export interface PatternParts {
  /** `literals[i]` stands before `names[i]`; the last one behind the last name. */
  readonly literals: readonly string[];
  /** undefined: `<_>`, not kept. */
  readonly names: readonly (string | undefined)[];
}

const NAME = /<([A-Za-z_@][\w@.-]*)>/g;

/** Cuts the pattern at its names. Two names without a text between them: the first would catch nothing. */
export function patternParts(pattern: string): PatternParts | { readonly problem: string; readonly at: number } {
  const literals: string[] = [];
  const names: (string | undefined)[] = [];
  let end = 0;
  for (const found of pattern.matchAll(NAME)) {
    if (found.index === end && end > 0) return { problem: "a text must stand between two names", at: end };
    literals.push(pattern.slice(end, found.index));
    names.push(found[1] === "_" ? undefined : found[1]);
    end = found.index + found[0].length;
  }
  if (!names.some((name) => name !== undefined)) {
    return { problem: "the pattern has no <name> that catches something", at: 0 };
  }
  literals.push(pattern.slice(end));
  return { literals, names };
}

/** The first place where all of the pattern fits, each name as short as can be; a name at the end takes the rest. */
export function captureByPattern({ literals, names }: PatternParts): Capture {
  const last = literals.at(-1)!;
  return (text) => {
    const first = text.indexOf(literals[0]!);
    if (first < 0) return undefined;
    let at = first + literals[0]!.length;
    const caught: Record<string, string> = {};
    for (let i = 0; i < names.length; i++) {
      const next = literals[i + 1]!;
      // Each literal is looked for from the left, so a later beginning finds nothing that this one does not.
      const end = i === names.length - 1 && last === "" ? text.length : text.indexOf(next, at);
      if (end < 0) return undefined;
      const name = names[i];
      if (name !== undefined) caught[name] = text.slice(at, end);
      at = end + next.length;
    }
    return caught;
  };
}

/**
 * Named groups that took part in the first match. `context.regexp` runs first: it guards against patterns that take for
 * ever, and what it answered in time costs no more again.
 */
export function captureByRegexp(source: string, context: CompileContext): Capture {
  const guard = context.regexp(source, "u");
  const regexp = new RegExp(source.replaceAll("(?P<", "(?<"), "u");
  return (text) => {
    const groups = guard.test(text) ? regexp.exec(text)?.groups : undefined;
    if (groups === undefined) return undefined;
    const caught: Record<string, string> = {};
    for (const [name, value] of Object.entries(groups)) if (value !== undefined) caught[name] = value;
    return caught;
  };
}
