// Go's (RE2's) regular expressions in JavaScript's spelling: stern's users write them, and their patterns must work as they are.
import { KlogError } from "../errors.ts";
import { POSIX_NAMES, posixRanges } from "./posix-classes.ts";

export interface TranslatedRegex {
  readonly source: string;
  readonly flags: string;
}

/**
 * Translates leading `(?ims)`, `(?P<name>`, `\A`, `\z`, `\Q…\E`, `\pL`, `\x{…}`, `\a`, octal numbers, `[[:alpha:]]`, `[]a]`,
 * and literal braces. JavaScript's own syntax passes unchanged. Throws REGEXP_INVALID where a place can be named.
 */
export function translateRegex(pattern: string, flags: string): TranslatedRegex {
  return new Translator(pattern, flags).translate();
}

export function regexError(pattern: string, what: string, position: number | undefined, hint?: string): KlogError {
  const where = position === undefined ? "" : ` at position ${position + 1}`;
  return new KlogError("REGEXP_INVALID", `the regular expression "${pattern}" is invalid: ${what}${where}`, {
    hint: hint ?? "put a backslash before characters that are meant literally: . * + ? ( ) [ ] { } ^ $ | \\",
  });
}

class Translator {
  private readonly pattern: string;
  private readonly flags: Set<string>;
  private at = 0;
  private out = "";
  /** Where the open groups begin. */
  private readonly groups: number[] = [];
  /** Whether something stands before that a quantifier can repeat. */
  private repeatable = false;

  constructor(pattern: string, flags: string) {
    this.pattern = pattern;
    this.flags = new Set(flags);
  }

  translate(): TranslatedRegex {
    this.leadingFlags();
    // Beyond the basic plane a character is two units, which only the `u` flag keeps together.
    if (/[\u{10000}-\u{10ffff}]|\\[pP]|\\[xu]\{/u.test(this.pattern)) this.flags.add("u");
    while (this.at < this.pattern.length) this.step();
    const open = this.groups.at(-1);
    if (open !== undefined)
      throw this.error("this group is not closed", open, "close it with ), or write \\( for a literal one");
    return { source: this.out, flags: [...this.flags].join("") };
  }

  private leadingFlags(): void {
    for (let found = this.match(/\(\?([a-zA-Z]+)\)/y); found !== undefined; found = this.match(/\(\?([a-zA-Z]+)\)/y)) {
      for (const flag of found[1]!) {
        if (!"ims".includes(flag))
          throw this.error(
            `the flag ${flag} is unknown`,
            0,
            "known flags: (?i) any case, (?s) dot matches line ends, (?m) lines",
          );
        this.flags.add(flag);
      }
    }
  }

  private step(): void {
    const { pattern } = this;
    const character = pattern[this.at]!;
    switch (character) {
      case "\\":
        return this.escape();
      case "[":
        return this.characterClass();
      case "(":
        return this.openGroup();
      case ")":
        if (this.groups.pop() === undefined) throw this.error("this ) closes no group", this.at);
        return this.emit(")", 1, true);
      case "|":
      case "^":
      case "$":
        return this.emit(character, 1, false);
      case "*":
      case "+":
      case "?":
        return this.quantifier(character);
      case "{": {
        const counted = /\{\d+(?:,\d*)?\}/y;
        counted.lastIndex = this.at;
        const found = counted.exec(pattern);
        return found === null ? this.emit("\\{", 1, true) : this.quantifier(found[0]);
      }
      case "}":
      case "]":
        return this.emit(`\\${character}`, 1, true);
      default: {
        const whole = String.fromCodePoint(pattern.codePointAt(this.at)!);
        return this.emit(whole, whole.length, true);
      }
    }
  }

  private quantifier(text: string): void {
    if (!this.repeatable) throw this.error(`${text} has nothing to repeat`, this.at);
    const lazy = this.pattern[this.at + text.length] === "?" ? "?" : "";
    this.emit(text + lazy, text.length + lazy.length, false);
  }

  private openGroup(): void {
    this.groups.push(this.at);
    const named = this.match(/\(\?P?<([A-Za-z_]\w*)>/y);
    if (named !== undefined) return this.emit(`(?<${named[1]}>`, 0, false);
    const flagged = /\(\?[a-zA-Z]*(?:-[a-zA-Z]+)?\)/y;
    flagged.lastIndex = this.at;
    const found = flagged.exec(this.pattern);
    if (found !== null && found[0] !== "(?)")
      throw this.error("flags in the middle", this.at, `write ${found[0]} at the beginning of the pattern`);
    const special = this.match(/\(\?(?:<?[=!]|[a-zA-Z]*(?:-[a-zA-Z]+)?:)/y);
    if (special !== undefined) return this.emit(special[0], 0, false);
    if (this.pattern[this.at + 1] === "?") throw this.error("an unknown kind of group begins", this.at);
    return this.emit("(", 1, false);
  }

  private escape(): void {
    const literal = this.match(/\\Q([\s\S]*?)(?:\\E|$)/y);
    if (literal !== undefined) {
      const text = literal[1]!.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
      return this.emit(text, 0, text !== "" || this.repeatable);
    }
    const multiline = this.flags.has("m");
    if (this.match(/\\A/y)) return this.emit(multiline ? "(?<![\\s\\S])" : "^", 0, false);
    if (this.match(/\\[zZ]/y)) return this.emit(multiline ? "(?![\\s\\S])" : "$", 0, false);
    if (this.match(/\\E/y)) return;
    const text = this.escaped();
    this.repeatable = !/^\\[bB]$/.test(text);
    this.out += text;
  }

  /** An escape that means the same inside and outside of a class; goes over it. */
  private escaped(): string {
    const unicode = this.match(/\\([pP])(?:([A-Z])|\{(\^?)([^}]*)\})/y);
    if (unicode !== undefined) {
      const [, sign, letter, negation, name] = unicode;
      const opposite = negation === "^" ? (sign === "p" ? "P" : "p") : sign;
      return `\\${opposite}{${letter ?? propertyName(name!)}}`;
    }
    const hex = this.match(/\\x\{([0-9a-fA-F]+)\}/y);
    if (hex !== undefined) return `\\u{${hex[1]}}`;
    const octal = this.match(/\\(0[0-7]{0,2}|[1-3][0-7]{2})/y);
    if (octal !== undefined) return `\\x${Number.parseInt(octal[1]!, 8).toString(16).padStart(2, "0")}`;
    if (this.match(/\\a/y)) return "\\x07";
    // An escaped sign that needs no escape is an error under the `u` flag.
    const sign = this.match(/\\([^\w^$\\.*+?()[\]{}|/-])/y);
    if (sign !== undefined) return sign[1]!;
    if (this.match(/\\-/y)) return "\\x2d";
    const other = this.match(
      /\\(?:[dDwWsSbBnrtfv1-9^$\\.*+?()[\]{}|/]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]+\}|c[a-zA-Z]|k<\w+>)/y,
    );
    if (other !== undefined) return other[0];
    const letter = this.pattern[this.at + 1];
    throw this.error(
      letter === undefined ? "a backslash with nothing behind it" : `the escape \\${letter} is unknown`,
      this.at,
    );
  }

  private characterClass(): void {
    const start = this.at++;
    let out = "[";
    if (this.pattern[this.at] === "^") {
      out += "^";
      this.at++;
    }
    // A bracket in the first place is a member.
    if (this.pattern[this.at] === "]" && this.pattern.includes("]", this.at + 1)) {
      out += "\\]";
      this.at++;
    }
    for (;;) {
      const character = this.pattern[this.at];
      if (character === undefined)
        throw this.error("this [ is not closed", start, "close it with ], or write \\[ for a literal one");
      if (character === "]") break;
      const posix = this.match(/\[:(\^?)(\w+):\]/y);
      if (posix !== undefined) {
        const ranges = posixRanges(posix[2]!, posix[1] === "^", this.flags.has("u"));
        if (ranges === undefined)
          throw this.error(
            `the class ${posix[0]} is unknown`,
            this.at - posix[0].length,
            `known: ${POSIX_NAMES.join(" ")}`,
          );
        out += ranges;
      } else if (character === "\\") {
        out += this.escaped();
      } else {
        const whole = String.fromCodePoint(this.pattern.codePointAt(this.at)!);
        out += character === "[" ? "\\[" : whole;
        this.at += whole.length;
      }
    }
    this.emit(`${out}]`, 1, true);
  }

  private emit(text: string, length: number, repeatable: boolean): void {
    this.out += text;
    this.at += length;
    this.repeatable = repeatable;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.pattern);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  private error(what: string, position: number, hint?: string): KlogError {
    return regexError(this.pattern, what, position, hint);
  }
}

/** `\p{Greek}` is a script, `\p{Lu}` a category, and JavaScript wants to be told. */
function propertyName(name: string): string {
  return name.includes("=") || name.length <= 2 ? name : `Script=${name}`;
}
