// Regular expressions that flags give.
import { KlogError } from "../errors.ts";
import { compilePattern, type Pattern, type PatternOptions } from "../regex/pattern.ts";

/** A pattern of a flag: an error of it names the flag. */
export function flagPattern(flag: string, source: string, options: PatternOptions): Pattern {
  try {
    return compilePattern(source, options);
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    throw new KlogError(error.code, `${flag}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}
