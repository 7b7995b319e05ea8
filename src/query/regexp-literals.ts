// Text that every match of a regular expression holds, found without understanding all of it: what is not known for certain
// gives nothing. JavaScript's and Go's spellings.

/** Each list has a text that is in every match; several where the expression has branches. */
export type RequiredTexts = readonly (readonly string[])[];

const NOTHING: RequiredTexts = [];
/** Deeper groups are not looked into. */
const MAX_DEPTH = 50;

/** Texts in the expression's own capitals; `caseless` also where the flag stands inside. */
export function requiredTexts(source: string, flags: string): { texts: RequiredTexts; caseless: boolean } {
  const caseless = flags.includes("i") || /\(\?[a-zA-Z-]*i/.test(source);
  // Under the `v` flag classes nest.
  if (flags.includes("v")) return { texts: NOTHING, caseless };
  const reader = new RegexpReader(source);
  try {
    const texts = reader.choice(0);
    return { texts: reader.isAtEnd ? texts : NOTHING, caseless };
  } catch (error) {
    if (error instanceof Unknown) return { texts: NOTHING, caseless };
    throw error;
  }
}

/** The expression has something here that this reader does not know. */
class Unknown extends Error {}

/** A term of a sequence: literal text of one character, or what it requires otherwise. */
type Term = { readonly character: string } | { readonly texts: RequiredTexts };

class RegexpReader {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  get isAtEnd(): boolean {
    return this.at >= this.source.length;
  }

  choice(depth: number): RequiredTexts {
    if (depth > MAX_DEPTH) throw new Unknown();
    const branches = [this.sequence(depth)];
    while (this.take("|")) branches.push(this.sequence(depth));
    if (branches.length === 1) return branches[0]!;
    // One list of each branch, so that every match has one of all these texts.
    const lists = branches.map(bestOf);
    return lists.some((list) => list === undefined) ? NOTHING : [lists.flatMap((list) => list!)];
  }

  private sequence(depth: number): RequiredTexts {
    const texts: (readonly string[])[] = [];
    let run = "";
    const endRun = () => {
      if (run !== "") texts.push([run]);
      run = "";
    };
    while (!this.isAtEnd && !this.sees("|") && !this.sees(")")) {
      const term = this.term(depth);
      const repeat = this.repeat();
      if ("character" in term && repeat === "once") {
        run += term.character;
        continue;
      }
      if ("character" in term && repeat === "at least once") run += term.character;
      endRun();
      if ("texts" in term && repeat !== "maybe") texts.push(...term.texts);
    }
    endRun();
    return texts;
  }

  private term(depth: number): Term {
    const character = String.fromCodePoint(this.source.codePointAt(this.at)!);
    this.at += character.length;
    switch (character) {
      case "\\":
        return this.escape();
      case "[":
        this.skipClass();
        return { texts: NOTHING };
      case "(":
        return { texts: this.group(depth) };
      case ".":
      case "^":
      case "$":
        return { texts: NOTHING };
      case "*":
      case "+":
      case "?":
        throw new Unknown();
      default:
        return { character };
    }
  }

  private group(depth: number): RequiredTexts {
    const opening = this.match(/\?(?::|<?[=!]|P?<[A-Za-z_$][\w$]*>|[a-zA-Z]*(?:-[a-zA-Z]+)?[:)])/y);
    if (opening === undefined && this.sees("?")) throw new Unknown();
    // `(?i)` has no body.
    if (opening?.endsWith(")")) return NOTHING;
    const texts = this.choice(depth + 1);
    if (!this.take(")")) throw new Unknown();
    return opening !== undefined && /[=!]$/.test(opening) ? NOTHING : texts;
  }

  /** Behind a backslash. */
  private escape(): Term {
    if (this.match(/[dDwWsSbBAzZntrvfa]|[pP](?:\{[^}]*\}|[A-Z])|c[a-zA-Z]|x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]+\}/y))
      return { texts: NOTHING };
    if (this.match(/u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]+\}/y)) return { texts: NOTHING };
    const sign = this.match(/[^\w\ud800-\udfff]/y);
    if (sign === undefined) throw new Unknown();
    return { character: sign };
  }

  /** Behind its `[`. */
  private skipClass(): void {
    this.take("^");
    // A bracket in the first place is a member in Go, and the end in JavaScript.
    if (this.sees("]")) throw new Unknown();
    while (!this.take("]")) {
      if (this.match(/\[:\^?\w+:\]|\\[\s\S]|[^\]\\]/y) === undefined) throw new Unknown();
    }
  }

  private repeat(): "once" | "at least once" | "maybe" {
    const sign = this.match(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y);
    if (sign === undefined) return "once";
    return sign.startsWith("*") || sign.startsWith("?") || /^\{0+[,}]/.test(sign) ? "maybe" : "at least once";
  }

  private sees(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  private take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}

/** The list whose shortest text is longest. */
function bestOf(texts: RequiredTexts): readonly string[] | undefined {
  const shortest = (list: readonly string[]) => Math.min(...list.map((text) => text.length));
  return texts.toSorted((a, b) => shortest(b) - shortest(a))[0];
}
