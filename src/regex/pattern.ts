// Regular expressions that people give: in place where they are proven harmless, else in a thread that can be stopped.
import { messageOf } from "../errors.ts";
import { regexError, translateRegex } from "./go-syntax.ts";
import { growthOf } from "./linear.ts";
import { spansOf } from "./spans.ts";
import { endThread, runInThread } from "./thread.ts";

/**
 * The longest text that runs in place, by the pattern's growth from one place where a match may begin; as there are as many
 * places as characters, these take a fraction of a second at the very worst.
 */
const MAX_IN_PLACE: readonly number[] = [65_536, 16_384, 600, 120];
const TIME_LIMIT_MS = 1000;

export interface PatternOptions {
  /** JavaScript's letters: i, m, s, u. */
  readonly flags?: string;
  /** What `test` says once the pattern took too long: `match` keeps lines that it should select, `no-match` is the default. */
  readonly whenDisabled?: "match" | "no-match";
  /** Told once, when the pattern took too long and is from then on not run any more. */
  readonly onDisabled?: (pattern: string, reason: string) => void;
  /** For one text, 1 s by default. */
  readonly timeLimitMs?: number;
}

export interface Pattern {
  /** As it was given. */
  readonly source: string;
  test(text: string): boolean;
  /** All matches that are not empty, as [start, end) in UTF-16 units. */
  spans(text: string): [start: number, end: number][];
}

/** Takes JavaScript's and Go's syntax. Throws REGEXP_INVALID. */
export function compilePattern(source: string, options: PatternOptions = {}): Pattern {
  return new UserPattern(source, options);
}

/** Ends the thread that patterns may have started. */
export function closePatterns(): void {
  endThread();
}

class UserPattern implements Pattern {
  readonly source: string;
  private readonly regex: RegExp;
  private readonly options: PatternOptions;
  private readonly inPlaceUpTo: number;
  private global: RegExp | undefined;
  private disabled = false;

  constructor(source: string, options: PatternOptions) {
    this.source = source;
    this.options = options;
    this.regex = nativeRegex(source, options.flags ?? "");
    const growth = growthOf(this.regex.source, this.regex.flags);
    this.inPlaceUpTo = (growth === undefined ? undefined : MAX_IN_PLACE[growth]) ?? -1;
  }

  test(text: string): boolean {
    if (text.length <= this.inPlaceUpTo) return this.regex.test(text);
    const answer = this.run(this.regex.flags, text, false);
    return answer === undefined ? this.options.whenDisabled === "match" : answer === true;
  }

  spans(text: string): [start: number, end: number][] {
    this.global ??= new RegExp(this.regex.source, `${this.regex.flags}g`);
    const ends = text.length <= this.inPlaceUpTo ? spansOf(this.global, text) : this.run(this.global.flags, text, true);
    const spans: [number, number][] = [];
    if (typeof ends === "object") for (let i = 0; i + 1 < ends.length; i += 2) spans.push([ends[i]!, ends[i + 1]!]);
    return spans;
  }

  private run(flags: string, text: string, all: boolean): boolean | number[] | undefined {
    if (this.disabled) return undefined;
    const limit = this.options.timeLimitMs ?? TIME_LIMIT_MS;
    const answer = runInThread({ source: this.regex.source, flags, text, all }, limit);
    if (answer === undefined) {
      this.disabled = true;
      const reason = `it took more than ${limit / 1000} s on a line of ${text.length} characters`;
      this.options.onDisabled?.(this.source, reason);
    }
    return answer;
  }
}

function nativeRegex(pattern: string, flags: string): RegExp {
  const unknown = /[^imsu]/.exec(flags);
  if (unknown !== null)
    throw regexError(pattern, `the flag ${unknown[0]} is unknown`, undefined, "known flags: i, m, s, u");
  const translated = translateRegex(pattern, flags);
  try {
    return new RegExp(translated.source, translated.flags);
  } catch (error) {
    // V8 repeats the expression before it says what is wrong.
    const what = messageOf(error).replace(/^Invalid regular expression: (?:.*\/[a-z]*: )?/s, "");
    throw regexError(pattern, what.charAt(0).toLowerCase() + what.slice(1), undefined);
  }
}
