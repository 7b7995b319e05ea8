// Reads a JavaScript regular expression into a tree, as far as `linear.ts` needs it. What it does not know, it refuses.
import {
  ANY,
  type CharacterSet,
  complement,
  DIGITS,
  ignoringCase,
  LINE_ENDS,
  SPACE,
  union,
  WORD,
} from "./character-set.ts";

export type Node =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly branches: readonly Node[] }
  | { readonly kind: "repeat"; readonly body: Node; readonly min: number; readonly max: number }
  /** `$`: what stands behind it can only be the text's end, or a line's. */
  | { readonly kind: "end"; readonly multiline: boolean }
  /** `^`, `\b`, and look-arounds: consume nothing, and may fail. */
  | { readonly kind: "assertion"; readonly body: Node | undefined };

/** Undefined when the expression has something that this parser does not know: back references first of all. */
export function parseRegex(source: string, flags: string): Node | undefined {
  if (flags.includes("v")) return undefined;
  const parser = new RegexParser(source, flags);
  try {
    const node = parser.choice();
    return parser.atEnd ? node : undefined;
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

class Unknown extends Error {}

const CONTROL: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, "0": 0 };
const CLASSES: Readonly<Record<string, CharacterSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};

class RegexParser {
  private readonly source: string;
  private readonly caseless: boolean;
  private readonly dotAll: boolean;
  private readonly multiline: boolean;
  private readonly unicode: boolean;
  private at = 0;

  constructor(source: string, flags: string) {
    this.source = source;
    this.caseless = flags.includes("i");
    this.dotAll = flags.includes("s");
    this.multiline = flags.includes("m");
    this.unicode = flags.includes("u");
  }

  get atEnd(): boolean {
    return this.at >= this.source.length;
  }

  choice(): Node {
    const branches = [this.sequence()];
    while (this.take("|")) branches.push(this.sequence());
    return branches.length === 1 ? branches[0]! : { kind: "choice", branches };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (!this.atEnd && !this.sees("|") && !this.sees(")")) parts.push(this.quantified(this.term()));
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  private term(): Node {
    if (this.take("(")) return this.group();
    if (this.take("[")) return this.characterClass();
    if (this.take("\\")) return this.escape();
    if (this.take("^")) return { kind: "assertion", body: undefined };
    if (this.take("$")) return { kind: "end", multiline: this.multiline };
    if (this.take(".")) return { kind: "set", set: this.dotAll ? ANY : complement(LINE_ENDS) };
    if (/[*+?]/.test(this.source[this.at]!)) throw new Unknown();
    return this.literal(this.character());
  }

  private group(): Node {
    const opening = this.match(/\?(?::|<?[=!]|<[^>]*>)/y);
    if (opening === undefined && this.sees("?")) throw new Unknown();
    const body = this.choice();
    if (!this.take(")")) throw new Unknown();
    return opening !== undefined && /[=!]$/.test(opening[0]) ? { kind: "assertion", body } : body;
  }

  private quantified(body: Node): Node {
    const found = this.match(/(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y);
    if (found === undefined) return body;
    const [, sign, low, comma, high] = found;
    const min = sign === undefined ? Number(low) : sign === "+" ? 1 : 0;
    const max =
      sign === undefined
        ? comma === undefined
          ? min
          : high === ""
            ? Number.POSITIVE_INFINITY
            : Number(high)
        : sign === "?"
          ? 1
          : Number.POSITIVE_INFINITY;
    return { kind: "repeat", body, min, max };
  }

  private escape(): Node {
    const letter = this.source[this.at] ?? "";
    if (letter === "b" || letter === "B") {
      this.at++;
      return { kind: "assertion", body: undefined };
    }
    if (/[1-9k]/.test(letter)) throw new Unknown();
    const escaped = this.escapedSet();
    return typeof escaped === "number" ? this.literal(escaped) : { kind: "set", set: escaped };
  }

  /** Behind a backslash, in a class or outside: one character, or a set. */
  private escapedSet(): number | CharacterSet {
    const letter = this.source[this.at++];
    if (letter === undefined) throw new Unknown();
    const known = CLASSES[letter];
    if (known !== undefined) return known;
    if (letter === "p" || letter === "P") {
      if (this.match(/\{[^}]*\}/y) === undefined) throw new Unknown();
      return ANY;
    }
    if (letter in CONTROL) {
      if (letter === "0" && /\d/.test(this.source[this.at] ?? "")) throw new Unknown();
      return CONTROL[letter]!;
    }
    if (letter === "x" || letter === "u") {
      const hex = this.match(letter === "x" ? /([0-9a-f]{2})/iy : /([0-9a-f]{4})|\{([0-9a-f]+)\}/iy);
      if (hex === undefined) throw new Unknown();
      return Number.parseInt(hex[1] ?? hex[2]!, 16);
    }
    if (/[a-zA-Z\d]/.test(letter)) throw new Unknown();
    this.at--;
    return this.character();
  }

  private characterClass(): Node {
    const negated = this.take("^");
    let set: CharacterSet = [];
    while (!this.take("]")) {
      if (this.atEnd) throw new Unknown();
      const low = this.classAtom();
      if (typeof low === "number" && this.sees("-") && this.source[this.at + 1] !== "]") {
        this.at++;
        const high = this.classAtom();
        if (typeof high !== "number" || high < low) throw new Unknown();
        set = union(set, [[low, high]]);
      } else set = union(set, typeof low === "number" ? [[low, low]] : low);
    }
    // Case is folded before the complement is taken: [^a] with i matches neither a nor A. Of what lies beyond ASCII only
    // the worst can be said.
    const folded = this.caseless ? ignoringCase(set) : set;
    const opposite = this.caseless && folded === ANY ? ANY : complement(folded);
    return { kind: "set", set: negated ? opposite : folded };
  }

  private classAtom(): number | CharacterSet {
    if (!this.take("\\")) return this.character();
    if (this.take("b")) return 8;
    return this.escapedSet();
  }

  private literal(code: number): Node {
    const set: CharacterSet = [[code, code]];
    return { kind: "set", set: this.caseless ? ignoringCase(set) : set };
  }

  private character(): number {
    const code = this.unicode ? this.source.codePointAt(this.at) : this.source.charCodeAt(this.at);
    if (code === undefined || Number.isNaN(code)) throw new Unknown();
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  private sees(character: string): boolean {
    return this.source[this.at] === character;
  }

  private take(character: string): boolean {
    if (!this.sees(character)) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }
}
