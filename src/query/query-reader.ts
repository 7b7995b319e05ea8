// A query's text, read from left to right: blanks, names, quoted texts, regexps. What could stand at each place is kept for
// completion; nothing here knows what a term means.
import { QueryError } from "./query-error.ts";
import { TextScanner } from "./text-scanner.ts";

/** What could stand at a place of a query. */
export interface Expectation {
  readonly at: number;
  readonly kind: "term" | "value" | "pipe" | "field" | "function" | "keyword" | "text";
  /** The field whose value it is. */
  readonly field?: string;
  /** Words of the language that fit here beside what `kind` says. */
  readonly words?: readonly string[];
}

const MAX_LENGTH = 65_536;
/** Groups, lists and NOTs inside of each other. */
const MAX_DEPTH = 100;
const MAX_REGEXP = 4096;
const BLANK = /\s+/y;
const NAME = /[A-Za-z_@](?:(?:[A-Za-z0-9_@.\-/]|\\[^A-Za-z0-9_])*(?:[A-Za-z0-9_@]|\\[^A-Za-z0-9_]))?/y;
const REGEXP_END = /\/([is]*)(?=[\s)|]|$)/y;
/** In a list a comma may follow as well. */
const LISTED_REGEXP_END = /\/([is]*)(?=[\s)|,]|$)/y;

/** Quotes that may also stand for themselves. */
const SOFT_QUOTES: Readonly<Record<string, string>> = { "'": "'", "`": "`", "“": "”" };

export class QueryReader extends TextScanner {
  /** Fields beside those of every record. */
  readonly known: (name: string) => boolean;
  expectation: Expectation = { at: 0, kind: "term" };
  private depth = 0;
  /** Soft quotes that are known to be closed nowhere further on. */
  private readonly unclosed = new Set<string>();

  constructor(text: string, known: (name: string) => boolean) {
    super(text, (query, position, expected) => {
      return new QueryError(query, { position, problem: foundAt(query, position), expected });
    });
    this.known = known;
    if (text.length > MAX_LENGTH) {
      this.position = MAX_LENGTH;
      throw this.problem(`the query is longer than ${MAX_LENGTH} characters`, "");
    }
  }

  /** The character here, "" at the end. */
  get next(): string {
    return this.text.charAt(this.position);
  }

  /** True where a term cannot go on: at a blank, `(`, `)`, `|` or the end. */
  get atEdge(): boolean {
    return this.next === "" || /[\s()|]/.test(this.next);
  }

  /** Goes over blanks; whether there were any. */
  blank(): boolean {
    return this.take(BLANK) !== undefined;
  }

  expect(kind: Expectation["kind"], more: { field?: string; words?: readonly string[] } = {}): void {
    this.expectation = { at: this.position, kind, ...more };
  }

  /** The error to throw where `error` says too little. */
  problem(problem: string, expected: string, hint?: string, position = this.position): QueryError {
    return new QueryError(this.text, { position, problem, expected, hint });
  }

  /** What stands here, for errors: `found ")"`. */
  found(): string {
    return foundAt(this.text, this.position);
  }

  /** Reads one level deeper, so that no query can overflow the stack. */
  nested<T>(read: () => T): T {
    if (this.depth === MAX_DEPTH) throw this.problem(`groups are nested deeper than ${MAX_DEPTH}`, "");
    this.depth++;
    const result = read();
    this.depth--;
    return result;
  }

  /** A bare name, unescaped; undefined where none begins. */
  name(): string | undefined {
    return this.take(NAME)?.[0].replace(/\\(.)/gsu, "$1");
  }

  /**
   * A text in double quotes, or in single, back or curly ones that are closed; undefined where none begins. `\"`, `\\`, `\n`
   * and `\t` are escapes in double quotes only; any other backslash is one.
   */
  quoted(): string | undefined {
    const close = SOFT_QUOTES[this.next];
    if (close !== undefined) return this.softQuoted(close);
    if (this.next !== '"') return undefined;
    const found = this.take(/"((?:[^"\\]|\\.)*)"/sy);
    if (found === undefined) {
      throw this.problem(
        "the quote is not closed",
        '"',
        'for a quote in the text write \\", or --fixed for the whole text',
      );
    }
    return found[1]!.includes("\\") ? found[1]!.replace(/\\(["\\nt])/g, unescaped) : found[1]!;
  }

  /** `/source/flags`; undefined, and no step, where it is text such as a path. */
  regexp(listed = false): { source: string; flags: string; at: number } | undefined {
    if (this.next !== "/") return undefined;
    const at = this.position + 1;
    const end = this.regexpEnd(at);
    if (end === undefined || end === at) return undefined;
    const pattern = listed ? LISTED_REGEXP_END : REGEXP_END;
    pattern.lastIndex = end;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.position = pattern.lastIndex;
    const source = this.text.slice(at, end).replace(/\\([\s\S])/g, (pair, sign) => (sign === "/" ? "/" : pair));
    return { source, flags: [...new Set(found[1]!)].sort().join(""), at };
  }

  /** A soft quote quotes up to the next one of its kind, if a word ends there: in `can't` and `'it's` it is a letter. */
  private softQuoted(close: string): string | undefined {
    const start = this.position + 1;
    if (this.unclosed.has(close)) return undefined;
    const end = this.text.indexOf(close, start);
    if (end < 0) this.unclosed.add(close);
    if (end <= start || !/[\s()|,;.:]/.test(this.text[end + 1] ?? " ")) return undefined;
    this.position = end + 1;
    return this.text.slice(start, end);
  }

  /** Where the regexp's closing slash stands; a slash in a class or behind a backslash is its own. */
  private regexpEnd(at: number): number | undefined {
    const last = Math.min(this.text.length, at + MAX_REGEXP);
    let inClass = false;
    let first: number | undefined;
    for (let i = at; i < last; i++) {
      const character = this.text[i];
      if (character === "\\") i++;
      else if (character === "[") inClass = true;
      else if (character === "]") inClass = false;
      else if (character === "/" && !inClass) return i;
      else if (character === "/") first ??= i;
    }
    // A class that is never closed: the regexp is wrong, or it is none.
    return first;
  }
}

function foundAt(text: string, position: number): string {
  const here = /^(?:[()|]|[^\s()|]{1,30})/.exec(text.slice(position, position + 40));
  return here === null ? "the query ends here" : `found ${JSON.stringify(here[0])}`;
}

function unescaped(pair: string, sign: string): string {
  return sign === "n" ? "\n" : sign === "t" ? "\t" : sign === '"' || sign === "\\" ? sign : pair;
}
